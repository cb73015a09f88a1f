"""An expression in settings: its names, its text, its type, and what versions make of it."""

import ibis
import pytest
from ibis.expr import datatypes as dt
from pydantic import Field, ValidationError

from pipeline.expressions import Expression, Kind, compiled, dates, parse, type_of
from pipeline.lineage import object_digest, settings_read
from pipeline.settings.base import Settings
from pipeline.settings.columns import DIRECTIVES


class Rule(Settings):
    where: Expression | None = None
    columns: dict[str, Expression] = Field({})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("quantity * price > quantity", ("quantity", "price")),
        ('"Datum der Bestellung" = city', ("Datum der Bestellung", "city")),
        ("国家 = '中国' OR Größe > 1", ("国家", "Größe")),
        ("orders.lines_count / web.visits", ("orders.lines_count", "web.visits")),
        ('"a.b" + a.b', ("a.b",)),
        ('order + "group" + date + text + count', ("order", "group", "date", "text", "count")),
        ('\'quantity\' = "say ""when"""', ('say "when"',)),
        ("1 = 1", ()),
    ],
)
def test_names_come_in_their_order_each_once(text: str, names: tuple[str, ...]) -> None:
    assert parse(text).names == names


def test_keywords_and_functions_are_written_in_any_case_names_as_they_are() -> None:
    expression = parse("Case when Lower(City) Like 'a%' then True else Try_Cast(x as Boolean) end")

    assert expression.names == ("City", "x")
    assert type_of(expression, {"City": dt.string, "x": dt.string}) == dt.boolean


def test_settings_hold_it_and_write_it_as_text() -> None:
    rule = Rule.model_validate({"where": "quantity > 0", "columns": {"total": "quantity * price"}})

    assert rule.where == parse("quantity > 0")
    assert hash(rule.where) == hash(parse("quantity > 0"))
    assert rule.model_dump() == {"where": "quantity > 0", "columns": {"total": "quantity * price"}}
    assert Rule.model_validate_json(rule.model_dump_json()) == rule
    assert Rule(where=rule.where) == Rule(where=parse("quantity > 0"))
    assert Rule.model_json_schema()["properties"]["columns"]["additionalProperties"]["type"] == "string"


@pytest.mark.parametrize(
    ("content", "key", "says"),
    [
        ({"where": "quantity >"}, ("where",), "ends where a value should follow"),
        ({"columns": {"total": "sum(price)"}}, ("columns", "total"), "at one"),
        ({"where": True}, ("where",), 'put it in quotes, as "quantity > 0"'),
        ({"where": 3}, ("where",), "as text"),
    ],
)
def test_a_wrong_one_in_settings_is_one_error_at_its_key(
    content: dict[str, object], key: tuple[str, ...], says: str
) -> None:
    with pytest.raises(ValidationError) as found:
        Rule.model_validate(content)

    (error,) = found.value.errors()
    assert error["loc"] == key
    assert says in error["msg"]


def test_another_text_is_another_version() -> None:
    one, same, other = (Rule(where=parse(text)) for text in ("a > 0", "a > 0", "a > 1"))

    for read in (lambda rule: settings_read(rule.model_dump(), ["where"]), object_digest):
        assert read(one) == read(same) != read(other)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("quantity", "int64"),
        ("quantity + 1", "int64"),
        ("quantity * price", "decimal(36, 4)"),
        ("price / 2", "float64"),
        ("quantity > 0", "boolean"),
        ("city || '!'", "string"),
        ("born", "date"),
        ("seen", "timestamp(6)"),
        ("raw", "string"),
        ("raw + 1", "decimal(30, 10)"),
        ("CAST(raw AS integer)", "int64"),
        ("band(quantity, 1, 2)", "string"),
        ("days_between(born, seen)", "int64"),
    ],
)
def test_the_type_is_known_without_any_row(text: str, kind: str) -> None:
    types = {
        "quantity": ibis.dtype("int64"),
        "price": ibis.dtype("decimal(18, 4)"),
        "city": ibis.dtype("string"),
        "born": ibis.dtype("date"),
        "seen": ibis.dtype("timestamp('UTC')"),
        "raw": ibis.dtype("string"),
    }
    assert type_of(text, types, untyped=["raw"]) == ibis.dtype(kind)


@pytest.mark.parametrize(
    ("expected", "kind"),
    [
        ("number", "decimal(29, 10)"),
        ("text", "string"),
        ("boolean", "boolean"),
        ("date", "date"),
        ("timestamp", "timestamp(6)"),
    ],
)
def test_text_as_it_was_read_becomes_what_is_expected(expected: Kind, kind: str) -> None:
    assert type_of("raw", {"raw": dt.string}, expected, untyped=["raw"]) == ibis.dtype(kind)
    assert type_of("CAST(NULL AS text)", {}) == dt.string
    assert type_of("NULL", {}, expected).is_null() is False


def test_formats_of_dates_are_those_of_columns() -> None:
    assert set(dates.DIRECTIVES) | set(dates.SAME) <= DIRECTIVES


def test_values_may_be_any_ibis_values() -> None:
    table = ibis.table({"a": "int64"}, name="t")

    value = compiled("x + y", {"x": table["a"] * 2, "y": ibis.literal(1)})

    assert value.type() == dt.int64
