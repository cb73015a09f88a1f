"""Forecasts in force: fitted when due, earned by a record, frozen, withdrawn when the record fails."""

import json

import numpy as np
import pyarrow as pa
import pytest

from pipeline.forecasts import CUSTOMER_FORECASTS, FORECASTS
from pipeline.forecasts.fitting import backtests, fit_forecasts
from pipeline.forecasts.scoring import forecast, in_force, reads
from pipeline.tables.fields import ALL_ORIGINS
from pipeline.tables.zones import FORECAST_VERSIONS, MODEL_BACKTESTS
from tests.unit.forecasts.stored import orders_of, periods, plan, stored

CHURN = "churn_probability_1p"
ORDERS = "expected_orders_3p"


def fit_both(features, before, here):
    """Versions in force, and the record behind them."""
    versions = fit_forecasts(features, before, here)
    return versions, backtests(versions)


@pytest.fixture(scope="session")
def table() -> pa.Table:
    return stored(orders_of(8))


@pytest.fixture(scope="session")
def fitted(engine, table):
    return fit_both(engine.from_arrow(table), None, plan(periods(8)[-1]))


@pytest.fixture(scope="session")
def grown() -> pa.Table:
    return stored(orders_of(10, leaving=0.02))


@pytest.fixture(scope="session")
def older(engine, grown):
    return fit_both(engine.from_arrow(grown), None, plan(periods(10)[-1]))


def rows(versions: pa.Table) -> dict[str, dict]:
    return {one["forecast"]: one for one in versions.to_pylist()}


def test_what_a_record_earned_is_in_force_under_the_period_of_its_fit(fitted):
    versions, record = fitted
    assert versions.schema.equals(FORECAST_VERSIONS.schema)
    assert record.schema.equals(MODEL_BACKTESTS.schema)
    row = rows(versions)[CHURN]
    assert (row["status"], row["forecast_version"], row["is_refit"]) == ("assigned", f"{CHURN}@2024-08", True)
    own = [one for one in record.to_pylist() if one["forecast"] == CHURN]
    [earned] = {one["method"] for one in own if one["is_published"]}
    best = max(
        one["auc"]
        for one in own
        if one["origin_period"] == ALL_ORIGINS and one["method"] in ("constant", "three_columns")
    )
    [published] = [one for one in own if one["is_published"] and one["origin_period"] == ALL_ORIGINS]
    assert earned == "forecast" or json.loads(row["gates"])["is_baseline"]
    assert published["auc"] >= best - 1e-9


@pytest.mark.duckdb_daily
def test_before_the_warm_up_is_over_nothing_is_fitted_or_said(engine, table):
    versions, record = fit_both(engine.from_arrow(table), None, plan(periods(2)[-1]))
    assert {one["status"] for one in versions.to_pylist()} == {"insufficient_data"}
    assert record.num_rows == 0


@pytest.mark.duckdb_daily
def test_too_few_periods_earn_nothing_and_the_gates_say_so(engine, table):
    versions, record = fit_both(engine.from_arrow(table), None, plan(periods(3)[-1]))
    row = rows(versions)[CHURN]
    assert row["parameters"] is None
    assert json.loads(row["gates"])["gates"][0] == {
        "name": "origins_tested",
        "value": 1,
        "limit": 2,
        "passed": False,
    }
    assert not any(one["is_published"] for one in record.to_pylist())


@pytest.mark.duckdb_daily
def test_a_project_without_orders_has_no_forecast(engine, table):
    versions, record = fit_both(engine.from_arrow(table), None, plan(periods(8)[-1], givable=frozenset()))
    assert {one["status"] for one in versions.to_pylist()} == {"not_applicable"}
    assert record.num_rows == 0


@pytest.mark.duckdb_daily
def test_a_quantity_is_told_with_its_interval_in_its_own_columns(grown, older):
    row = rows(older[0])[ORDERS]
    assert row["status"] == "assigned", json.loads(row["gates"])["gates"]
    parameters = json.loads(row["parameters"])
    assert parameters["kind"] == "quantity"
    gates = json.loads(row["gates"])
    [low, high] = [one for one in gates["also_asked"] if one["name"] == "interval_coverage_share"]
    assert (low["limit"], high["limit"]) == (0.75, 0.85)
    assert (parameters["interval"] is not None) == (low["passed"] and high["passed"])
    now = grown.filter(pa.compute.equal(grown["period"], "2024-10"))
    [batch, *_] = forecast(now.combine_chunks().to_batches(), older[0], "2024-10")
    told, lower, upper = (
        np.array(batch.column(name).to_pylist(), dtype=float)
        for name in (ORDERS, "expected_orders_lower_3p", "expected_orders_upper_3p")
    )
    asked = np.array(now["orders_count_12p"].to_pylist()) > 0
    assert (~np.isnan(told) == asked).all()
    assert (told[asked] >= 0).all()
    if parameters["interval"] is None:
        assert np.isnan(lower).all()
    else:
        assert (lower[asked] <= upper[asked]).all()


