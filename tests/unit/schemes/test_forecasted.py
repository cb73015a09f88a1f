"""A scheme that reads a forecast keeps its parameters: old versions go on saying what they said."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.models.frame import frame_of
from pipeline.models.parameters import from_json, to_json
from pipeline.schemes.forecasted import behind, behind_frozen, is_plain, named_in, with_forecasts
from pipeline.segments import first_fitted, fit_versions, refitted_schemes
from pipeline.tables.zones import FORECAST_VERSIONS
from tests.unit.segments.synthetic import PERIOD, assigned, changed, forecast_versions, shop_with

NAME = "churn_probability_2p"


def row_of(versions: pa.Table, scheme: str = "churn_risk") -> dict:
    return next(row for row in versions.to_pylist() if row["scheme"] == scheme)


def churn(assignments: pa.Table) -> pa.Table:
    return assignments.filter(pc.field("scheme") == "churn_risk")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop that lets a refit move whom it likes, so that a forecast fitted anew is seen to do so."""
    freely = {"continued_overlap": 0.0, "max_model_moved_share": 1.0}
    return shop_with(tmp_path_factory.mktemp("shop"), refit_every_periods=1, **freely)


@pytest.fixture(scope="module")
def first(engine, features, shop):
    return fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop, forecast_versions())


def refitted(period: str) -> pa.Table:
    """The forecast fitted anew: everybody is more likely to be silent than before."""
    found = forecast_versions(period)
    parameters = from_json(found["parameters"].to_pylist()[0])
    parameters["models"][0]["constant"] = 2.0
    return changed(found, parameters=to_json(parameters))


def test_names_are_forecasts_or_features_and_forecasts_stand_for_what_they_read():
    assert named_in(["recency_days", NAME]) == [NAME]
    assert {"recency_days", "orders_count_12p"} <= set(behind(["net_amount_12p", NAME]))
    frozen = {NAME: from_json(forecast_versions()["parameters"].to_pylist()[0])}
    assert behind_frozen(["net_amount_12p", NAME], frozen) == [
        "net_amount_12p",
        "overdue_ratio",
        "orders_count_12p",
    ]
    assert behind_frozen([NAME], {}) == []


def test_the_parameters_of_the_forecast_are_frozen_with_the_version_that_reads_it(first):
    parameters = from_json(row_of(first)["parameters"])
    assert parameters["forecasts"][NAME]["version"] == f"{NAME}@{PERIOD}"
    for name in ("loyalty", "rfm", "lifecycle"):
        assert "forecasts" not in from_json(row_of(first, name)["parameters"])


def test_without_the_forecast_nobody_is_assigned(engine, features, shop):
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    assert row_of(versions)["status"] == "insufficient_data"
    rows = churn(assigned(features, versions, shop))
    assert set(rows["status"].to_pylist()) == {"insufficient_data"}
    assert rows["score"].null_count == rows.num_rows


def test_a_forecast_fitted_anew_is_a_new_version_and_the_old_one_says_what_it_said(
    engine, features, shop, first
):
    table = engine.from_arrow(features)
    second = fit_versions(table, table, first, None, "2024-04", shop, refitted("2024-04"))
    assert "churn_risk" in refitted_schemes(second, first)
    before = churn(assigned(features, first, shop))
    after = churn(assigned(features, second, shop))
    again = churn(assigned(features, first, shop, "2024-04", schemes={"churn_risk"}))
    assert again["segment_id"].equals(before["segment_id"])
    assert pc.all(pc.greater_equal(after["score"], before["score"])).as_py()
    assert not after["segment_id"].equals(before["segment_id"])


def test_a_scheme_whose_forecast_is_withdrawn_is_withdrawn_with_it_and_the_model_is_the_cause(
    engine, features, shop, first
):
    table = engine.from_arrow(features)
    nothing = changed(forecast_versions("2024-04"), parameters=None, status="insufficient_data")
    second = fit_versions(table, table, first, None, "2024-04", shop, nothing)
    row = row_of(second)
    assert (row["status"], row["scheme_version"], row["parameters"]) == ("insufficient_data", None, None)
    assert row_of(second, "loyalty")["status"] == "assigned"
    assert first_fitted(second, first) == {"churn_risk", "purchase_potential"}


def test_where_a_plain_way_is_published_a_risk_is_still_told_and_a_potential_no_longer(
    engine, features, shop, first
):
    """Law L12: growth told by the plain levels is what is usual; the name is only of what beats them."""
    assert row_of(first, "purchase_potential")["status"] == "assigned"
    rows = forecast_versions("2024-04").to_pylist()
    for row, plain in zip(rows, ("recent_orders", "levels"), strict=True):
        row["parameters"] = to_json(from_json(row["parameters"]) | {"method": plain})
        assert is_plain(row["forecast"], from_json(row["parameters"]))
    table = engine.from_arrow(features)
    plainly = pa.Table.from_pylist(rows, schema=FORECAST_VERSIONS.schema)
    second = fit_versions(table, table, first, None, "2024-04", shop, plainly)
    assert row_of(second)["status"] == "assigned"
    assert row_of(second, "purchase_potential")["status"] == "insufficient_data"


def test_a_forecast_that_is_not_there_is_unknown_to_everybody(features):
    frame = with_forecasts(frame_of(features, ["recency_days"]), ["recency_days", NAME], {})
    assert not frame.known(NAME).any()
    assert frame.known("recency_days").all()
