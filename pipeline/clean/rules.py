"""Rules of quarantine, in the order in which they are tried.

Belongs here: what makes a row unusable, and what was expected instead. Does not belong here:
duplicates, which are good rows (``duplicates``).

Order: account, event time, currency, quantity, prices and amounts, unknown codes, other unreadable
values, missing keys, rules of the entity (``entity_rules``), limits of the contract. A row is set
aside once, by the first rule it breaks. Identifiers that cannot be read break none (``canonical``).
"""

from collections.abc import Iterator

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.clean.canonical import BLANKED
from pipeline.clean.entity_rules import Rule, entity_rules, implausible
from pipeline.clean.numbers import example
from pipeline.clean.typed import LARGEST
from pipeline.engine.values import normal
from pipeline.settings import SourceSettings
from pipeline.tables.entities import SOURCE_ACCOUNT_ID, Entity
from pipeline.tables.model import AMOUNT, DAY, FLAG, INTEGER, RATE, TIMESTAMP, Field

#: Codes named in a message, at most.
_SHOWN = 20
_NUMBER = f"a plain number such as 1234.5, below {LARGEST:,} in size"
_UNREADABLE: dict[pa.DataType, tuple[str, str]] = {
    AMOUNT: ("amount_unreadable", _NUMBER),
    RATE: ("number_unreadable", "a plain number such as 0.9137"),
    INTEGER: ("number_unreadable", "a whole number"),
    FLAG: ("flag_unreadable", "true or false"),
    TIMESTAMP: ("time_unreadable", "a time, ISO 8601 or in the mapping's format"),
    DAY: ("time_unreadable", "a date, ISO 8601 or in the mapping's format"),
}


def rules(entity: Entity, source: SourceSettings, row: ir.Table, zone: str) -> list[Rule]:
    """Rules for the rows of one source, in order.

    ``row`` holds the typed columns (``typed.typed``) and the values of the clean table, derived
    ones included, as ``c:name``; ``zone`` is the project's.
    """
    mapped = [field for field in (*entity.mapped, *entity.identifiers) if field.name in source.columns]
    return [
        *_account(entity, row),
        *_event_time(entity, row),
        *_currency(mapped, row),
        *(_order_values({field.name for field in mapped}, source, row) if entity.name == "orders" else ()),
        *_codes(mapped, source, row),
        *_unreadable(mapped, source, row),
        *_required(entity, mapped, row),
        *entity_rules(entity, mapped, row, zone),
        *_limits(mapped, entity, row),
    ]


def _account(entity: Entity, row: ir.Table) -> Iterator[Rule]:
    if entity.has_account:
        yield Rule(
            "account_missing", SOURCE_ACCOUNT_ID, "the source's id of the account", row["account"].isnull()
        )


def _event_time(entity: Entity, row: ir.Table) -> Iterator[Rule]:
    name = entity.event_time
    if name is None:
        return
    yield Rule("time_missing", name, "the time of the event", ~row[f"p:{name}"])
    yield Rule("time_unreadable", name, _UNREADABLE[TIMESTAMP][1], row[f"u:{name}"])
    yield implausible(name, row)


def _currency(mapped: list[Field], row: ir.Table) -> Iterator[Rule]:
    for name in sorted({"currency", "rate_currency"} & {field.name for field in mapped}):
        unknown = row[f"p:{name}"] & row[f"v:{name}"].isnull()
        yield Rule("unknown_code", name, "a currency, as an ISO 4217 code such as EUR", unknown)
        if name == "currency":
            yield Rule("rate_missing", name, "an exchange rate for the row's day", row["rate_missing"])


def _number(source: SourceSettings, column: str, plainly: str = _NUMBER) -> str:
    """What is expected of a number: to be plain, or written as the source's settings say."""
    mapping = source.columns[column]
    return f"a number written as {example(mapping)}" if mapping.has_number_form else plainly


def _order_values(mapped: set[str], source: SourceSettings, row: ir.Table) -> Iterator[Rule]:
    yield Rule("quantity_unreadable", "quantity", _number(source, "quantity"), row["u:quantity"])
    yield Rule("quantity_zero", "quantity", "a quantity other than 0", row["c:quantity"] == 0)
    if "unit_price_amount" in mapped:
        yield Rule(
            "price_negative", "unit_price_amount", "a price of 0 or more", row["v:unit_price_amount"] < 0
        )
    given = [name for name in ("net_amount", "unit_price_amount") if name in mapped]
    for name in given:
        yield Rule("amount_unreadable", name, _number(source, name), row[f"u:{name}"])
    yield Rule(
        "amount_negative",
        given[0],
        "a value of 0 or more on a line that is no return",
        (row["c:net_amount"] < 0) & ~row["c:is_return"],
    )
    yield Rule("required_missing", "quantity", "a quantity", ~row["p:quantity"])
    yield Rule(
        "required_missing",
        given[0],
        "a price or a value of the line",
        ~ibis.or_(*(row[f"p:{one}"] for one in given)),
    )
    too_large = row["c:net_amount"].isnull() | row["c:unit_price_amount"].isnull()
    yield Rule(
        "value_out_of_range", given[0], f"value and price of the line below {LARGEST:,} in size", too_large
    )


def _unreadable(mapped: list[Field], source: SourceSettings, row: ir.Table) -> Iterator[Rule]:
    """Event time and order values come earlier and are simply not broken any more here."""
    for field in mapped:
        if field.type in _UNREADABLE and field.name not in BLANKED:
            name, expected = _UNREADABLE[field.type]
            yield Rule(name, field.name, _number(source, field.name, expected), row[f"u:{field.name}"])


def _required(entity: Entity, mapped: list[Field], row: ir.Table) -> Iterator[Rule]:
    for field in mapped:
        if field.name in entity.needed:
            yield Rule("required_missing", field.name, "a value", row[f"v:{field.name}"].isnull())


def _codes(mapped: list[Field], source: SourceSettings, row: ir.Table) -> Iterator[Rule]:
    for field in mapped:
        if f"s:{field.name}" in row.columns:
            found = row[f"s:{field.name}"]
            known = [normal(one) for one in source.columns[field.name].values or ()]
            shown = ", ".join(known[:_SHOWN]) + (
                f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
            )
            yield Rule(
                "unknown_code",
                field.name,
                f"one of the mapped values: {shown}",
                found.notnull() & ~found.isin(known),
            )
        if field.values:
            value = row[f"v:{field.name}"]
            yield Rule(
                "unknown_code", field.name, f"one of {', '.join(field.values)}", ~value.isin(field.values)
            )


def _limits(mapped: list[Field], entity: Entity, row: ir.Table) -> Iterator[Rule]:
    clean = set(entity.clean.columns)
    for field in mapped:
        if field.name not in clean:
            continue
        value = row[f"c:{field.name}"]
        if field.type == AMOUNT and "rate" in row.columns:
            lost = row[f"v:{field.name}"].notnull() & value.isnull()
            yield Rule(
                "value_out_of_range", field.name, f"a converted amount below {LARGEST:,} in size", lost
            )
        if field.minimum is not None:
            yield Rule(
                "value_out_of_range", field.name, f"at least {field.minimum:g}", value < _limit(field.minimum)
            )
        if field.maximum is not None:
            yield Rule(
                "value_out_of_range", field.name, f"at most {field.maximum:g}", value > _limit(field.maximum)
            )


def _limit(limit: float) -> int | float:
    return int(limit) if float(limit).is_integer() else limit
