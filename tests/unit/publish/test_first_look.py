"""What operations sees first: the most urgent first, in words, with what to do and how to list who moved."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.publish.first_look import first_look
from pipeline.settings import Project
from pipeline.tables.overview import OVERVIEW
from tests.unit.notify.lake import finding, state

PERIOD = "2024-03"
LABELS = {"rfm:champions": "Champions", "rfm:lost": "Lost"}


def move(customers: int, cause: str = "behaviour", before: str = "rfm:champions") -> dict[str, Any]:
    return {
        "scheme": "rfm",
        "from_state": before,
        "to_state": "rfm:lost",
        "cause": cause,
        "customers": customers,
    }


@pytest.fixture
def look(write_project: Callable[..., Project]) -> Callable[..., list[dict[str, Any]]]:
    def of(
        findings: list[dict[str, Any]],
        health: list[dict[str, Any]] | None = None,
        moves: list[dict[str, Any]] | None = None,
        language: str = "en",
        versions: list[dict[str, Any]] | None = None,
        behind: dict[str, frozenset[str]] | None = None,
    ) -> list[dict[str, Any]]:
        project = write_project(report={"language": language})
        found = first_look(
            PERIOD, project, findings, health or [], moves or [], LABELS, versions or [], behind or {}
        )
        assert found.schema == OVERVIEW.schema
        rows: list[dict[str, Any]] = found.to_pylist()
        assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
        return rows

    return of


def test_the_verdict_comes_first_then_sources_findings_and_moves(
    look: Callable[..., list[dict[str, Any]]],
) -> None:
    rows = look(
        [
            finding(PERIOD, "minor", subject="orders_count_12p"),
            finding(PERIOD, carried_by="rfm:champions", carried_share=0.8, began_period="2024-02"),
            finding(PERIOD, "none", "goes_on", subject="recency_days", began_period="2024-01"),
        ],
        [state(PERIOD, "suspect")],
        [move(5), move(7, "model"), move(9, before="insufficient_data")],
    )
    assert [row["topic"] for row in rows] == [
        "verdict",
        "verdict",
        "source",
        "finding",
        "finding",
        "goes_on",
        "move",
        "move",
    ]
    assert "act on the data first" in rows[0]["said"]
    assert rows[2]["to_do"] == "Deliver it anew."
    assert rows[3]["said"].startswith("Major: ")
    assert "since 2024-02; carried by Champions (" in rows[3]["said"]
    assert rows[4]["said"].startswith("Minor: ")
    assert "goes on since 2024-01" in rows[5]["said"]
    assert rows[6]["said"] == "Champions → Lost: 12 customers (New version 7, Behaviour 5)"
    assert "from_state = 'rfm:champions' AND to_state = 'rfm:lost'" in rows[6]["to_do"]


def test_what_was_told_and_goes_on_is_not_told_as_new(look: Callable[..., list[dict[str, Any]]]) -> None:
    worse = [finding(PERIOD), finding(PERIOD, "none", "goes_on", began_period="2024-01")]
    assert [row["topic"] for row in look(worse)] == ["verdict", "finding"]


def test_no_more_is_shown_than_a_look_takes_in(look: Callable[..., list[dict[str, Any]]]) -> None:
    many = [finding(PERIOD, subject=f"feature_{number:02}") for number in range(20)]
    rows = [row for row in look(many) if row["topic"] == "finding"]
    assert len(rows) == 9
    assert rows[-1]["said"] == "12 more findings"


def test_sources_that_are_whole_are_counted_and_unknown_ones_are_not(
    look: Callable[..., list[dict[str, Any]]],
) -> None:
    rows = look([], [state(PERIOD), state(PERIOD, "cannot_tell", source="web")])
    assert "1 of 2 sources are whole" in rows[1]["said"]


def test_the_language_is_that_of_the_report(look: Callable[..., list[dict[str, Any]]]) -> None:
    rows = look([finding(PERIOD)], [state(PERIOD, "broken")], [move(5)], "zh")
    assert "约缺 50% 的行" in rows[2]["said"]
    assert rows[-1]["said"] == "Champions → Lost：5 位客户（客户行为 5）"


def fitted(decision: str, period: str = PERIOD) -> dict[str, Any]:
    gates = [{"name": "model_moved_share", "value": 0.6, "limit": 0.5, "passed": decision != "refused"}]
    told = {"period": period, "decision": decision, "gates": gates, "major_findings": ["recency_days"]}
    return {"scheme": "rfm", "scheme_version": "rfm@2024-01", "gates": json.dumps(told)}


@pytest.mark.parametrize(
    ("decision", "language", "said"),
    [
        ("refused", "en", "refused by 1 of 1 gates: rfm@2024-01 stays in force"),
        ("accepted", "en", "rfm@2024-01 passed its gates and is in force"),
        ("unchanged", "zh", "rfm@2024-01 继续有效"),
    ],
)
def test_a_fit_that_a_finding_asked_for_is_told_with_what_became_of_it(
    look: Callable[..., list[dict[str, Any]]], decision: str, language: str, said: str
) -> None:
    rows = look([], language=language, versions=[fitted(decision), fitted(decision, "2024-02")])
    (row,) = [one for one in rows if one["topic"] == "refit"]
    assert said in row["said"]
    assert "recency_days" not in row["said"]


BEHIND = {
    "feature:net_amount_12p": frozenset(["till"]),
    "feature:recency_days": frozenset(["till", "app"]),
    "segment_mix:rfm": frozenset(["till"]),
    "feature:visits_count_12p": frozenset(["web"]),
}
MANY = [
    finding(PERIOD),
    finding(PERIOD, subject="visits_count_12p", effect=0.1),
    finding(PERIOD, "minor", subject="recency_days"),
    finding(PERIOD, subject="rfm", level="segment_mix", measure="total_variation", effect=0.2),
]


def test_findings_that_rest_on_one_source_are_one_line_with_its_parts(
    look: Callable[..., list[dict[str, Any]]],
) -> None:
    rows = [row for row in look(MANY, behind=BEHIND) if row["topic"] == "finding"]
    assert [row["line_subject"] for row in rows] == ["Net amount", "visits count 12p"]
    assert rows[0]["said"].endswith(
        "with it changed what also rests on the source till: Recency, frequency, monetary value, Recency"
    )
    assert "rests on" not in rows[1]["said"]


def test_what_rests_on_a_source_that_is_not_whole_stands_with_it(
    look: Callable[..., list[dict[str, Any]]],
) -> None:
    rows = look(MANY, [state(PERIOD, "suspect")], behind=BEHIND)
    assert [row["line_subject"] for row in rows if row["topic"] == "finding"] == ["visits count 12p"]
    (source,) = [row["said"] for row in rows if row["topic"] == "source"]
    assert source.endswith("Changed with it: Net amount, Recency, frequency, monetary value, Recency.")


def test_parts_of_a_change_of_many_stand_in_the_line_that_tells_it(
    look: Callable[..., list[dict[str, Any]]],
) -> None:
    parts = [
        finding(PERIOD, "none", subject=f"feature_{number:02}", part_of="feature:net_amount_12p")
        for number in range(10)
    ]
    (row,) = [one for one in look([finding(PERIOD), *parts]) if one["topic"] == "finding"]
    assert "as much at once: feature 00, " in row["said"]
    assert row["said"].endswith("2 more")
