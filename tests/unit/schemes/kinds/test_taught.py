"""Taught schemes: labels of some customers teach segments of all, where that is earned."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.engine import Engine
from pipeline.models.frame import Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.models.probability.measures import auc, brier
from pipeline.schemes.kinds import taught
from pipeline.segments import fit_versions
from pipeline.settings import Project
from tests.unit.schemes.teaching.world import INPUTS, LATER, NOW, chance, settings, world
from tests.unit.segments.synthetic import PERIOD, assigned, changed

WriteProject = Callable[..., Project]


def row_of(engine: Engine, table: pa.Table, project: Project, period: str = PERIOD, **more: Any) -> dict:
    versions = versions_of(engine, table, project, period, **more)
    (row,) = (one for one in versions.to_pylist() if one["scheme"] == "leavers")
    return row


def versions_of(
    engine: Engine,
    table: pa.Table,
    project: Project,
    period: str = PERIOD,
    before: Any = None,
    learned: Any = None,
) -> pa.Table:
    given = engine.from_arrow(table)
    every = None if learned is None else engine.from_arrow(learned)
    return fit_versions(given, None, before, None, period, project, None, every)


def gates_of(row: dict) -> dict[str, Any]:
    return {one["name"]: one for one in from_json(row["gates"])["gates"]}


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return world()


@pytest.fixture
def fitted(engine: Engine, table: pa.Table, write_project: WriteProject) -> tuple[Project, pa.Table]:
    project = write_project(**settings(NOW))
    return project, versions_of(engine, table, project)


def test_labels_of_some_customers_place_all(fitted: tuple[Project, pa.Table]) -> None:
    """Also those without a label, and others than it was fitted on: as well as the truth can be told."""
    project, versions = fitted
    others = world(seed=5)
    rows = [one for one in assigned(others, versions, project).to_pylist() if one["scheme"] == "leavers"]
    assert {one["segment_id"] for one in rows} == {"leavers:left", "leavers:stayed"}
    told = np.array(
        [one["score"] if one["segment_id"] == "leavers:left" else 100 - one["score"] for one in rows]
    )
    truth, leaves = chance(others), np.array(others["is_silent"].to_pylist(), float)
    assert auc(told, leaves) > auc(truth, leaves) - 0.02
    assert brier(told / 100, leaves) < brier(truth, leaves) + 0.01
    right = (told > 50) == (truth > 0.5)
    assert right.mean() > 0.9


def test_a_version_knows_how_many_customers_each_label_places(
    engine: Engine, table: pa.Table, fitted: tuple[Project, pa.Table]
) -> None:
    project, versions = fitted
    (row,) = (one for one in versions.to_pylist() if one["scheme"] == "leavers")
    parameters = from_json(row["parameters"])
    placed = [
        one["segment_id"]
        for one in assigned(table, versions, project).to_pylist()
        if one["scheme"] == "leavers"
    ]
    shares = [placed.count(f"leavers:{one}") / len(placed) for one in parameters["segments"]]
    assert parameters["usual"] == pytest.approx(shares, abs=0.02)


def test_the_card_says_how_often_who_was_called_what(fitted: tuple[Project, pa.Table]) -> None:
    _, versions = fitted
    (row,) = (one for one in versions.to_pylist() if one["scheme"] == "leavers")
    notes = from_json(row["gates"])
    assert row["status"] == "assigned"
    left, stayed = notes["segments"]
    labelled = int(sum(one["labelled"] for one in notes["segments"]))
    assert labelled == row["customers_fitted_count"]
    assert sum(one["called_so"] for one in notes["segments"]) == labelled
    assert left["precision_share"] == round(left["really"]["left"] / left["called_so"], 6)
    assert left["recall_share"] == round(left["really"]["left"] / left["labelled"], 6)
    assert stayed["really"]["left"] + left["really"]["left"] == left["labelled"]
    record = {one["method"]: one for one in notes["record"]["leavers:left"]}
    assert set(record) == {"forecast", "logistic", "tree", "boosting", "network", "base_rate"}
    assert record["forecast"]["brier"] < record["base_rate"]["brier"]
    assert record["forecast"]["is_published"]


def test_reasons_are_what_the_score_loses_or_gains_without_them(
    fitted: tuple[Project, pa.Table], table: pa.Table
) -> None:
    _, versions = fitted
    (row,) = (one for one in versions.to_pylist() if one["scheme"] == "leavers")
    parameters = from_json(row["parameters"])
    frame = frame_of(table, INPUTS)
    scored = taught.score("leavers", parameters, frame)
    reasons = scored.reasons.to_arrow(np.ones(len(frame), bool)).to_pylist()
    names = scored.reasons.features
    asked = np.arange(0, len(frame), 37)
    for at in asked:
        for reason in reasons[at]:
            name = names[reason["feature"]] if isinstance(reason["feature"], int) else reason["feature"]
            typical = {name: np.array([parameters["typical"][name]])}
            here = {one: values[at : at + 1] for one, values in frame.numbers.items()}
            other = Frame(frame.customer_id[:1], here | typical, {})
            again = taught.score("leavers", parameters, other)
            points = again.score[0] if again.segment[0] == scored.segment[at] else 100 - again.score[0]
            assert reason["contribution"] == pytest.approx(scored.score[at] - points, abs=0.011)
            assert (reason["contribution"] >= 0) == (reason["direction"] == "raises")


def test_labels_of_chance_place_nobody(engine: Engine, table: pa.Table, write_project: WriteProject) -> None:
    said = np.random.default_rng(3).permutation(np.array(table["outcome"].to_pylist(), object))
    mixed = table.set_column(table.schema.get_field_index("outcome"), "outcome", pa.array(said, pa.string()))
    project = write_project(**settings(NOW))
    row = row_of(engine, mixed, project)
    assert row["status"] == "insufficient_data"
    assert row["parameters"] is None
    gates = gates_of(row)
    assert not (gates["brier_under_base_rate"]["passed"] and gates["right_over_most_frequent"]["passed"])
    rows = assigned(mixed, versions_of(engine, mixed, project), project).to_pylist()
    assert {one["status"] for one in rows if one["scheme"] == "leavers"} == {"insufficient_data"}


def test_a_version_whose_record_earns_it_no_longer_is_withdrawn(
    engine: Engine, table: pa.Table, write_project: WriteProject
) -> None:
    project = write_project(**settings(NOW))
    first = versions_of(engine, table, project)
    said = np.random.default_rng(3).permutation(np.array(table["outcome"].to_pylist(), object))
    mixed = table.set_column(table.schema.get_field_index("outcome"), "outcome", pa.array(said, pa.string()))
    row = row_of(engine, mixed, project, "2024-04", before=first)
    assert (row["status"], row["parameters"], row["scheme_version"]) == ("insufficient_data", None, None)


def test_without_enough_labels_nothing_is_learned(
    engine: Engine, table: pa.Table, write_project: WriteProject
) -> None:
    said = [one if at < 60 else None for at, one in enumerate(table["outcome"].to_pylist())]
    few = table.set_column(table.schema.get_field_index("outcome"), "outcome", pa.array(said, pa.string()))
    row = row_of(engine, few, write_project(**settings(NOW)))
    assert row["status"] == "insufficient_data"
    assert not gates_of(row)["customers_with_label"]["passed"]


PERIODS = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]


def courses(size: int = 500) -> pa.Table:
    """Stored features of five periods: who is silent follows from the features of the period before."""
    found, before = [], None
    for place, period in enumerate(PERIODS):
        now = world(size, seed=20 + place, period=period)
        silent = now["is_silent"] if before is None else before
        before = now["is_silent"]
        now = now.set_column(now.schema.get_field_index("is_silent"), "is_silent", silent)
        found.append(now)
    return pa.concat_tables(found)


def test_labels_of_a_later_period_are_tested_on_periods_not_seen(
    engine: Engine, write_project: WriteProject
) -> None:
    every = courses()
    now = every.filter(pc.equal(every["period"], PERIODS[-1]))
    project = write_project(**settings(LATER))
    row = row_of(engine, now, project, PERIODS[-1], learned=every)
    assert row["status"] == "assigned", row["gates"]
    notes, gates = from_json(row["gates"]), gates_of(row)
    # Labels of January to April are known by the end of May; January has nothing before it to learn from, and
    # in February its label was known: so February to April are told.
    origins = {one["origin_period"] for one in notes["record"]["leavers:left"]}
    assert origins == {"2024-02", "2024-03", "2024-04", "all"}
    assert gates["origins_tested"]["value"] == 3
    assert row["customers_fitted_count"] == 4 * 500


def test_what_comes_later_changes_nothing_of_what_was_learned(
    engine: Engine, write_project: WriteProject
) -> None:
    every = courses()
    until = every.filter(pc.less_equal(every["period"], PERIODS[-2]))
    now = every.filter(pc.equal(every["period"], PERIODS[-2]))
    project = write_project(**settings(LATER))
    assert row_of(engine, now, project, PERIODS[-2], learned=every) == row_of(
        engine, now, project, PERIODS[-2], learned=until
    )


def test_too_little_of_a_customer_is_known(fitted: tuple[Project, pa.Table]) -> None:
    project, versions = fitted
    blind = changed(world(50, seed=8), recency_days=None, discount_share_12p=None, tenure_days=None)
    rows = [one for one in assigned(blind, versions, project).to_pylist() if one["scheme"] == "leavers"]
    assert {one["status"] for one in rows} == {"insufficient_data"}
    assert {one["evidence_share"] for one in rows} == {0.25}


@pytest.mark.parametrize(
    "models", [["logistic"], ["tree"], ["boosting"], ["network"]], ids=lambda one: one[0]
)
def test_without_what_speaks_for_it_the_score_is_lower(
    engine: Engine, table: pa.Table, write_project: WriteProject, models: list[str]
) -> None:
    """All reasons that raise together, not only one by one: in 95 of a hundred customers at least."""
    row = row_of(engine, table, write_project(**settings(NOW | {"models": models})))
    parameters, frame = from_json(row["parameters"]), frame_of(world(seed=5), INPUTS)
    scored = taught.score("leavers", parameters, frame)
    reasons, numbers = scored.reasons, dict(frame.numbers)
    for place, name in enumerate(reasons.features):
        raises = ((reasons.index == place) & (reasons.contribution > 0)).any(axis=0)
        numbers[name] = np.where(raises, parameters["typical"][name], numbers[name])
    again = taught.score("leavers", parameters, Frame(frame.customer_id, numbers, {}))
    points = np.where(again.segment == scored.segment, again.score, 100 - again.score)
    has_any = ((reasons.index >= 0) & (reasons.contribution > 0)).any(axis=0)
    assert has_any.mean() > 0.5
    assert (points < scored.score)[has_any].mean() >= 0.95
