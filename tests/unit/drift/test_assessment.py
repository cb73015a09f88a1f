"""Findings: what counts as a change, what cannot be judged, and that it is said plainly."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.drift.assessment import findings
from pipeline.drift.comparability import incomparable
from pipeline.drift.movement import flows
from pipeline.drift.profiling import profiles
from pipeline.engine import Engine
from pipeline.features import FEATURES
from pipeline.settings import Project
from pipeline.tables.zones import FINDINGS, FLOWS
from tests.unit.drift.tables import (
    assignments,
    features,
    identity_events,
    mix,
    moved,
    places_of,
    rows,
)

RNG = np.random.default_rng(3)
THEN, NOW = "2024-02", "2024-03"
SIZE = 5000


@pytest.fixture
def young(write_project: Callable[..., Project]) -> Project:
    """A project in its third period."""
    return write_project(segments={"warm_up_periods": 1})


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    return write_project(segments={"warm_up_periods": 1}, first_period="2022-01")


def _customers(shift: float = 0.0, missing: float = 0.0, size: int = SIZE) -> dict[str, Any]:
    amounts = [round(float(one), 4) for one in RNG.normal(50 + 10 * shift, 10, size)]
    known = RNG.random(size) >= missing
    return {
        "average_order_amount_12p": [
            one if is_known else None for one, is_known in zip(amounts, known, strict=True)
        ]
    }


def _found(
    engine: Engine,
    project: Project,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    mixes: tuple[pa.Table, pa.Table] | None = None,
    history: pa.Table | None = None,
    flow: pa.Table | None = None,
) -> dict[tuple[str, str], dict[str, Any]]:
    """Findings of two periods, by subject and measure."""
    mixes = mixes or (assignments({}), assignments({}))
    first = profiles(
        engine.from_arrow(features(THEN, before)), engine.from_arrow(mixes[0]), None, THEN, project
    )
    second = profiles(
        engine.from_arrow(features(NOW, now)),
        engine.from_arrow(mixes[1]),
        engine.from_arrow(first),
        NOW,
        project,
    )
    flow = flow if flow is not None else rows(FLOWS, [])
    table = findings(second, first, flow, history, NOW, project)
    assert table.schema == FINDINGS.schema
    return {(one["subject"], one["measure"]): one for one in table.to_pylist()}


NAME = "average_order_amount_12p"
AMOUNT, MEAN = (NAME, "kolmogorov_smirnov"), (NAME, "mean_change")


def test_the_first_period_has_no_findings(engine: Engine, young: Project) -> None:
    first = profiles(
        engine.from_arrow(features("2024-01", _customers())),
        engine.from_arrow(assignments({})),
        None,
        "2024-01",
        young,
    )
    assert (
        findings(
            first,
            None,
            rows(FLOWS, []),
            None,
            "2024-01",
            young,
        ).num_rows
        == 0
    )


def test_the_same_customers_again_are_no_finding(engine: Engine, project: Project) -> None:
    same = _customers()
    found = _found(engine, project, same, same)
    assert {one["severity"] for one in found.values()} == {"none"}
    assert found[AMOUNT]["value"] == 0


def test_without_history_nothing_is_said_to_be_usual(engine: Engine, project: Project) -> None:
    same = _customers()
    found = _found(engine, project, same, same)
    assert {one["verdict"] for one in found.values()} == {"cannot_tell"}
    assert not [one for one in found.values() if "more than usual" in one["explanation"]]
    assert found[AMOUNT]["explanation"].endswith(
        "cannot tell, because the difference may be chance, and 0 earlier periods do not tell what is usual"
        " (12 are needed)."
    )


def test_equal_values_of_all_customers_are_usual_once_learned(engine: Engine, project: Project) -> None:
    same, mixes = _customers(), (mix(THEN, "rfm", champions=1000), mix(NOW, "rfm", champions=1000))
    key = ("rfm", "total_variation")
    short = _found(engine, project, same, same, mixes)[key]
    assert (short["verdict"], short["p_value"]) == ("cannot_tell", 1)
    history = _history(*key, "segment_mix", [0.0] * 12, score=0.0)
    learned = _found(engine, project, same, same, mixes, history=history)[key]
    assert (learned["verdict"], learned["history_status"]) == ("usual", "learned")


@pytest.mark.parametrize(("shift", "severity"), [(0.0, "none"), (0.2, "minor"), (0.7, "major")])
def test_severity_grows_with_the_effect(
    engine: Engine, project: Project, shift: float, severity: str
) -> None:
    found = _found(engine, project, _customers(), _customers(shift))
    one = found[MEAN]
    assert one["severity"] == severity
    assert one["effect"] == pytest.approx(shift, abs=0.06)
    assert one["value"] - one["compared_value"] == pytest.approx(10 * shift, abs=0.6)
    assert found[AMOUNT]["wasserstein_distance"] == pytest.approx(10 * shift, abs=0.8)
    assert one["history_status"] == "history_short"


def test_a_change_is_told_once_by_the_measure_that_says_most(engine: Engine, project: Project) -> None:
    found = _found(engine, project, _customers(), _customers(0.7))
    mine = {measure: one for (subject, measure), one in found.items() if subject == NAME}
    assert {measure for measure, one in mine.items() if one["severity"] != "none"} == {"mean_change"}
    assert mine["kolmogorov_smirnov"]["verdict"] == "known"
    assert mine["kolmogorov_smirnov"]["explanation"].endswith("; part of what mean_change tells.")


def test_money_that_few_customers_have_is_told(engine: Engine, project: Project) -> None:
    before = RNG.lognormal(3, 1, SIZE)
    now = np.where(RNG.random(SIZE) < 0.01, 50, 1) * RNG.lognormal(3, 1, SIZE)
    columns = ({NAME: [round(float(one), 2) for one in side]} for side in (before, now))
    found = _found(engine, project, *columns)
    assert found[MEAN]["verdict"] == "major"
    assert abs(found[MEAN]["effect"]) < 0.3  # a small part of a standard deviation, a large one of the money
    assert "; its total +" in found[MEAN]["explanation"]
    tail = found[NAME, "tail_share_change"]
    assert tail["value"] > tail["compared_value"] + 0.1


def test_a_significant_but_tiny_change_is_no_finding(
    engine: Engine, write_project: Callable[..., Project]
) -> None:
    project = write_project(
        segments={"warm_up_periods": 1}, drift={"min_kolmogorov_smirnov": 0.2}, first_period="2022-01"
    )
    one = _found(engine, project, _customers(), _customers(0.3))[AMOUNT]
    assert one["q_value"] < 1e-10
    assert (one["severity"], one["verdict"]) == ("none", "below_floor")
    assert one["explanation"].endswith("; real, but below your floor of a distance of 0.2.")
    learned = _history(*AMOUNT, "feature", [0.01] * 12, score=1.0)
    one = _found(engine, project, _customers(), _customers(0.3), history=learned)[AMOUNT]
    assert one["verdict"] == "below_floor"
    assert one["explanation"].endswith("; more than usual, but below your floor of a distance of 0.2.")


def test_values_that_go_missing_are_a_major_finding(engine: Engine, project: Project) -> None:
    found = _found(engine, project, _customers(), _customers(missing=0.3))
    one = found[NAME, "missing_share_change"]
    assert one["severity"] == "major"
    assert one["effect"] == pytest.approx(0.3, abs=0.03)
    assert found[MEAN]["severity"] == "none"  # those that are known are as before


def test_a_new_category_is_told_by_name(engine: Engine, project: Project) -> None:
    before = {**_customers(), "top_channel_12p": ["shop"] * 3000 + ["web"] * 2000}
    now = before | {"top_channel_12p": ["shop"] * 2960 + ["web"] * 1960 + ["app"] * 80}
    one = _found(engine, project, before, now)["top_channel_12p", "new_category_share"]
    assert (one["verdict"], one["value"]) == ("minor", 0.016)
    assert one["explanation"].startswith("top_channel_12p has the new category app, with 1.6% of customers; ")


def test_too_few_customers_give_no_verdict(engine: Engine, project: Project) -> None:
    one = _found(engine, project, _customers(), _customers(3, size=80))[AMOUNT]
    assert (one["value"], one["p_value"], one["severity"]) == (None, None, "none")
    assert one["verdict"] == "cannot_tell"
    assert "too few customers" in one["explanation"]


def test_the_explanation_says_both_values_and_what_to_do(engine: Engine, project: Project) -> None:
    text = _found(engine, project, _customers(), _customers(0.7))[MEAN]["explanation"]
    assert text.startswith("The mean of average_order_amount_12p is 5")
    assert "before (+0." in text
    assert text.endswith("find its reason before acting on segments that rest on it.")


@pytest.mark.parametrize(
    ("feature", "periods_seen", "is_comparable"),
    [
        ("net_amount_12p", 12, False),
        ("net_amount_12p", 13, True),
        ("orders_count_3p", 3, False),
        ("orders_count_3p", 4, True),
        ("recency_days", 5, False),
        ("orders_trend_index_6p", 6, False),
        ("average_order_amount_12p", 2, True),
        ("tenure_days", 400, False),
        ("age_group", 2, True),
    ],
)
def test_what_still_fills_up_cannot_be_compared(feature: str, periods_seen: int, is_comparable: bool) -> None:
    assert (incomparable(FEATURES[feature], periods_seen) is None) == is_comparable


def test_while_a_window_fills_only_the_level_is_compared(engine: Engine, young: Project) -> None:
    found = _found(engine, young, _customers(missing=0.3), _customers())
    missing, mean = found[NAME, "missing_share_change"], found[MEAN]
    assert (missing["history_status"], missing["verdict"]) == ("not_comparable", "cannot_tell")
    assert "its window of 12 periods was not yet full" in missing["explanation"]
    assert mean["history_status"] == "history_short"
    assert mean["standard_error"] is None  # and the level is not compared for long


def test_a_total_that_fills_up_is_measured_but_not_judged(engine: Engine, young: Project) -> None:
    before, now = ({"orders_count_12p": RNG.poisson(mean, SIZE).tolist()} for mean in (2, 4))
    one = _found(engine, young, before, now)["orders_count_12p", "kolmogorov_smirnov"]
    assert one["value"] > 0.3
    assert (one["history_status"], one["severity"], one["q_value"]) == ("not_comparable", "none", None)
    assert "not yet full" in one["explanation"]


def test_a_changed_mix_is_a_finding(engine: Engine, project: Project) -> None:
    same = _customers()
    mixes = mix(THEN, "rfm", champions=600, at_risk=400), mix(NOW, "rfm", champions=350, at_risk=650)
    one = _found(engine, project, same, same, mixes)["rfm", "total_variation"]
    assert (one["value"], one["severity"]) == (0.25, "major")
    assert one["level"] == "segment_mix"
    assert "65.0% of customers, 40.0% before" in one["explanation"]


def test_the_first_fit_of_a_scheme_is_no_change_of_its_mix(engine: Engine, project: Project) -> None:
    same = _customers()
    mixes = mix(THEN, "rfm", None, insufficient_data=1000), mix(NOW, "rfm", champions=350, at_risk=650)
    one = _found(engine, project, same, same, mixes)["rfm", "total_variation"]
    assert (one["history_status"], one["severity"]) == ("not_comparable", "none")


def _history(
    subject: str,
    measure: str,
    level: str,
    values: list[float],
    status: str = "learned",
    score: float | None = None,
) -> pa.Table:
    def one(number: int, value: float) -> dict[str, Any]:
        period = f"2022-{number:02}" if number <= 12 else f"2023-{number - 12:02}"
        return {
            "period": period,
            "subject": subject,
            "measure": measure,
            "level": level,
            "comparison": "previous_period",
            "value": value,
            "effect": value,
            "sampling_score": score,
            "history_status": status,
        }

    return rows(FINDINGS, [one(number, value) for number, value in enumerate(values, 1)])


def test_a_change_as_large_as_every_period_is_usual(engine: Engine, project: Project) -> None:
    before, now = _customers(), _customers(0.3)
    found = _found(engine, project, before, now)[MEAN]
    usual = _history(*MEAN, "feature", [50.0] * 12, score=found["sampling_score"])
    one = _found(engine, project, before, now, history=usual)[MEAN]
    assert (one["severity"], one["history_status"]) == ("none", "learned")
    assert one["verdict"] == "usual"
    assert one["explanation"].endswith("; no more than usual.")
    short = _found(engine, project, before, now, history=usual.slice(1))[MEAN]
    assert (short["verdict"], short["history_status"]) == ("cannot_tell", "history_short")
    quiet = _history(*MEAN, "feature", [50.0] * 12, score=1.0)
    assert _found(engine, project, before, now, history=quiet)[MEAN]["severity"] == "minor"
    # what could not be compared then teaches nothing now
    filling = _history(*MEAN, "feature", [50.0] * 12, "not_comparable", score=9.0)
    assert _found(engine, project, before, now, history=filling)[MEAN]["severity"] == "minor"


def _flow(engine: Engine, moving: int) -> pa.Table:
    before = {(f"c{number}", "rfm"): "rfm:a" if number < 200 else "rfm:b" for number in range(400)}
    now = before | {(f"c{number}", "rfm"): "rfm:b" for number in range(moving)}
    places = places_of(engine, *map(assignments, (before, now)))
    rows = moved(engine, places, NOW)
    return flows(places, rows, None, identity_events(engine, {}), NOW).to_pyarrow()


def test_mobility_is_judged_by_earlier_periods_only(engine: Engine, project: Project) -> None:
    same, flow = _customers(), _flow(engine, 60)
    key = ("rfm", "shorrocks_index")
    short = _found(engine, project, same, same, flow=flow)[key]
    # 60 of 200 leave one of two segments: (2 - (0.7 + 1)) / 1
    assert (short["value"], short["severity"], short["history_status"]) == (0.3, "none", "history_short")
    assert "15.0% left their segment" in short["explanation"]
    usual = _history(
        *key, "movement", [0.02, 0.03, 0.025, 0.03, 0.02, 0.03, 0.025, 0.02, 0.03, 0.025, 0.02, 0.03]
    )
    learned = _found(engine, project, same, same, flow=flow, history=usual)[key]
    assert (learned["severity"], learned["history_status"]) == ("major", "learned")


def test_q_values_are_over_all_findings_of_the_period(engine: Engine, project: Project) -> None:
    found = _found(engine, project, _customers(), _customers(0.1))
    tested = [one for one in found.values() if one["p_value"] is not None]
    assert tested
    assert all(one["q_value"] >= one["p_value"] for one in tested)
    assert all(one["q_value"] is None for one in found.values() if one["p_value"] is None)
