"""Names of columns and tables, and what they say."""

import pytest

from pipeline.drafting.words import code_of, flag_of, is_known, likeness, table_likeness, vocabulary, words
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("customerID", ("customer", "id")),
        ("CUST_NO", ("customer", "number")),
        ("InvoiceDate", ("invoice", "date")),
        ("order-qty", ("order", "quantity")),
        ("category_1", ("category", "1")),
        ("订单号", ("订单号",)),
        ("", ()),
    ],
)
def test_names_are_cut_into_whole_words(name: str, said: tuple[str, ...]) -> None:
    assert words(name) == said


@pytest.mark.parametrize(
    ("name", "entity", "column"),
    [
        ("CustomerID", "orders", SOURCE_ACCOUNT_ID),
        ("household_id", "orders", SOURCE_ACCOUNT_ID),
        ("会员号", "profiles", SOURCE_ACCOUNT_ID),
        ("kundennr", "orders", SOURCE_ACCOUNT_ID),
        ("Invoice", "orders", "order_id"),
        ("StockCode", "orders", "product_id"),
        ("order_purchase_timestamp", "orders", "ordered_at"),
        ("Unit Price", "orders", "unit_price_amount"),
        ("sales_value", "orders", "net_amount"),
        ("数量", "orders", "quantity"),
        ("customer_email", "profiles", "email"),
        ("date_of_birth", "profiles", "birth_date"),
        ("手机号", "profiles", "phone"),
    ],
)
def test_a_plain_name_says_what_the_column_is(name: str, entity: str, column: str) -> None:
    assert likeness(name, entity, column) >= 0.65
    best = max(
        (one.name for one in (*ENTITIES[entity].mapped, *ENTITIES[entity].identifiers)),
        key=lambda one: likeness(name, entity, one),
    )
    assert column in (best, SOURCE_ACCOUNT_ID)


@pytest.mark.parametrize(
    ("name", "entity", "column"),
    [
        ("product_id", "orders", SOURCE_ACCOUNT_ID),
        ("campaign_id", "campaign_contacts", SOURCE_ACCOUNT_ID),
        ("description", "orders", "order_id"),
        ("week", "orders", "ordered_at"),
        ("tenure", "profiles", "created_at"),
        ("", "orders", "order_id"),
    ],
)
def test_another_name_says_nothing(name: str, entity: str, column: str) -> None:
    assert likeness(name, entity, column) < 0.35


def test_a_weak_name_counts_less_than_a_plain_one() -> None:
    assert 0.35 < likeness("date", "orders", "ordered_at") < likeness("order date", "orders", "ordered_at")


def test_tables_are_known_by_what_they_are_called() -> None:
    assert table_likeness("sales_lines", "orders") > 0
    assert table_likeness("订单", "orders") == table_likeness("orders", "orders") == 1
    assert table_likeness("weather", "orders") == 0


def test_the_vocabulary_names_only_what_the_contracts_have() -> None:
    listed = vocabulary()
    assert set(listed["tables"]) == set(ENTITIES) == set(listed["columns"])
    unknown = [(e, c) for e, columns in listed["columns"].items() for c in columns if not is_known(c, e)]
    assert unknown == []
    fields = {one.name: one for entity in ENTITIES.values() for one in entity.mapped}
    for column, codes in listed["codes"].items():
        assert set(codes) == set(fields[column].values), column
    for entity, columns in listed["constants"].items():
        assert set(columns) <= ENTITIES[entity].needed


def test_every_column_that_can_be_mapped_has_synonyms_in_both_languages() -> None:
    listed = vocabulary()["columns"]
    without = [
        (name, one.name)
        for name, entity in ENTITIES.items()
        for one in entity.mapped
        if one.name in entity.needed and not any(_is_chinese(said) for said in _names(listed[name], one.name))
    ]
    # a key of one's own table and what has no usual Chinese name are known by English names alone
    assert set(without) <= {("social_activity", "line_key")}


def _names(columns: dict[str, dict[str, list[str]]], name: str) -> list[str]:
    found = columns.get(name, {"names": [], "weak": []})
    return [*found["names"], *found["weak"]]


def _is_chinese(said: str) -> bool:
    return any("\u4e00" <= one <= "\u9fff" for one in said)


@pytest.mark.parametrize(
    ("column", "said", "code"),
    [
        ("stage", "90-WON", "won"),
        ("stage", "Closed Lost", "lost"),
        ("contact_kind", "投诉", "complaint"),
        ("usage_unit", "GB", "gigabytes"),
        ("stage", "parsecs", None),
    ],
)
def test_codes_are_read_as_companies_write_them(column: str, said: str, code: str | None) -> None:
    assert code_of(column, said) == code


def test_yes_and_no_have_more_names_than_cleaning_knows() -> None:
    assert (flag_of("Opt-In"), flag_of("refused"), flag_of("perhaps")) == ("yes", "no", None)
