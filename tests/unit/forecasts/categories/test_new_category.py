"""The next new category from stored tables: outcomes, candidates, the gate, and what customers are told."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.features import FEATURES
from pipeline.forecasts import CUSTOMER_FORECASTS
from pipeline.forecasts.categories.fitting import fit_new_category
from pipeline.forecasts.categories.scoring import parameters_of, with_categories
from pipeline.forecasts.categories.training import candidates, missed_share, origins, read_bought
from pipeline.forecasts.fitting import backtests
from pipeline.forecasts.new_category import NAME, READS
from pipeline.forecasts.scoring import forecast
from pipeline.forecasts.training import read_history
from pipeline.models.category.pairs import pairs_of
from pipeline.tables.fields import ALL_ORIGINS
from pipeline.tables.zones import FORECAST_VERSIONS, MODEL_BACKTESTS
from tests.unit.forecasts.categories.bought import COUNT, NAMES, company, lines_of
from tests.unit.forecasts.stored import CALENDAR, FIRST, periods, plan

pytestmark = pytest.mark.duckdb_suffices

HERE = periods(COUNT)[-1]


def learned(engine, features: pa.Table, categories: pa.Table, count: int):
    here = plan(periods(count)[-1])
    history = read_history(
        engine.from_arrow(features), [READS], CALENDAR, FIRST, here.periods, here.retention_days, 10**6
    )
    return history, read_bought(engine.from_arrow(categories), history)


@pytest.fixture(scope="module")
def differing() -> tuple[pa.Table, pa.Table]:
    return company(lines_of(differing=True))


@pytest.fixture(scope="module")
def versions(engine, differing) -> pa.Table:
    features, categories = (engine.from_arrow(one) for one in differing)
    return fit_new_category(features, categories, None, plan(HERE), most_categories=20)


def told(engine, tables, versions, rows=None) -> pa.Table:
    features, categories = tables
    now = [one.filter(pc.equal(one["period"], HERE)) for one in (features, categories)]
    if rows is not None:
        now[0] = now[0].take(rows)
    table = with_categories(*(engine.from_arrow(one) for one in now), parameters_of(versions))
    batches = engine.to_arrow(table.order_by("customer_id")).combine_chunks().to_batches()
    return pa.Table.from_batches(forecast(batches, versions, HERE), CUSTOMER_FORECASTS.schema)


def test_the_outcome_of_a_pair_is_whether_the_category_was_bought_in_the_next_period(engine):
    lines = lines_of(differing=True, count=4, customers=80)
    features, categories = company(lines)
    found = origins(*learned(engine, features, categories, 4), most=20, fewest=5)
    assert [one.period for one in found] == periods(4)[:3]
    for place, one in enumerate(found):
        names = candidates(
            {name: np.flatnonzero(lines[:, : place + 1, at].sum(axis=1)) for at, name in enumerate(NAMES)},
            20,
            5,
        )
        pairs = pairs_of(one.frame, names)
        expected = []
        for who, what in zip(pairs.customer, pairs.category, strict=True):
            customer = int(one.frame.customer_id[int(who)].as_py()[1:])
            at = NAMES.index(names[what])
            assert lines[customer, : place + 1, at].sum() == 0
            expected.append(float(lines[customer, place + 1, at] > 0))
        assert one.outcome.tolist() == expected


def test_candidates_are_what_most_bought_and_none_that_few_did():
    bought = {"a": range(9), "b": range(5), "c": range(9), "d": range(4)}
    assert candidates(bought, 2, 5) == ["a", "c"]
    assert candidates(bought, 20, 5) == ["a", "b", "c"]


def test_what_is_bought_anew_elsewhere_is_counted(engine):
    lines = np.zeros((60, 2, 6), int)
    lines[:50, 0, 0] = 1  # fifty bought apples; then ten others do, and five buy figs
    lines[50:, 1, 0] = 1
    lines[:5, 1, 5] = 1
    history, bought = learned(engine, *company(lines), 2)
    assert missed_share(history, bought, 20, 50) == pytest.approx(5 / 15)


def test_what_comes_later_changes_no_origin(engine):
    """Law L2: candidates, features and outcomes of origins that were over."""
    one, two = lines_of(True, 5, 100, seed=1), lines_of(True, 5, 100, seed=1)
    two[:, 3:] = lines_of(True, 5, 100, seed=2)[:, 3:]
    before, after = (
        origins(*learned(engine, *company(given), 5), most=20, fewest=5)[:2] for given in (one, two)
    )
    for a, b in zip(before, after, strict=True):
        assert (a.outcome == b.outcome).all()
        assert a.frame.numbers.keys() == b.frame.numbers.keys()
        assert all(
            np.array_equal(a.frame.numbers[name], b.frame.numbers[name], equal_nan=True)
            for name in a.frame.numbers
        )


def test_where_tastes_differ_it_is_earned_with_a_record_of_what_was_told_likeliest(versions):
    assert versions.schema.equals(FORECAST_VERSIONS.schema)
    [row] = versions.to_pylist()
    gates = json.loads(row["gates"])
    assert (row["status"], gates["published"], gates["is_baseline"]) == ("assigned", "affinity", False), gates
    record = backtests(versions)
    assert record.schema.equals(MODEL_BACKTESTS.schema)
    whole = {one["method"]: one for one in record.to_pylist() if one["origin_period"] == ALL_ORIGINS}
    assert (
        whole["forecast"]["hit_share"] > whole["popular"]["hit_share"] > whole["constant"]["hit_share"] - 0.02
    )
    assert whole["forecast"]["brier"] < whole["popular"]["brier"]
    assert {one["hit_share"] for one in record.to_pylist() if one["origin_period"] != ALL_ORIGINS} == {None}


def test_where_all_buy_alike_nothing_is_published_that_no_plain_way_is_worse_than(engine):
    tables = company(lines_of(differing=False))
    fitted = fit_new_category(*(engine.from_arrow(one) for one in tables), None, plan(HERE), 20)
    record = [one for one in backtests(fitted).to_pylist() if one["origin_period"] == ALL_ORIGINS]
    plain = [one for one in record if one["method"] in ("constant", "popular", "popular_and_recent")]
    [own] = [one for one in record if one["method"] == "forecast"]
    is_better = own["brier"] <= min(one["brier"] for one in plain) and own["hit_share"] >= max(
        one["hit_share"] for one in plain
    )
    assert own["is_published"] <= is_better


def test_a_customer_is_told_a_category_that_it_has_not_bought_alone_or_among_others(
    engine, differing, versions
):
    found = told(engine, differing, versions).to_pylist()
    lately = {}
    for row in differing[1].filter(pc.equal(differing[1]["period"], HERE)).to_pylist():
        lately.setdefault(row["customer_id"], set()).add(row["category"])
    known = [row for row in found if row["new_category_1p"] is not None]
    assert len(known) > 500
    for row in found:
        others = set(NAMES) - lately.get(row["customer_id"], set())
        assert (row["new_category_1p"] in others) if others else (row["new_category_1p"] is None)
        assert (row[NAME] is None) == (row["new_category_1p"] is None)
        assert row[NAME] is None or 0 < row[NAME] < 1
    some = told(engine, differing, versions, rows=list(range(0, 300, 7))).to_pylist()
    by_id = {row["customer_id"]: row for row in found}
    assert some == [by_id[row["customer_id"]] for row in some]


def test_a_project_without_categories_has_none_and_says_so(engine, differing):
    features = engine.from_arrow(differing[0])
    given = frozenset(FEATURES) - {"top_category_12p"}
    for missing in (
        fit_new_category(features, None, None, plan(HERE), 20),
        fit_new_category(features, engine.from_arrow(differing[1]), None, plan(HERE, givable=given), 20),
    ):
        [row] = missing.to_pylist()
        assert (row["forecast"], row["status"], row["parameters"]) == (NAME, "not_applicable", None)
    rows = differing[0].filter(pc.equal(differing[0]["period"], HERE)).combine_chunks().to_batches()
    columns = pa.Table.from_batches(forecast(rows, missing, HERE), CUSTOMER_FORECASTS.schema)
    assert columns["new_category_1p"].null_count == columns.num_rows


def test_between_refits_the_version_is_carried_and_a_record_that_fails_withdraws_it(
    engine, differing, versions
):
    features, categories = (engine.from_arrow(one) for one in differing)
    kept = fit_new_category(
        features, categories, versions, plan(HERE, refit_every_periods=None), most_categories=20
    )
    assert kept["parameters"].equals(versions["parameters"])
    none = fit_new_category(features, categories, versions, plan(HERE, min_customers=10**6), 20)
    assert none["parameters"].to_pylist() == [None]
