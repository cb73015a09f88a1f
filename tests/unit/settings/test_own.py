"""Attributes and features of a company's own: what follows from them, and what may be wrong with them."""

from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from pipeline.errors import InputError
from pipeline.features import CUSTOMER_FEATURES, FEATURES, customer_features_table
from pipeline.publish.contracts import customer_segments_table
from pipeline.publish.texts import Words
from pipeline.settings import Project, load_project
from pipeline.tables import zones
from pipeline.tables.entities import ENTITIES
from tests.conftest import shop_settings
from tests.unit.settings import own_examples as good

SHOP = yaml.safe_dump(shop_settings(), sort_keys=False)
#: Marks the line that the error must name.
HERE = "#!"
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


def loaded(folder: Path, text: str) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    return load_project(folder)


def with_crm(*parts: str) -> str:
    head, tail = SHOP.split("sources:\n")
    return "".join([head, "sources:\n", good.CRM, tail, *parts])


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


# ------------------------------------------------------------------------------ what is wrong


def changed(document: str, old: str, new: str) -> str:
    assert document.count(old) == 1, old
    return document.replace(old, new)


OPEN = "    privacy: none\n  - attribute: tenure"
BASKET = "orders.bought_amount / nullif(orders.orders_count, 0)"
SILENCE = "{en: Silence, zh: 静默天数}\n"
MATRIX = f"""\
schemes:
  - scheme: long #!
    kind: grid
    label: {{en: Long, zh: 长}}
    axes: {{a: {{feature: contract_days}}, b: {{feature: basket_value}}}}
    rows: [a]
    columns: [b]
    cells: {[["x"] * 5] * 5}
    segments: {{x: {{label: {{en: X, zh: 叉}}}}}}
"""
ATTRIBUTES, FORMULAE = good.ATTRIBUTES, good.ATTRIBUTES + good.FEATURES
#: What is wrong: the document, the key that the error names, words that it says.
WRONG: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "an unknown type": (
        changed(ATTRIBUTES, "type: flag", "type: bool #!"),
        "attributes.2.type", ("text", "number", "integer", "amount", "flag", "date"),
    ),
    "a misspelt key of an attribute": (
        changed(ATTRIBUTES, OPEN, OPEN.replace("privacy: none", "privcy: none #!")),
        "attributes.0.privcy", ("did you mean privacy?",),
    ),
    "an attribute without Chinese": (
        changed(ATTRIBUTES, "{en: Contract, zh: 合同}", "{en: Contract} #!"),
        "attributes.0.label.zh", ("needed, and missing",),
    ),
    "a name that is none": (
        changed(ATTRIBUTES, "attribute: has_left", "attribute: Has left #!"),
        "attributes.2.attribute", ("pattern",),
    ),
    "a name that profiles have": (
        changed(ATTRIBUTES, "attribute: has_left", "attribute: income_amount #!"),
        "attributes.2.attribute", ("income_amount is a column of profiles", "another name"),
    ),
    "a name that a feature has": (
        changed(ATTRIBUTES, "attribute: has_left", "attribute: recency_days #!"),
        "attributes.2.attribute", ("recency_days is a feature that comes along",),
    ),
    "a name that customers have": (
        changed(ATTRIBUTES, "attribute: has_left", "attribute: accounts_count #!"),
        "attributes.2.attribute", ("accounts_count",),
    ),
    "a name that schemes have": (
        changed(ATTRIBUTES, "attribute: has_left", "attribute: loyalty_segment #!"),
        "attributes.2.attribute", ("_segment or _label or _confidence",),
    ),
    "two attributes of a name": (
        changed(ATTRIBUTES, "attribute: has_left", "attribute: contract_kind #!"),
        "attributes.2.attribute", ("contract_kind is declared twice",),
    ),
    "an attribute that identifies a person": (
        changed(ATTRIBUTES, OPEN, OPEN.replace("privacy: none", "privacy: direct #!")),
        "attributes.0.privacy", ("national_id", "restricted"),
    ),
    "an unknown privacy": (
        changed(ATTRIBUTES, OPEN, OPEN.replace("privacy: none", "privacy: open #!")),
        "attributes.0.privacy", ("none", "quasi"),
    ),
    "a number without a unit": (
        changed(ATTRIBUTES, "    unit: {en: kWh, zh: 千瓦时}\n", "").replace(": number", ": number #!"),
        "attributes.5.type", ("a number needs a unit", "days", "{en: …, zh: …}"),
    ),
    "an unknown unit": (
        changed(ATTRIBUTES, "unit: {en: kWh, zh: 千瓦时}", "unit: kWh #!"),
        "attributes.5.unit", ("there is no unit 'kWh'", "days", "{en: …, zh: …}"),
    ),
    "a unit of a text": (
        changed(ATTRIBUTES, "    type: text\n", "    type: text\n    unit: days #!\n"),
        "attributes.0.unit", ("only numbers have it",),
    ),
    "an amount in another unit": (
        changed(ATTRIBUTES, "type: amount\n", "type: amount\n    unit: days #!\n"),
        "attributes.4.unit", ("project's currency",),
    ),
    "codes of a number": (
        changed(ATTRIBUTES, "    minimum: 0\n", "    values: [a] #!\n"),
        "attributes.1.values", ("only a text has codes",),
    ),
    "codes in capitals": (
        changed(ATTRIBUTES, "values: [monthly,", "values: [Monthly, #!\n     "),
        "attributes.0.values", ("small letters with underscores", "'Monthly'"),
    ),
    "a code that means no value": (
        changed(ATTRIBUTES, "values: [monthly,", "values: [none, #!\n     "),
        "attributes.0.values", ("'none'", "means no value"),
    ),
    "limits the wrong way round": (
        changed(ATTRIBUTES, "    minimum: 0\n", "    minimum: 9 #!\n    maximum: 1\n"),
        "attributes.1.minimum", ("minimum 9 must be below maximum 1",),
    ),
    "attributes as a mapping": (
        "attributes: #!\n  contract_kind: {type: text}\n",
        "attributes", ("a list belongs here",),
    ),
    # ------------------------------------------------------------------------- features
    "an unknown measure": (
        changed(FORMULAE, BASKET, "orders.bought_amont / 2.0 #!"),
        "features.0.formula", ("no measure 'orders.bought_amont'", "did you mean orders.bought_amount?"),
    ),
    "an unknown ledger": (
        changed(FORMULAE, BASKET, "shop.visits * 1.5 #!"),
        "features.0.formula",
        ("no ledger 'shop'", "campaigns, contact_channels, events, holdings, interviews, leads, orders, "),
    ),
    "a measure of a ledger by key": (
        changed(FORMULAE, BASKET, "order_keys.lines_count #!"),
        "features.0.formula", ("summed by key", "categories_count_12p"),
    ),
    "an unknown name": (
        changed(FORMULAE, "monthly_amount / basket_value", "monthly_amonts / basket_value #!"),
        "features.1.formula", ("no feature 'monthly_amonts'", "did you mean monthly_amount?"),
    ),
    "a wrong type": (
        changed(FORMULAE, "monthly_amount / basket_value", "contract_kind / basket_value #!"),
        "features.1.formula", ("contract_kind", "a number"),
    ),
    "a function that there is not": (
        changed(FORMULAE, "monthly_amount / basket_value", "sqroot(basket_value) #!"),
        "features.1.formula", ("there is no function sqroot",),
    ),
    "a sum over rows": (
        changed(FORMULAE, "monthly_amount / basket_value", "sum(basket_value) #!"),
        "features.1.formula", ("looks at many rows",),
    ),
    "a statement": (
        changed(FORMULAE, "monthly_amount / basket_value", "(SELECT 1) #!"),
        "features.1.formula", (),
    ),
    "formulae in a circle": (
        changed(FORMULAE, BASKET, "baskets_a_month + 1 #!"),
        "features.0.formula", ("in a circle", "basket_value needs baskets_a_month needs basket_value"),
    ),
    "a formula over itself": (
        changed(FORMULAE, "monthly_amount / basket_value", "baskets_a_month * 2.0 #!"),
        "features.1.formula", ("circle: baskets_a_month needs baskets_a_month",),
    ),
    "a formula over what is counted last": (
        changed(FORMULAE, "monthly_amount / basket_value", "feature_evidence_share * 2.0 #!"),
        "features.1.formula", ("no feature 'feature_evidence_share'",),
    ),
    "too wide a window": (
        changed(FORMULAE, "window: 3", "window: 13 #!"),
        "features.0.window", ("less than or equal to 12",),
    ),
    "no window at all": (
        changed(FORMULAE, "window: 3", "window: 0 #!"),
        "features.0.window", ("greater than or equal to 1",),
    ),
    "a feature without a formula": (
        changed(FORMULAE, "    formula: monthly_amount / basket_value\n", "")
        .replace("feature: baskets_a_month", "feature: baskets_a_month #!"),
        "features.1.feature", ("needs formula, which is missing",),
    ),
    "a misspelt feature that comes along": (
        changed(FORMULAE, "feature: recency_days", "feature: recency_day #!"),
        "features.4.feature", ("did you mean the feature recency_days",),
    ),
    "another formula for a feature that comes along": (
        changed(FORMULAE, SILENCE, f"{SILENCE}    formula: orders.lines_count #!\n"),
        "features.4.formula", ("recency_days comes along", "another name"),
    ),
    "a feature that is an attribute": (
        changed(FORMULAE, "feature: is_bound", "feature: has_left #!"),
        "features.2.feature", ("has_left is an attribute already",),
    ),
    "two features of a name": (
        changed(FORMULAE, "feature: is_bound", "feature: basket_value #!"),
        "features.2.feature", ("basket_value is declared twice",),
    ),
    "a feature that is a column of customers": (
        changed(FORMULAE, "feature: is_bound", "feature: occupation #!"),
        "features.2.feature", ("occupation is a column of customers",),
    ),
    "words without a low end": (
        changed(FORMULAE, ", low: {en: small baskets, zh: 小单}}", "} #!"),
        "features.0.words.low", ("needed, and missing",),
    ),
    "a formula that gives a time": (
        changed(FORMULAE, "days_between(signed_date, as_of)", "CAST(signed_date AS timestamp) #!"),
        "features.3.formula", ("timestamp", "CAST(… AS date)"),
    ),
    "a scheme over what is quasi": (
        FORMULAE + MATRIX,
        "schemes.0", ("contract_days may not be published", "publish.attributes"),
    ),
    "an attribute to be published that tells nothing": (
        FORMULAE + "publish: #!\n  attributes: [contract_kind] #!\n",
        "publish.attributes", ("'contract_kind' is no quasi-identifier",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "key", "words"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_one_error_with_line_key_and_what_is_allowed(
    tmp_path: Path, text: str, key: str, words: tuple[str, ...]
) -> None:
    written = with_crm(text)
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, written.replace(HERE, ""))
    error = caught.value
    marked = [at for at, line in enumerate(written.split("\n"), 1) if HERE in line]
    assert f", key {key}" in error.where, error
    assert any(f"line {line}," in error.where for line in marked), (error.where, marked)
    assert [one for one in words if one not in str(error)] == [], str(error)
    assert "more problem" not in error.found, "what follows from it is not told"
