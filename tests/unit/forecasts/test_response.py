"""Responses to contacts: learned from contacts that are over, earned or not; without contacts none."""

import json

import numpy as np
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.features import FEATURES
from pipeline.forecasts import CUSTOMER_FORECASTS, FORECASTS
from pipeline.forecasts.fitting import backtests, fit_forecast, fit_forecasts
from pipeline.forecasts.scoring import forecast
from pipeline.forecasts.training import read_history
from pipeline.tables.fields import ALL_ORIGINS
from tests.unit.forecasts.stored import CALENDAR, FIRST, orders_of, periods, plan, stored, with_contacts

pytestmark = pytest.mark.duckdb_suffices

NAME = "response_probability_2p"
RESPONSE = FORECASTS[NAME]
COUNT, CUSTOMERS = 8, 1_500


def company(share_of_customers: bool) -> pa.Table:
    """Customers contacted most months; they answer at shares of their own, or all alike."""
    random = np.random.default_rng(11)
    share = random.beta(0.6, 2.4, CUSTOMERS) if share_of_customers else np.full(CUSTOMERS, 0.2)
    contacts = random.binomial(1, 0.7, (CUSTOMERS, COUNT))
    answers = random.binomial(contacts, share[:, None])
    orders = 1 + orders_of(COUNT, CUSTOMERS, leaving=0.02)
    return with_contacts(stored(orders), contacts, answers)


def fitted(engine: Engine, table: pa.Table):
    here = plan(periods(COUNT)[-1])
    history = read_history(
        engine.from_arrow(table), [RESPONSE.reads], CALENDAR, FIRST, here.periods, here.retention_days, 10**6
    )
    return fit_forecast(RESPONSE, history, here)


@pytest.fixture(scope="module")
def differing() -> pa.Table:
    return company(share_of_customers=True)


@pytest.fixture(scope="module")
def found(engine, differing):
    return fitted(engine, differing)


def test_where_customers_answer_at_shares_of_their_own_it_is_earned_or_the_own_share_is(found, differing):
    assert found.parameters is not None, found.gates
    over_all = {one["method"]: one for one in found.notes["record"] if one["origin_period"] == ALL_ORIGINS}
    own, constant = over_all["own_response_share"], over_all["constant"]
    # The truth is the own share: nothing can be much better, and the plain rate is worse.
    assert own["auc"] > 0.7 > constant["auc"]
    assert own["brier"] < constant["brier"]
    assert found.parameters["method"] in {"own_response_share", "average", "logistic", "additive"}
    published = over_all[found.notes["published"] if found.notes["is_baseline"] else "forecast"]
    assert published["auc"] >= 0.55
    assert published["calibration_error"] - published["calibration_noise"] <= 0.03


def test_where_all_answer_alike_nothing_is_told(engine):
    missed = fitted(engine, company(share_of_customers=False))
    assert missed.parameters is None
    assert not any(one["is_published"] for one in missed.notes["record"])


def test_it_is_told_of_who_was_contacted_and_a_project_without_contacts_has_none(engine, differing):
    here = periods(COUNT)[-1]
    table = engine.from_arrow(differing)
    versions = fit_forecasts(table, None, plan(here))
    [row] = [one for one in versions.to_pylist() if one["forecast"] == NAME]
    assert row["status"] == "assigned"
    assert any(one["forecast"] == NAME for one in backtests(versions).to_pylist())
    now = differing.filter(pa.compute.equal(differing["period"], here)).combine_chunks()
    told = pa.Table.from_batches(forecast(now.to_batches(), versions, here), CUSTOMER_FORECASTS.schema)
    contacted = np.array(now["campaign_answerable_count_12p"].to_pylist()) > 0
    known = np.array([one is not None for one in told[NAME].to_pylist()])
    assert (known == contacted).all()
    without = fit_forecasts(
        table, None, plan(here, givable=frozenset(FEATURES) - {"campaign_responses_count_12p"})
    )
    [row] = [one for one in without.to_pylist() if one["forecast"] == NAME]
    assert (row["status"], row["parameters"]) == ("not_applicable", None)


def test_it_is_fitted_without_orders_and_reads_then_what_contacts_tell(engine, differing):
    given = frozenset(one for one in FEATURES if one.startswith("campaign"))
    bare = pa.Table.from_arrays(
        [
            differing[name]
            if name in given or name in ("period", "customer_id", "first_seen_at", "last_active_at")
            else pa.nulls(differing.num_rows, differing.schema.field(name).type)
            for name in differing.column_names
        ],
        names=differing.column_names,
    )
    versions = fit_forecasts(engine.from_arrow(bare), None, plan(periods(COUNT)[-1], givable=given))
    status = {one["forecast"]: (one["status"], one["parameters"]) for one in versions.to_pylist()}
    assert status["churn_probability_1p"] == ("not_applicable", None)
    assert status[NAME][0] == "assigned"
    assert "orders_count_3p" not in json.dumps(status[NAME][1])