@pytest.mark.duckdb_daily
def test_a_record_has_figures_of_its_own_kind_and_none_of_the_other(older):
    for one in older[1].to_pylist():
        is_quantity = FORECASTS[one["forecast"]].kind == "quantity"
        assert (one["brier"] is None) == is_quantity
        assert (one["root_mean_squared_error"] is None) == (not is_quantity)


@pytest.mark.duckdb_daily
def test_origins_of_a_project_younger_than_three_periods_are_not_learned_from(fitted, older):
    """The first is March, with an outcome in June: it is tested from June on."""
    assert json.loads(rows(fitted[0])[ORDERS]["gates"])["record"] == []
    origins = {one["origin_period"] for one in older[1].to_pylist() if one["forecast"] == ORDERS}
    assert origins == {"2024-06", "2024-07", ALL_ORIGINS}


@pytest.mark.duckdb_daily
def test_between_refits_version_and_record_are_carried_forward(engine, table, fitted):
    later = plan("2024-09", refit_every_periods=None)
    versions, record = fit_both(engine.from_arrow(table), fitted[0], later)
    before, after = rows(fitted[0])[CHURN], rows(versions)[CHURN]
    assert after["parameters"] == before["parameters"]
    assert (after["period"], after["is_refit"]) == ("2024-09", False)
    assert {one["tested_period"] for one in record.to_pylist() if one["forecast"] == CHURN} == {"2024-08"}
    assert {one["period"] for one in record.to_pylist()} == {"2024-09"}


@pytest.mark.duckdb_daily
def test_a_version_whose_record_earns_its_name_no_longer_is_withdrawn(engine, fitted):
    orders = orders_of(8)
    random = np.random.default_rng(3)
    noise = random.poisson(0.7, orders.shape)  # nobody differs from anybody: nothing can rank them
    versions, record = fit_both(engine.from_arrow(stored(noise)), fitted[0], plan("2024-08"))
    row = rows(versions)[CHURN]
    assert (row["status"], row["forecast_version"], row["parameters"]) == ("insufficient_data", None, None)
    assert json.loads(row["gates"])["decision"] == "refused"
    assert not any(one["is_published"] for one in record.to_pylist() if one["forecast"] == CHURN)


def test_the_order_of_rows_changes_nothing(engine, table, fitted):
    turned = table.take(np.random.default_rng(1).permutation(table.num_rows))
    versions, record = fit_both(engine.from_arrow(turned), None, plan(periods(8)[-1]))
    assert versions.equals(fitted[0])
    assert record.equals(fitted[1])


def test_everybody_is_scored_with_frozen_parameters_alone_however_rows_are_cut(table, fitted):
    now = table.filter(pa.compute.equal(table["period"], "2024-08"))
    whole = pa.Table.from_batches(
        forecast(now.to_batches(), fitted[0], "2024-08"), schema=CUSTOMER_FORECASTS.schema
    )
    cut = pa.Table.from_batches(
        forecast(now.to_batches(max_chunksize=37), fitted[0], "2024-08"), schema=CUSTOMER_FORECASTS.schema
    )
    assert whole.equals(cut.combine_chunks()) or whole.to_pylist() == cut.to_pylist()
    assert whole["customer_id"].to_pylist() == now["customer_id"].to_pylist()
    known = [one for one in whole[CHURN].to_pylist() if one is not None]
    assert known
    assert all(0 < one < 1 for one in known)


@pytest.mark.duckdb_daily
def test_of_whom_it_is_not_asked_and_what_is_not_in_force_is_null(table, fitted):
    now = table.filter(pa.compute.equal(table["period"], "2024-08"))
    at = now.schema.get_field_index("orders_count_12p")
    silent = now.set_column(at, now.schema.field(at), pa.array(np.zeros(now.num_rows, np.int64)))
    [batch, *_] = forecast(silent.to_batches(), fitted[0], "2024-08")
    assert batch.column(CHURN).null_count == batch.num_rows
    [nothing, *_] = forecast(now.to_batches(), FORECAST_VERSIONS.schema.empty_table(), "2024-08")
    assert all(nothing.column(name).null_count == nothing.num_rows for name in FORECASTS)


@pytest.mark.duckdb_daily
def test_scoring_reads_no_more_than_the_forecast_declares(fitted):
    for name, parameters in in_force(fitted[0]).items():
        assert set(reads(parameters)) <= set(FORECASTS[name].reads)


@pytest.mark.duckdb_daily
def test_probabilities_mean_what_they_say_in_the_period_that_follows(table, fitted):
    """The whole point: what is told now is compared with what comes, of customers of the same kind."""
    fresh = orders_of(9, seed=5)
    later = stored(fresh)
    now = later.filter(pa.compute.equal(later["period"], "2024-08"))
    [batch, *_] = forecast(now.combine_chunks().to_batches(), fitted[0], "2024-08")
    told = np.array(batch.column(CHURN).to_pylist(), dtype=float)
    came = np.array([fresh[int(one[1:]), 8] == 0 for one in batch.column("customer_id").to_pylist()])
    is_asked = ~np.isnan(told)
    assert told[is_asked].mean() == pytest.approx(came[is_asked].mean(), abs=0.06)
    high = is_asked & (told > np.nanmedian(told))
    assert came[high].mean() > came[is_asked & ~high].mean() + 0.2
