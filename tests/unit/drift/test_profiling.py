"""Profiles: fixed bins over customers, the same whatever order they come in."""

from collections.abc import Callable, Iterable
from hashlib import md5
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.drift import counting, profiling
from pipeline.drift.binning import fit_edges
from pipeline.drift.profiling import profiles
from pipeline.engine import Engine
from pipeline.settings import Project
from pipeline.tables.zones import FEATURE_PROFILES
from tests.unit.drift.tables import features, mix

RNG = np.random.default_rng(1)
#: The lowest hundredth, the highest, and its highest tenth: of 600 values one.
TAIL_BINS = 3
PERSONS = {"source_account_id": "customer", "age_group": "age", "income_amount": "income"}
PERSON_SOURCE = {
    "entity": "profiles",
    "connector": {"kind": "file", "format": "csv", "path": "p.csv"},
    "columns": PERSONS,
}


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    shop = write_project()
    sources = shop.model_dump(mode="json")["sources"] | {"persons": PERSON_SOURCE}
    return write_project(sources=sources, segments={"warm_up_periods": 2})


def _columns(size: int = 600, **more: Iterable[Any]) -> dict[str, Iterable[Any]]:
    recency = [None if one > 80 else round(float(one), 6) for one in RNG.gamma(2, 20, size)]
    return {"recency_days": recency, "orders_count_12p": RNG.poisson(2, size).tolist(), **more}


def _profiles(
    engine: Engine, project: Project, period: str, table: pa.Table, previous: pa.Table | None = None
) -> pa.Table:
    segments = engine.from_arrow(mix(period, "rfm", champions=6, insufficient_data=4))
    before = None if previous is None else engine.from_arrow(previous)
    return profiles(engine.from_arrow(table), segments, before, period, project)


def _of(found: pa.Table, feature: str) -> list[dict[str, Any]]:
    return [row for row in found.to_pylist() if row["feature"] == feature]


def test_before_the_end_of_the_warm_up_there_is_only_the_segment_mix(
    engine: Engine, project: Project
) -> None:
    found = _profiles(engine, project, "2024-01", features("2024-01", _columns()))
    assert [(one["feature"], one["bin_label"], one["bin_count"]) for one in found.to_pylist()] == [
        ("segment_mix:rfm", "insufficient_data", 4),
        ("segment_mix:rfm", "rfm:champions", 6),
    ]


def test_profiles_count_and_sum_every_customer(engine: Engine, project: Project) -> None:
    columns = _columns()
    found = _profiles(engine, project, "2024-02", features("2024-02", columns))
    assert found.schema == FEATURE_PROFILES.schema
    rows = _of(found, "recency_days")
    known = [one for one in columns["recency_days"] if one is not None]
    assert len(rows) == project.drift.bins + 1 + TAIL_BINS
    assert sum(row["bin_count"] for row in rows) == 600
    assert sum(row["bin_sum"] for row in rows[:-1]) == pytest.approx(sum(known))
    assert sum(row["bin_squared_sum"] for row in rows[:-1]) == pytest.approx(sum(one * one for one in known))
    assert (rows[-1]["bin_label"], rows[-1]["bin_count"]) == ("missing", 600 - len(known))


