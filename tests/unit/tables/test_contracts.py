"""Contracts agree with each other: names, units, privacy."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.features import CUSTOMER_FEATURES, FEATURES
from pipeline.ledgers import LEDGERS
from pipeline.publish.contracts import customer_segments_table, published_tables
from pipeline.settings import BUILT_IN
from pipeline.tables import fields, texts, zones
from pipeline.tables.entities import ENTITIES, WITH_TEXT
from pipeline.tables.entities.document import entities_text
from pipeline.tables.model import Field, Table, table

SHARED = [one for one in vars(fields).values() if isinstance(one, Field)]
MEASURES = [one.named(name) for ledger in LEDGERS.values() for name, one in ledger.measures.items()]
ALL_FIELDS = [*SHARED, *MEASURES, *(one.field for one in FEATURES.values())]
ALL_TABLES = [
    *(one for module in (zones, texts) for one in vars(module).values() if isinstance(one, Table)),
    *map(texts.text_scores, WITH_TEXT),
    *(one.table for one in LEDGERS.values()),
    CUSTOMER_FEATURES,
    *published_tables(BUILT_IN, with_texts=True, with_actions=True).values(),
]


def test_a_column_has_one_definition() -> None:
    names = [one.name for one in SHARED]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("field", ALL_FIELDS, ids=lambda one: one.name)
def test_units_stand_in_the_name(field: Field) -> None:
    if field.name.endswith("_share"):
        assert "share" in field.unit or field.unit == "ratio"
    if field.name.endswith("_amount"):
        assert field.unit == "project currency"
    if field.name.endswith("_at"):
        assert field.type == pa.timestamp("us", tz="UTC")
    if field.name.startswith(("is_", "has_")):
        assert field.type == pa.bool_()
    assert field.meaning.endswith((".", ")"))


@pytest.mark.parametrize("one", ALL_TABLES, ids=lambda one: one.path)
def test_keys_are_required_and_start_with_the_period(one: Table) -> None:
    assert one.key[0] == "period"
    assert set(one.key) <= one.required


def test_no_direct_identifier_is_listed_outside_the_restricted_zone() -> None:
    clean = [one.clean for one in ENTITIES.values()]
    for one in [*ALL_TABLES, *clean]:
        if one.zone not in ("raw", "quarantine", "restricted"):
            assert not [field.name for field in one.fields if field.pii == "direct"], one.path


QUASI = [one.field for one in FEATURES.values() if one.pii == "quasi"]


def open_table(*columns: Field, zone: str = "published") -> Table:
    return table(zone, "people", "a customer", "period", [fields.period, *columns])


@pytest.mark.parametrize("zone", ["published", "history"])
@pytest.mark.parametrize("field", [fields.email, *QUASI], ids=lambda one: one.name)
def test_a_contract_of_what_readers_see_refuses_identifiers_of_any_kind(zone: str, field: Field) -> None:
    with pytest.raises(ValueError, match=f"{field.name} is .*(quasi|direct)"):
        open_table(field, zone=zone)
    open_table(field, zone="features")


def test_what_is_nested_has_a_privacy_class_of_its_own() -> None:
    income = FEATURES["income_amount"].field
    struct = pa.struct([(fields.feature.name, fields.feature.type), (income.name, income.type)])
    with pytest.raises(ValueError, match="traits: its parts must be declared"):
        open_table(Field("traits", pa.list_(struct), "Traits."))
    with pytest.raises(ValueError, match=r"traits\.income_amount is quasi"):
        open_table(Field("traits", pa.list_(struct), "Traits.", nested=(fields.feature, income)))


def test_a_column_that_could_hold_anything_says_why_it_holds_no_quasi_identifier() -> None:
    notes = Field("notes", pa.string(), "Anything, as JSON.")
    with pytest.raises(ValueError, match="notes could hold anything"):
        open_table(notes)
    with pytest.raises(ValueError, match="notes could hold anything"):
        open_table(replace(notes, type=pa.list_(pa.string())))
    open_table(replace(notes, values=("good", "bad")))
    open_table(notes.made_safe("made of counts only"))
    with pytest.raises(ValueError, match="never published"):
        fields.email.made_safe("it is not")


def test_an_inner_table_is_published_only_when_every_quasi_identifier_in_it_is_made_safe() -> None:
    with pytest.raises(ValueError, match="mean_value is quasi"):
        zones.PORTRAITS.renamed("published", "segment_portraits")
    with pytest.raises(ValueError, match=r"unknown.*mean"):
        zones.PORTRAITS.renamed("published", "segment_portraits", safe={"mean": "there is none"})


def test_the_wide_table_has_two_columns_a_scheme() -> None:
    columns = customer_segments_table(BUILT_IN).columns
    for name in BUILT_IN:
        assert {f"{name}_segment", f"{name}_confidence"} <= set(columns)


def test_a_contract_refuses_unknown_and_repeated_columns() -> None:
    with pytest.raises(ValueError, match="optional"):
        table("zone", "name", "a row", "period", [fields.period], "nothing")
    with pytest.raises(ValueError, match="repeated"):
        table("zone", "name", "a row", "period", [fields.period, fields.period])
    with pytest.raises(ValueError, match="unknown"):
        table("zone", "name", "a row", "period customer_id", [fields.period])


def test_the_entities_in_the_docs_are_those_of_the_contracts() -> None:
    docs = Path(__file__).parents[3] / "docs" / "entities.md"
    assert docs.read_text(encoding="utf-8") == entities_text(), "run `make docs`"
    for entity in ENTITIES.values():
        section = entities_text().split(f"\n## {entity.name}\n")[1].split("\n## ")[0]
        listed = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
        assert {one.name for one in (*entity.mapped, *entity.identifiers)} <= listed


@pytest.mark.parametrize(
    "type",
    [
        pa.decimal128(18, 4),
        pa.int32(),
        pa.uint64(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.timestamp("us"),
    ],
    ids=str,
)
def test_readers_see_only_types_that_their_tools_know(type: pa.DataType) -> None:
    odd = Field("odd", type, "Anything.", safe_by="made of counts only")
    with pytest.raises(ValueError, match="types that not every reader knows: odd"):
        open_table(odd)
    with pytest.raises(ValueError, match="types that not every reader knows: odd"):
        open_table(replace(odd, type=pa.list_(type)))


def test_exact_amounts_are_published_as_doubles() -> None:
    amount = Field("net_amount", pa.decimal128(18, 4), "Value.")
    inner = table("features", "people", "a customer", "period", [fields.period, amount])
    assert inner.renamed("published", "people").schema.field("net_amount").type == pa.float64()
