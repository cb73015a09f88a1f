"""Contracts agree with each other: names, units, privacy."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.tables import fields, published, zones
from pipeline.tables.catalogue import FEATURES
from pipeline.tables.entities import ENTITIES
from pipeline.tables.entities.document import entities_text
from pipeline.tables.model import Field, Table, table
from pipeline.tables.schemes import SCHEMES

ALL_FIELDS = [one for one in vars(fields).values() if isinstance(one, Field)] + [
    one.field for one in FEATURES
]
ALL_TABLES = [*(one for one in vars(zones).values() if isinstance(one, Table)), *published.PUBLISHED]


def test_a_column_has_one_definition() -> None:
    names = [one.name for one in vars(fields).values() if isinstance(one, Field)]
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


def test_quasi_identifiers_are_not_published() -> None:
    for one in published.PUBLISHED:
        assert not [field.name for field in one.fields if field.pii != "none"], one.path


def test_the_wide_table_has_two_columns_a_scheme() -> None:
    columns = published.CUSTOMER_SEGMENTS.columns
    for scheme in SCHEMES:
        assert {f"{scheme.name}_segment", f"{scheme.name}_confidence"} <= set(columns)


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
