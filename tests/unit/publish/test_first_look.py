"""What operations sees first: the most urgent first, in words, with what to do and how to list who moved."""

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
    ) -> list[dict[str, Any]]:
        project = write_project(report={"language": language})
        found = first_look(PERIOD, project, findings, health or [], moves or [], LABELS)
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
