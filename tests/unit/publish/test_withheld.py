"""What is published of features that are withheld: nothing that a single customer's value follows from."""

import json
from typing import Any

import pyarrow as pa
import pytest

from pipeline.features import FEATURES
from pipeline.publish import contracts
from pipeline.publish.withheld import cards, portraits, profiles, told_too_much
from pipeline.settings import Privacy, PublishSettings
from pipeline.tables import zones
from pipeline.tables.model import Table
from tests.unit.publish.world import arrow


def naming(*attributes: str) -> Privacy:
    """The rule of a project that lets ``attributes`` be published."""
    return PublishSettings(attributes=list(attributes)).privacy(FEATURES)


PRIVATE, NAMED = naming(), naming("income_amount", "city")
EVERYTHING = naming("income_amount")


def bins(feature: str, *rows: dict[str, Any]) -> pa.Table:
    complete = [{"period": "2024-01", "feature": feature, "bin": at, **row} for at, row in enumerate(rows)]
    return arrow(zones.FEATURE_PROFILES, complete)


def income() -> pa.Table:
    return bins(
        "income_amount",
        {"bin_label": "below 20000", "bin_upper": 20_000.0, "bin_count": 48,
         "bin_sum": 7e5, "bin_squared_sum": 9e9},
        {"bin_label": "20000 to 123457.89", "bin_lower": 20_000.0, "bin_upper": 123_457.89, "bin_count": 30,
         "bin_sum": 9e5, "bin_squared_sum": 8e9},
        {"bin_label": "123457.89 and more", "bin_lower": 123_457.89, "bin_count": 1, "bin_sum": 123_457.89,
         "bin_squared_sum": 1.5e10},
        {"bin_label": "missing", "bin_count": 7},
    )  # fmt: skip


def test_bins_tell_neither_sums_nor_edges_that_are_a_value_and_count_in_steps() -> None:
    rows = profiles(income(), PRIVATE).to_pylist()
    told = [(row["bin_label"], row["bin_lower"], row["bin_upper"], row["bin_count"]) for row in rows]
    assert told == [
        ("below 20000", None, 20_000, 40),
        ("bin 1", 20_000, None, 30),
        ("bin 2", None, None, 0),
        ("missing", None, None, 0),
    ]
    assert {row["bin_sum"] for row in rows} == {row["bin_squared_sum"] for row in rows} == {None}


def test_one_customer_more_in_a_bin_does_not_show_unless_a_step_is_full() -> None:
    more = income().to_pylist()
    more[2]["bin_count"] += 1
    assert profiles(arrow(zones.FEATURE_PROFILES, more), PRIVATE).equals(profiles(income(), PRIVATE))


def test_categories_of_few_customers_are_not_named() -> None:
    few = bins(
        "city",
        {"bin_label": "Lyon", "bin_count": 31},
        {"bin_label": "Zzyzxville", "bin_count": 9},
        {"bin_label": "other", "bin_count": 4},
        {"bin_label": "missing", "bin_count": 2},
    )
    told = [(row["bin_label"], row["bin_count"]) for row in profiles(few, PRIVATE).to_pylist()]
    assert told == [("Lyon", 30), ("other", 10), ("missing", 0)]


@pytest.mark.parametrize(
    "rows", [income(), bins("recency_days", {"bin_label": "all", "bin_count": 3, "bin_sum": 7.5})]
)
def test_profiles_of_what_may_be_published_stay_as_they_are(rows: pa.Table) -> None:
    assert profiles(rows, NAMED).equals(rows)


def portrait(feature: str, **values: Any) -> dict[str, Any]:
    given = {"period": "2024-01", "scheme": "rfm", "segment_id": "rfm:champions", "feature": feature}
    means = {"mean_value": 51_234.5, "population_mean_value": 49_876.1, "previous_mean_value": 50_000.25}
    return given | means | {"population_count": 40, "known_share": 0.5} | values


def test_portraits_tell_no_mean_and_the_difference_in_tenths() -> None:
    rows = arrow(
        zones.PORTRAITS,
        [
            portrait("income_amount", standardized_difference=0.512345, rank=1),
            portrait("recency_days", standardized_difference=-0.504, rank=2),
            portrait("orders_count_12p", standardized_difference=0.1, rank=3),
            portrait("children_count", standardized_difference=-2.5, known_share=0.2, rank=4),
        ],
    )
    told = {row["feature"]: row for row in portraits(rows, PRIVATE).to_pylist()}
    assert {name: row["standardized_difference"] for name, row in told.items()} == {
        "income_amount": 0.5, "recency_days": -0.504, "orders_count_12p": 0.1, "children_count": None,
    }  # fmt: skip
    # what is told decides the rank: an exact one would say on which side of its neighbours the value lies
    ranks = sorted((row["rank"], name) for name, row in told.items())
    order = ["recency_days", "income_amount", "orders_count_12p", "children_count"]
    assert ranks == list(enumerate(order, start=1))
    means = ("mean_value", "population_mean_value", "previous_mean_value")
    assert all(told[one][name] is None for one in ("income_amount", "children_count") for name in means)
    assert all(told["recency_days"][name] is not None for name in means)


def card(*components: dict[str, Any]) -> pa.Table:
    parameters = json.dumps({"components": list(components), "noise": 2.5})
    row = {"period": "2024-01", "scheme": "purchasing_power", "status": "assigned", "parameters": parameters}
    return arrow(zones.SCHEME_VERSIONS, [row, {"period": "2024-01", "scheme": "satisfaction"}])


GRID = {"values": [1203.57, 123_457.89], "percents": [0, 100]}
INCOME = {"feature": "income_amount", "weight": 0.2, "direction": "raises", "steps": 5, "grid": GRID}
VALUE = {"feature": "average_order_amount_12p", "weight": 0.8, "direction": "raises", "grid": GRID}


def test_cards_leave_out_what_was_fitted_on_a_withheld_feature() -> None:
    told = cards(card(VALUE, INCOME), PRIVATE)
    parameters = json.loads(told.to_pylist()[0]["parameters"])
    shown = {name: INCOME[name] for name in ("feature", "weight", "direction", "steps")}
    assert parameters == {"components": [VALUE, shown | {"is_withheld": True}], "noise": 2.5}
    assert told.to_pylist()[1]["parameters"] is None
    assert cards(card(VALUE, INCOME), EVERYTHING).equals(card(VALUE, INCOME))


MAKERS = [
    (profiles, contracts.FEATURE_PROFILES, income()),
    (cards, contracts.MODEL_CARDS, card(VALUE, INCOME)),
    (
        portraits,
        contracts.SEGMENT_PORTRAITS,
        arrow(zones.PORTRAITS, [portrait("income_amount", standardized_difference=0.512345, rank=1)]),
    ),
]


@pytest.mark.parametrize(("make", "contract", "inner"), MAKERS, ids=lambda one: getattr(one, "name", ""))
def test_inner_figures_under_a_published_name_are_found(make: Any, contract: Table, inner: pa.Table) -> None:
    problem = f"{contract.name} tells figures of quasi-identifiers that are withheld (law L6)"
    assert told_too_much({contract.name: inner}, PRIVATE) == [problem]
    assert told_too_much({contract.name: inner}, EVERYTHING) == []
    assert told_too_much({contract.name: make(inner, PRIVATE)}, PRIVATE) == []


def test_every_function_gives_the_published_contract() -> None:
    for made, contract in (
        (profiles(income(), PRIVATE), contracts.FEATURE_PROFILES),
        (cards(card(INCOME), PRIVATE), contracts.MODEL_CARDS),
    ):
        assert made.schema.equals(contract.schema, check_metadata=False)
