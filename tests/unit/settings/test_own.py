"""Attributes and features of a company's own: what follows from them."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import InputError
from pipeline.features import CUSTOMER_FEATURES, FEATURES, customer_features_table
from pipeline.publish.contracts import customer_segments_table
from pipeline.publish.texts import Words
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.entities import ENTITIES
from tests.unit.settings import own_examples as good
from tests.unit.settings.own_examples import SHOP, loaded, with_crm

TIER = """\
schemes:
  - scheme: baskets
    kind: tier
    label: {en: Baskets, zh: 客单}
    score: [{feature: basket_value}]
    borders: {quantiles: [0.2, 0.4, 0.6, 0.8]}
    segments:
      a: {label: {en: A, zh: 甲}}
      b: {label: {en: B, zh: 乙}}
      c: {label: {en: C, zh: 丙}}
      d: {label: {en: D, zh: 丁}}
      e: {label: {en: E, zh: 戊}}
  - scheme: ties
    kind: rules
    label: {en: Ties, zh: 关系}
    evidence: [is_bound]
    rules:
      - {segment: bound, when: {feature: is_bound, is: true}, reasons: [is_bound]}
      - {segment: free, reasons: [is_bound]}
    segments:
      bound: {label: {en: Bound, zh: 绑定}}
      free: {label: {en: Free, zh: 自由}}