def test_profiles_are_the_same_however_many_features_are_read_at_once(
    engine: Engine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = features("2024-02", _columns())
    together = _profiles(engine, project, "2024-02", table)
    monkeypatch.setattr(counting, "VALUES", 1)
    monkeypatch.setattr(counting, "CHUNK", 1)
    assert _profiles(engine, project, "2024-02", table).equals(together)


def test_edges_are_those_of_the_previous_period(engine: Engine, project: Project) -> None:
    first = _profiles(engine, project, "2024-02", features("2024-02", _columns()))
    moved = {"recency_days": [500.0] * 600, "orders_count_12p": [99] * 600}
    second = _profiles(engine, project, "2024-03", features("2024-03", moved), first)
    for name in moved:
        edges = [
            [(row["bin"], row["bin_lower"], row["bin_upper"]) for row in _of(one, name)]
            for one in (first, second)
        ]
        assert edges[0] == edges[1]
        assert _of(second, name)[-2]["bin_count"] == 600


def test_the_order_of_rows_does_not_matter(engine: Engine, project: Project) -> None:
    table = features("2024-02", _columns(is_tenure_censored=(RNG.random(600) < 0.3).tolist()))
    shuffled = table.take(RNG.permutation(600))
    assert _profiles(engine, project, "2024-02", table).equals(
        _profiles(engine, project, "2024-02", shuffled)
    )


def _everyone(**customers: int) -> pa.Table:
    return mix("2024-02", "rfm", **customers)


@pytest.mark.parametrize("taken", ["rows", "segments"])
def test_customers_that_stand_in_order_are_not_sorted_and_others_are_counted_alike(
    engine: Engine, project: Project, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """Whether it is the customers or their segments that stand otherwise."""
    table, segments = features("2024-02", _columns()), _everyone(champions=350, lost=250)
    shuffled = RNG.permutation(600)

    def counted(rows: pa.Table, assigned: pa.Table) -> pa.Table:
        return profiles(engine.from_arrow(rows), engine.from_arrow(assigned), None, "2024-02", project)

    sorts = []
    join = counting._grouped
    monkeypatch.setattr(counting, "_grouped", lambda *given: sorts.append(1) or join(*given))
    found = counted(table, segments)
    assert not sorts
    carried = {row["bin_label"]: row["bin_count"] for row in _of(found, "carrier:rfm:orders_count_12p")}
    assert carried == {"rfm:champions": 350, "rfm:lost": 250, "other": 0}
    if taken == "rows":
        assert counted(table.take(shuffled), segments).equals(found)
    else:
        assert counted(table, segments.take(shuffled)).equals(found)
    assert sorts


def test_customers_without_a_segment_are_no_group(engine: Engine, project: Project) -> None:
    table = features("2024-02", _columns())
    found = profiles(
        engine.from_arrow(table), engine.from_arrow(_everyone(champions=500)), None, "2024-02", project
    )
    carried = {row["bin_label"]: row["bin_count"] for row in _of(found, "carrier:rfm:orders_count_12p")}
    assert carried == {"rfm:champions": 500, "missing": 100, "other": 0}


def test_bins_are_fitted_on_the_customers_with_the_smallest_hashes(
    engine: Engine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = features("2024-02", _columns())
    monkeypatch.setattr(profiling, "SAMPLE", 200)
    by_hash = np.argsort([md5(one.encode()).hexdigest() for one in table["customer_id"].to_pylist()])
    found = _of(_profiles(engine, project, "2024-02", table), "orders_count_12p")
    sampled = table["orders_count_12p"].take(by_hash[:200]).to_numpy().astype(float)
    assert [row["bin_lower"] for row in found[1:-1]] == fit_edges(sampled, project.drift.bins)


def test_flags_are_categories(engine: Engine, project: Project) -> None:
    table = features("2024-02", _columns(is_tenure_censored=[True] * 200 + [False] * 400))
    rows = _of(_profiles(engine, project, "2024-02", table), "is_tenure_censored")
    assert [(row["bin_label"], row["bin_count"]) for row in rows] == [
        ("false", 400),
        ("true", 200),
        ("other", 0),
        ("missing", 0),
    ]


def test_quasi_identifiers_are_counted_in_bins_of_ten_or_more(engine: Engine, project: Project) -> None:
    age = ["18-24"] * 300 + ["25-34"] * 280 + ["85+"] * 8 + [None] * 12
    income = [20_000.0] * 590 + [1_000_000.0] * 10
    first = _profiles(
        engine, project, "2024-02", features("2024-02", _columns(age_group=age, income_amount=income))
    )
    counts = {row["bin_label"]: row["bin_count"] for row in _of(first, "age_group")}
    # eight in 'other' would tell as much as eight in '85+': the next smallest joins them
    assert counts == {"18-24": 300, "25-34": 0, "other": 288, "missing": 12}
    later = features("2024-03", _columns(age_group=age, income_amount=[20_000.0] * 598 + [1_000_000.0] * 2))
    second = _of(_profiles(engine, project, "2024-03", later, first), "income_amount")
    assert [(row["bin_count"], row["bin_sum"]) for row in second if 0 < row["bin_count"] < 10] == [(2, None)]


def test_features_that_the_sources_cannot_give_have_no_profile(engine: Engine, project: Project) -> None:
    found = _profiles(engine, project, "2024-02", features("2024-02", _columns()))
    names = set(found.column("feature").to_pylist())
    assert "campaign_contacts_count_12p" not in names
    assert "age_group" in names


def test_bins_wait_for_enough_values(engine: Engine, project: Project) -> None:
    none_known = features("2024-02", {"recency_days": [None] * 600})
    first = _profiles(engine, project, "2024-02", none_known)
    assert [(row["bin_label"], row["bin_count"]) for row in _of(first, "recency_days")] == [
        ("all", 0),
        ("missing", 600),
    ]
    second = _profiles(engine, project, "2024-03", features("2024-03", _columns()), first)
    assert len(_of(second, "recency_days")) == project.drift.bins + 1 + TAIL_BINS


def test_a_period_without_customers_has_profiles_of_zeros(engine: Engine, project: Project) -> None:
    first = _profiles(engine, project, "2024-02", features("2024-02", _columns()))
    nobody = features("2024-03", {"recency_days": []})
    rows = _of(_profiles(engine, project, "2024-03", nobody, first), "recency_days")
    assert [row["bin_count"] for row in rows] == [0] * (project.drift.bins + 1 + TAIL_BINS)
