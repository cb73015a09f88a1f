"""What may be wrong with attributes and features of a company's own: one error each."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.unit.settings import own_examples as good
from tests.unit.settings.own_examples import loaded, with_crm
from tests.unit.settings.spoiling import HERE, changed

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
