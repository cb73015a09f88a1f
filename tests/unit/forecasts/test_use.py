"""Use: whether a service will be used, earned by who differs, told of who used it, unknown without uses."""

import json

import numpy as np
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.features import FEATURES
from pipeline.forecasts import CUSTOMER_FORECASTS, FORECASTS
from pipeline.forecasts.fitting import backtests, fit_forecast, fit_forecasts
from pipeline.forecasts.scoring import forecast
from pipeline.forecasts.training import History, read_history
from pipeline.tables.fields import ALL_ORIGINS
from tests.unit.forecasts.stored import CALENDAR, FIRST, USE, periods, plan, users_of, with_use

pytestmark = pytest.mark.duckdb_suffices

COUNT = 12
LAPSE, EXPECTED = FORECASTS["usage_lapse_probability_2p"], FORECASTS["expected_used_periods_3p"]
#: What a company gives of which nothing is known but when its customers used a service.
GIVEN = frozenset(one.name for one in FEATURES.values() if set(one.entities) <= {"product_usage"})
NAMES = ("usage_lapse_probability_1p", LAPSE.name, EXPECTED.name)


def history(engine: Engine, table: pa.Table, count: int = COUNT) -> History:
    here = plan(periods(count)[-1])
    read = [FORECASTS[one].reads for one in NAMES]
    return read_history(
        engine.from_arrow(table), read, CALENDAR, FIRST, here.periods, here.retention_days, 10**6
    )


@pytest.fixture(scope="module")
def users() -> np.ndarray:
    return users_of(COUNT)


@pytest.fixture(scope="module")
def table(users) -> pa.Table:
    return with_use(users)


@pytest.fixture(scope="module")
def versions(engine, table) -> pa.Table:
    return fit_forecasts(engine.from_arrow(table), None, plan(periods(COUNT)[-1], givable=GIVEN))


def test_the_outcome_is_in_which_of_the_next_periods_it_was_used(engine, users, table):
    known = history(engine, table)
    for one, place in ((LAPSE, 0), (EXPECTED, 2)):
        origin = next(found for found in known.origins(one) if found.place == place)
        ahead = users[:, place + 1 : place + 1 + one.horizon].sum(axis=1)
        came = ahead == 0 if one is LAPSE else ahead
        seen = np.flatnonzero(users[:, : place + 1].any(axis=1))
        assert origin.frame.customer_id.to_pylist() == [f"c{who:05d}" for who in seen]
        assert origin.outcome.tolist() == came[seen].astype(float).tolist()


def test_where_users_differ_and_leave_the_lifetime_model_by_period_knows_them(versions):
    rows = {one["forecast"]: one for one in versions.to_pylist()}
    for name in NAMES:
        row = rows[name]
        assert row["status"] == "assigned", (name, json.loads(row["gates"])["gates"])
        figure = "root_mean_squared_error" if name == EXPECTED.name else "brier"
        record = {
            (one["origin_period"], one["method"]): one[figure] for one in json.loads(row["gates"])["record"]
        }
        plain = [one.name for one in FORECASTS[name].baselines]
        newest = max(origin for origin, _ in record if origin != ALL_ORIGINS)
        # Drawn by its own story: once histories are long enough for it, nothing plain comes closer.
        assert record[newest, "bg_bb"] < min(record[newest, one] for one in plain)
        assert record[ALL_ORIGINS, "forecast"] <= min(record[ALL_ORIGINS, one] for one in plain)


def test_where_all_use_alike_nothing_is_told(engine):
    missed = fit_forecast(
        LAPSE, history(engine, with_use(users_of(8, differ=False)), 8), plan(periods(8)[-1])
    )
    assert missed.parameters is None
    assert not any(one["is_published"] for one in missed.notes["record"])


def test_it_is_told_of_who_used_it_within_bounds_that_hold(users, table, versions):
    here = periods(COUNT)[-1]
    now = table.filter(pa.compute.equal(table["period"], here)).combine_chunks()
    told = pa.Table.from_batches(forecast(now.to_batches(), versions, here), CUSTOMER_FORECASTS.schema)
    is_asked = np.array(now["used_periods_count_12p"].to_pylist()) > 0
    for name in NAMES:
        known = np.array([one is not None for one in told[name].to_pylist()])
        assert (known == is_asked).all()
    one, two = (told[name].to_numpy(zero_copy_only=False) for name in NAMES[:2])
    assert np.corrcoef(one, two)[0, 1] > 0.9
    expected = told[EXPECTED.name].to_numpy(zero_copy_only=False)
    assert 0 <= expected.min() < 0.5 < 2.5 < expected.max() <= 3
    assert np.corrcoef(expected, two)[0, 1] < -0.8
    high = told["expected_used_periods_upper_3p"].to_numpy(zero_copy_only=False)
    assert np.isnan(high).all() or high.max() <= 3


def test_without_a_record_nothing_is_told_and_without_uses_it_does_not_apply(engine, table):
    rows = engine.from_arrow(table)
    young = fit_forecasts(rows, None, plan(periods(3)[-1], givable=GIVEN))
    none = fit_forecasts(rows, None, plan(periods(COUNT)[-1], givable=GIVEN - set(USE)))
    for versions, status in ((young, "insufficient_data"), (none, "not_applicable")):
        found = {one["forecast"]: one for one in versions.to_pylist() if one["forecast"] in NAMES}
        assert {(one["status"], one["parameters"]) for one in found.values()} == {(status, None)}
        published = [one for one in backtests(versions).to_pylist() if one["is_published"]]
        assert not {one["forecast"] for one in published} & set(NAMES)


def told_by_the_future(engine: Engine, place: int, make=with_use) -> set[str]:
    """Features at an origin that differ where nothing differs but what was used after it."""
    used = users_of(8, 60)
    other = used.copy()
    other[:, place + 1 :] = users_of(8, 60, seed=2)[:, place + 1 :]
    one, two = (history(engine, make(given), 8).frames[place] for given in (used, other))
    assert one.customer_id.equals(two.customer_id)
    return {
        name
        for name, values in one.numbers.items()
        if not np.array_equal(values, two.number(name), equal_nan=True)
    }


def test_what_comes_after_an_origin_changes_no_feature_at_it_and_a_planted_leak_is_caught(engine):
    """Law L2: whatever happens later, an origin is learned from as it stood."""

    def leaking(used: np.ndarray) -> pa.Table:
        table = with_use(used)
        at = table.schema.get_field_index("uses_count_6p")
        whole = [int(used[int(one[1:])].sum()) for one in table["customer_id"].to_pylist()]
        return table.set_column(at, table.schema.field(at), pa.array(whole, table.schema.field(at).type))

    assert told_by_the_future(engine, 4) == set()
    assert told_by_the_future(engine, 4, leaking) == {"uses_count_6p"}
