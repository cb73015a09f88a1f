"""Attributes and features by formula: values as computed by hand, on customers of the small shop."""

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import yaml

from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.features import customer_features, customer_features_table
from pipeline.settings import Project, load_project
from tests.conftest import shop_settings
from tests.unit.features.chain import feature_inputs, window_of
from tests.unit.ledgers.lines import line, order_lines, rows_of
from tests.unit.settings import own_examples as good

pytestmark = pytest.mark.duckdb_daily

FORMULAE = """\
- {feature: basket_value, label: {en: B, zh: 篮}, meaning: B., unit: project currency, window: 2,
   formula: "orders.bought_amount / orders.orders_count", minimum: 0}
- {feature: basket_value_before, label: {en: A, zh: 前}, meaning: A., unit: project currency,
   formula: "orders.bought_amount / orders.orders_count"}
- {feature: baskets_a_month, label: {en: M, zh: 月}, meaning: M., unit: ratio,
   formula: "round(monthly_amount / basket_value, 2)"}
- {feature: is_bound, label: {en: K, zh: 约}, meaning: K.,
   formula: "contract_kind IN ('one_year', 'two_year')"}
- {feature: contract_days, label: {en: D, zh: 天}, meaning: D., unit: days,
   formula: "days_between(signed_date, as_of)"}
- {feature: band, label: {en: Z, zh: 档}, meaning: Z.,
   formula: "CASE WHEN doubled >= 50 THEN 'large' WHEN doubled >= 0 THEN 'small' END"}
- {feature: doubled, label: {en: W, zh: 倍}, meaning: W., formula: basket_value * 2}
- {feature: lines_a_day, label: {en: L, zh: 日}, meaning: L., formula: orders.lines_count / exposure_days}
"""
MARCH = "2024-03"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    crm = yaml.safe_load(good.CRM)["crm"]
    settings = shop_settings(
        sources=shop_settings()["sources"] | {"crm": crm},
        features=yaml.safe_load(FORMULAE),
        **yaml.safe_load(good.ATTRIBUTES),
    )
    folder = tmp_path_factory.mktemp("shop")
    (folder / "project.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return load_project(folder)


def profiles(project: Project, *rows: dict[str, Any]) -> pa.Table:
    every = [{"period": period, "source": "crm", **row} for period in MONTHS for row in rows]
    return rows_of(project.entity("profiles").clean, every)


MONTHS = ["2024-01", "2024-02", MARCH]
LINES = [
    line("2024-01-10 12:00", account_id="a_1", net_amount=90),
    line("2024-02-10 12:00", account_id="a_1", net_amount=30),
    line("2024-03-10 12:00", account_id="a_1", net_amount=10),
    line("2024-01-20 12:00", account_id="a_2", net_amount=50),
]
PROFILES: list[dict[str, Any]] = [
    {
        "account_id": "a_1",
        "contract_kind": "two_year",
        "tenure_months": 7,
        "has_left": False,
        "signed_date": date(2024, 2, 1),
        "monthly_amount": Decimal("10.5"),
        "load_kwh": Decimal("1200.25"),
    },
    {"account_id": "a_2", "contract_kind": "monthly"},
]


@pytest.fixture(scope="module")
def found(engine: Engine, project: Project) -> list[dict[str, Any]]:
    """Features in March, of the customer who ordered three times and the one who ordered once."""
    known = profiles(project, *PROFILES)
    inputs = feature_inputs(engine, project, MARCH, lines=order_lines(*LINES), profiles=known)
    table = customer_features(inputs, window_of(project, MARCH), project.catalogue, project.givable)
    contract = customer_features_table(project.catalogue)
    assert list(table.columns) == contract.columns
    rows = cast(engine.to_arrow(table), contract.schema).to_pylist()
    return sorted(rows, key=lambda row: -row["orders_count_12p"])


def test_attributes_are_those_of_the_profiles(found: list[dict[str, Any]]) -> None:
    often, once = found
    assert {name: often[name] for name in PROFILES[0] if name != "account_id"} == {
        name: value for name, value in PROFILES[0].items() if name != "account_id"
    }
    assert (once["contract_kind"], once["tenure_months"], once["signed_date"]) == ("monthly", None, None)


def test_measures_are_summed_over_the_window_of_the_feature(found: list[dict[str, Any]]) -> None:
    often, once = found
    assert often["basket_value"] == pytest.approx((30 + 10) / 2)
    assert often["basket_value_before"] == pytest.approx((90 + 30 + 10) / 3, abs=1e-6)
    assert once["basket_value"] is None, "no order in February or March: nothing is divided by zero"
    assert once["basket_value_before"] == 50


def test_formulae_read_each_other_whatever_their_order(found: list[dict[str, Any]]) -> None:
    often, once = found
    assert (often["doubled"], often["band"]) == (40, "small")
    assert (once["doubled"], once["band"]) == (None, None)
    assert often["baskets_a_month"] == pytest.approx(0.53)  # 10.5 / 20 = 0.525


def test_flags_days_and_exposure(found: list[dict[str, Any]]) -> None:
    often, once = found
    assert (often["is_bound"], once["is_bound"]) == (True, False)
    assert often["contract_days"] == 29 + 31, "from February 1 to the day after the period"
    assert once["contract_days"] is None
    # from the first order on January 10 at noon to the end of March
    assert often["lines_a_day"] == pytest.approx(3 / (21.5 + 29 + 31), abs=1e-6)


def test_own_features_count_as_evidence(found: list[dict[str, Any]], project: Project) -> None:
    often, _ = found
    evidence = {name for name, one in project.catalogue.items() if one.family.name == "evidence"}
    countable = [name for name in project.givable if name not in evidence]
    assert {"contract_kind", "basket_value", "band"} <= set(countable)
    known = sum(often[name] is not None for name in countable)
    assert often["feature_evidence_share"] == pytest.approx(known / len(countable), abs=1e-6)
