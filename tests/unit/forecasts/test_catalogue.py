"""Declarations of forecasts: each said once, in both languages, from features that are declared."""

from dataclasses import replace

import pytest

from pipeline.features import FEATURES
from pipeline.features.demographic import FAMILY as DEMOGRAPHIC
from pipeline.forecasts import CUSTOMER_FORECASTS, FORECAST_FEATURES, FORECASTS, METHOD_LABELS
from pipeline.models.rolling import FORECAST

#: What forecasts of other things than orders are of.
ENTITY = {
    "response_probability_2p": "campaign_contacts",
    "usage_lapse_probability_1p": "product_usage",
    "usage_lapse_probability_2p": "product_usage",
    "expected_used_periods_3p": "product_usage",
}
#: Plain ways that each kind must beat besides the plainest.
BASELINES = {
    ("probability", "orders"): {"three_columns", "recent_orders"},
    ("probability", "campaign_contacts"): {"own_response_share", "previous_responses"},
    ("probability", "product_usage"): {"used_share", "recent_use"},
    ("quantity", "orders"): {"own_rate", "silence"},
    ("quantity", "product_usage"): {"own_used_share"},
}


def test_every_forecast_is_a_column_with_a_meaning_beside_its_customer():
    columns = [field.name for one in FORECASTS.values() for field in one.fields]
    columns += ["new_category_1p", "new_category_probability_1p"]
    assert CUSTOMER_FORECASTS.columns == ["period", "customer_id", *columns]
    assert list(FORECAST_FEATURES) == list(FORECASTS)
    for name, one in FORECAST_FEATURES.items():
        assert one.is_forecast
        of_quantity = (0, 3) if name == "expected_used_periods_3p" else None
        assert one.bounds == ((0, 1) if FORECASTS[name].kind == "probability" else of_quantity)
        assert all(one.label)
        assert "not" in one.null_meaning or "no " in one.null_meaning
        assert name.endswith(f"_{FORECASTS[name].horizon}p")


def test_no_forecast_is_called_as_a_feature_and_all_need_declared_ones_of_one_entity_alone():
    assert not set(FORECASTS) & set(FEATURES)
    for name, one in FORECASTS.items():
        assert set(one.needs) <= set(one.reads) <= set(FEATURES)
        assert one.feature.entities == (ENTITY.get(name, "orders"),)


def test_every_method_has_a_name_for_readers_and_one_of_them_is_the_constant_rate():
    for one in FORECASTS.values():
        methods = one.methods(30.0)
        assert {method.name for method in methods} <= set(METHOD_LABELS)
        plain = {method.name for method in methods if method.is_plain}
        expected = {"mean", "same_again"} if one.kind == "quantity" else {"constant"}
        assert plain >= expected | BASELINES[one.kind, ENTITY.get(one.name, "orders")]
        assert len({method.name for method in methods}) == len(methods)
    assert FORECAST in METHOD_LABELS
    assert all(all(label) for label in METHOD_LABELS.values())


def test_a_forecast_reads_nothing_that_narrows_a_person_down():
    [personal] = [one for one in FEATURES.values() if one.name == "gender"]
    assert personal.family is DEMOGRAPHIC
    churn = FORECASTS["churn_probability_1p"]
    with pytest.raises(ValueError, match="narrows a person down"):
        replace(churn, inputs=(*churn.inputs, personal))


def test_a_quantity_has_both_ends_of_its_interval_beside_it_in_its_own_unit():
    for one in FORECASTS.values():
        if one.kind == "quantity":
            told, low, high = one.fields
            assert [low.name, high.name] == [
                told.name.replace("_3p", "_lower_3p"),
                told.name.replace("_3p", "_upper_3p"),
            ]
            assert told.unit == low.unit == high.unit
            assert "75%" in low.null_meaning
        else:
            assert len(one.fields) == 1


def test_the_horizon_stands_in_the_name():
    with pytest.raises(ValueError, match="must end with _probability_2p"):
        replace(FORECASTS["churn_probability_1p"], horizon=2)


def test_what_grows_with_the_data_counts_for_no_more_than_the_window():
    month, found = 30.4375, set()
    for one in FORECASTS.values():
        for method in one.methods(one.horizon * month):
            found |= {(column.feature, column.most) for model in method.models for column in model.columns}
    assert {most for feature, most in found if feature == "tenure_days"} == {12 * month}
    assert all(most is None for feature, most in found if feature != "tenure_days")