"""


def whole() -> str:
    return with_crm(good.ATTRIBUTES, good.FEATURES, TIER)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return loaded(tmp_path, whole())


# ------------------------------------------------------------------------------- attributes


def test_an_attribute_is_a_column_of_profiles_and_customers_and_a_feature(project: Project) -> None:
    profiles, features = project.entity("profiles"), project.catalogue
    names = [one.attribute for one in project.attributes]
    assert profiles.clean.columns[-6:] == names
    assert zones.customers_table(profiles).columns[-6:] == names
    table = customer_features_table(features)
    assert set(names) <= set(table.columns)
    assert not set(names) & table.required
    assert set(names) <= project.givable


@pytest.mark.parametrize(
    ("name", "type", "unit"),
    [
        ("contract_kind", pa.string(), ""),
        ("tenure_months", pa.int64(), "months"),
        ("has_left", pa.bool_(), ""),
        ("signed_date", pa.date32(), ""),
        ("monthly_amount", pa.decimal128(18, 4), "project currency"),
        ("load_kwh", pa.decimal128(18, 4), "kWh"),
    ],
)
def test_an_attribute_has_its_type_and_unit(
    project: Project, name: str, type: pa.DataType, unit: str
) -> None:
    (column,) = [one for one in project.entity("profiles").clean.fields if one.name == name]
    assert (column.type, column.unit, column.null_meaning) == (type, unit, "not known")
    assert project.catalogue[name].type == type


def test_other_entities_are_as_they_were(project: Project) -> None:
    assert project.entity("orders") is ENTITIES["orders"]
    assert "contract_kind" not in ENTITIES["profiles"].clean.columns


def test_an_attribute_that_no_source_maps_is_null(tmp_path: Path) -> None:
    project = loaded(tmp_path, SHOP + good.ATTRIBUTES)
    assert "contract_kind" in project.catalogue
    assert "contract_kind" not in project.givable


def test_a_name_implies_limits_unless_they_are_said(tmp_path: Path) -> None:
    text = good.ATTRIBUTES.replace("load_kwh", "load_share")
    project = loaded(tmp_path, SHOP + text)
    column = project.own.columns[-1]
    assert (column.minimum, column.maximum) == (0, 1)


# ---------------------------------------------------------------------------------- privacy


def test_what_is_not_said_to_be_harmless_is_withheld(project: Project) -> None:
    withheld = project.privacy.withheld
    assert {"tenure_months", "has_left", "signed_date", "monthly_amount"} <= withheld
    assert not {"contract_kind", "load_kwh", "basket_value"} & withheld


def test_a_formula_inherits_what_its_parts_tell(project: Project) -> None:
    assert {"contract_days", "baskets_a_month"} <= project.privacy.withheld
    assert "is_bound" not in project.privacy.withheld


def test_a_formula_over_a_named_attribute_is_withheld_until_it_is_named_too(tmp_path: Path) -> None:
    named = loaded(tmp_path, whole() + "publish: {attributes: [signed_date]}\n")
    assert "signed_date" not in named.privacy.withheld
    assert "contract_days" in named.privacy.withheld
    both = loaded(tmp_path, whole() + "publish: {attributes: [signed_date, contract_days]}\n")
    assert "contract_days" not in both.privacy.withheld


def test_the_wide_table_shows_only_what_tells_nothing_of_a_person(project: Project) -> None:
    columns = customer_segments_table(project.every_scheme, project.catalogue).columns
    assert {"contract_kind", "load_kwh", "basket_value", "is_bound"} <= set(columns)
    assert not {"tenure_months", "contract_days", "baskets_a_month"} & set(columns)


# --------------------------------------------------------------------------------- formulae


def test_a_feature_by_formula_is_a_feature_like_any_other(project: Project) -> None:
    one = project.catalogue["basket_value"]
    assert one.label == ("Basket value", "客单价")
    assert (one.unit, one.minimum, one.window, one.type) == ("project currency", 0, "3p", pa.float64())
    assert one.words == ("large baskets", "small baskets", "大单", "小单")
    assert one.entities == ("orders",)
    assert one.null_meaning == "no order in the window"
    assert {reading.periods for reading in one.reads} == {3}
    assert one.ripens, "sums over three periods grow while the project is young"


def test_a_formula_over_features_needs_what_they_need(project: Project) -> None:
    one = project.catalogue["baskets_a_month"]
    assert set(one.entities) == {"profiles", "orders"}
    assert one.window == "3p"
    assert "baskets_a_month" in project.givable


def test_what_a_formula_needs_and_no_source_gives_makes_it_null(tmp_path: Path) -> None:
    text = whole().replace('      monthly_amount: {column: fee, decimal: ","}\n', "")
    givable = loaded(tmp_path, text).givable
    assert "baskets_a_month" not in givable
    assert "basket_value" in givable


def test_features_stand_in_the_order_in_which_they_are_written(tmp_path: Path) -> None:
    first, second = good.FEATURES.split("  - feature: baskets_a_month")
    head, basket = first.split("features:\n")
    other, rest = second.split("  - feature: is_bound")
    turned = f"{head}features:\n  - feature: baskets_a_month{other}{basket}  - feature: is_bound{rest}"
    project = loaded(tmp_path, with_crm(good.ATTRIBUTES, turned))
    assert list(project.own.features)[-4:] == ["baskets_a_month", "basket_value", "is_bound", "contract_days"]


def test_schemes_read_own_features_and_tiers_have_any_number_of_segments(project: Project) -> None:
    assert len(project.every_scheme["baskets"].segments) == 5
    assert project.every_scheme["ties"].exact_features() == ["is_bound"]


# ------------------------------------------------------------------------------------ words


def test_a_built_in_feature_has_another_label_and_nothing_else(project: Project) -> None:
    one, usual = project.catalogue["recency_days"], FEATURES["recency_days"]
    assert one.label == ("Silence", "静默天数")
    assert (one.formula, one.reads, one.unit, one.words) == (
        usual.formula,
        usual.reads,
        usual.unit,
        usual.words,
    )
    assert usual.label != one.label
    assert "recency_days" not in project.own.features


def test_a_built_in_feature_has_another_unit_in_both_languages(tmp_path: Path) -> None:
    text = "features:\n  - {feature: orders_count_12p, unit: {en: purchases, zh: 次购买}}\n"
    one = loaded(tmp_path, SHOP + text).catalogue["orders_count_12p"]
    assert (one.unit, one.unit_zh) == ("purchases", "次购买")
    assert one.label == FEATURES["orders_count_12p"].label


def test_readers_see_labels_and_units_of_the_projects_own(project: Project) -> None:
    english, chinese = (Words(one, "EUR", features=project.catalogue) for one in ("en", "zh"))
    assert (english.subject("recency_days"), chinese.subject("recency_days")) == ("Silence", "静默天数")
    assert (english.feature("basket_value"), chinese.feature("basket_value")) == ("Basket value", "客单价")
    assert english.quantity("basket_value", 12.5) == "12.5 EUR"
    assert english.quantity("tenure_months", 12.5) == "12.5 months"
    assert chinese.quantity("tenure_months", 12.5) == "12.5 个月"


# ------------------------------------------------------------------------------- apart


def test_two_projects_do_not_see_each_others_declarations(tmp_path: Path) -> None:
    """Built-in ones neither: what a project declares is nowhere but in it."""
    first = loaded(tmp_path / "first", whole())
    second = loaded(
        tmp_path / "second", SHOP + TIER.replace("basket_value", "recency_days").split("  - scheme: ties")[0]
    )
    third = loaded(
        tmp_path / "third",
        with_crm(
            good.ATTRIBUTES.replace("type: integer", "type: number"),
            good.FEATURES.replace("orders.orders_count, 0", "orders.lines_count, 0"),
        ),
    )
    assert "basket_value" in first.catalogue
    assert "basket_value" not in second.catalogue
    assert second.catalogue["recency_days"].label == FEATURES["recency_days"].label
    assert third.catalogue["tenure_months"].type != first.catalogue["tenure_months"].type
    assert third.catalogue["basket_value"].expression != first.catalogue["basket_value"].expression
    assert "tenure_months" not in second.entity("profiles").clean.columns
    assert customer_features_table(second.catalogue) == CUSTOMER_FEATURES
    with pytest.raises(InputError, match="no feature 'basket_value'"):
        loaded(tmp_path / "second", SHOP + TIER)


def test_without_declarations_everything_is_as_it_comes_along(tmp_path: Path) -> None:
    project = loaded(tmp_path, SHOP)
    assert dict(project.catalogue) == dict(FEATURES)
    assert project.own.features == {}
    assert project.entity("profiles") == ENTITIES["profiles"]
