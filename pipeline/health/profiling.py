"""What is measured of every source: rows of ``SOURCE_PROFILES``.

Belongs here: counts and quantiles, by period and source, of clean rows and of rows set aside. Does not
belong here: what they say of the source (``judging``).

Quantiles and counts only, and sums of decimals: the same on every engine, in any order of rows (law L3).
Of accounts those with the smallest ids are kept: ids are keyed digests, so they are a sample at random, and
the same accounts in every period. Of products and other values those with most rows are kept.
"""

from collections.abc import Iterator, Mapping, Sequence

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import wall_time
from pipeline.settings import HealthSettings, Project
from pipeline.tables.entities import Entity
from pipeline.tables.health import SOURCE_PROFILES
from pipeline.tables.model import AMOUNT, TEXT, Field

#: Quantiles of the size of an amount, by name.
QUANTILES: Mapping[str, float] = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
#: Values of one column that are told apart, those with most rows.
MOST_VALUES = 1000
#: Ids: they name rows and things, and are no categories.
_IDS = ("source", "line_key", "product_name")
#: Names of rows that a source gives anew when it sends the same contents once more.
_NAMES_OF_ROWS = ("period", "source", "line_key", "order_id", "lead_id", "quote_id")
#: Columns that a source may number its orders, or its rows, by.
_NUMBERED = ("order_id", "line_key", "lead_id", "quote_id")
_BY = ["period", "source"]
#: Ids that may be numbers of a sequence: those with one run of digits, that a float holds exactly.
_NUMBER = r"^[^0-9]*([0-9]{1,15})[^0-9]*$"
#: Numbers of a day that tell how far the sequence went on in it, at least.
_LEAST_NUMBERS = 5
#: Quantiles of the numbers of a day, or a period, that tell how far they reach: single odd ones do not count.
_FROM, _TO = 0.05, 0.95
#: Orders of more lines are counted together.
_MOST_LINES = 50
#: Engines interpolate quantiles alike up to the last digits of a float (law L3).
_DECIMALS = 6


def profiles(
    entities: Mapping[str, Entity], kept: Mapping[str, ir.Table], aside: Mapping[str, ir.Table],
    accounts: ir.Table, project: Project,
) -> ir.Table:  # fmt: skip
    """``SOURCE_PROFILES`` of the periods that the tables hold.

    ``kept`` are clean rows and ``aside`` rows set aside, by entity; ``accounts`` are ``ROW_ACCOUNTS``.
    """
    parts = [*_accounts(accounts)]
    for name, entity in entities.items():
        parts += _measured(entity, kept[name], project)
        parts.append(_quarantined(aside[name]))
    found = ibis.union(*parts)
    return found.filter(found["value"].notnull()).select(SOURCE_PROFILES.columns)


def _row(
    rows: ir.Table, measure: str, value: ir.Value, column: str = "", item: ir.Value | str = ""
) -> ir.Table:
    """Rows of the contract from one measurement a row."""
    said = ibis.literal(item) if isinstance(item, str) else item
    return rows.select(
        period="period",
        source="source",
        measure=ibis.literal(measure),
        column=ibis.literal(column),
        item=said.cast("string"),
        value=value.cast("float64").round(_DECIMALS),
    )


def _accounts(accounts: ir.Table) -> Iterator[ir.Table]:
    names = ("rows_read", "rows_kept", "duplicates_dropped", "rows_quarantined", "rows_excluded", "late_rows")
    for name in names:
        yield _row(accounts, "rows", accounts[f"{name}_count"], item=name)


def _quarantined(aside: ir.Table) -> ir.Table:
    bad = aside.filter(aside["disposition"] == "quarantined")
    counted = bad.group_by(*_BY, "rule", named=bad["column"].fill_null("")).agg(n=bad.count())
    rows = _row(counted, "rows_quarantined", counted["n"], item=counted["named"] + ":" + counted["rule"])
    return rows


def _measured(entity: Entity, rows: ir.Table, project: Project) -> list[ir.Table]:
    """Every measurement of the clean rows of one entity."""
    settings, mapped = project.health, _mapped(entity, project)
    parts = [*_values(entity, rows, mapped), *_amounts(entity, rows, mapped, settings)]
    optional = [one for one in mapped if one.name not in (*entity.needed, *_NAMES_OF_ROWS)]
    if optional:
        lacking = {one.name: _is_lacking(rows, one).sum() for one in optional}
        counted = rows.group_by(_BY).agg(**lacking)
        parts += [_row(counted, "nulls", counted[one.name], one.name) for one in optional]
    if entity.event_time is not None:
        parts += [*_moments(entity, rows, project), _repeated(entity, rows)]
        named = [one.name for one in mapped if one.name in _NUMBERED]
        parts += [part for one in named for part in _numbers(entity, rows, project, one)]
    if entity.has_account:
        parts += _people(entity, rows, project)
    return parts


def _is_lacking(rows: ir.Table, field: Field) -> ir.BooleanValue:
    """Whether a row has no value; amounts that no row gives are zero in the clean table."""
    value = rows[field.name]
    lacks = value.isnull()
    return (lacks | (value == 0)).fill_null(True) if field.type == AMOUNT else lacks


def _mapped(entity: Entity, project: Project) -> list[Field]:
    """Columns of the clean table that a source maps."""
    names = {name for one in project.sources_of(entity.name).values() for name in one.columns}
    derived = {"net_amount", "unit_price_amount"} if entity.name == "orders" else set()
    return [one for one in entity.clean.fields if one.name in names | derived]


def _moments(entity: Entity, rows: ir.Table, project: Project) -> Iterator[ir.Table]:
    local = wall_time(rows[str(entity.event_time)], project.time_zone)
    has_orders = "order_id" in rows.columns
    order = {"order": rows["order_id"]} if has_orders else {}
    dated = rows.select(*_BY, day=local.date().cast("string"), hour=local.hour().cast("int64"), **order)
    by_day = dated.group_by(*_BY, "day").agg(n=dated.count())
    yield _row(by_day, "rows_by_day", by_day["n"], item=by_day["day"])
    by_hour = dated.group_by(*_BY, "hour").agg(n=dated.count())
    yield _row(by_hour, "rows_by_hour", by_hour["n"], item=by_hour["hour"])
    if has_orders:
        orders = dated.group_by(*_BY, "order").agg(day=dated["day"].min())
        days = orders.group_by(*_BY, "day").agg(n=orders.count())
        yield _row(days, "orders_by_day", days["n"], item=days["day"])
        whole = orders.group_by(_BY).agg(n=orders.count())
        yield _row(whole, "orders", whole["n"])
        sized = dated.group_by(*_BY, "order").agg(
            lines=ibis.least(dated.count(), ibis.literal(_MOST_LINES, "int64"))
        )
        sizes = sized.group_by(*_BY, "lines").agg(n=sized.count())
        yield _row(sizes, "orders_by_lines", sizes["n"], item=sizes["lines"])


def _numbers(entity: Entity, rows: ir.Table, project: Project, column: str) -> Iterator[ir.Table]:
    """How many numbers the ids of a column have, how far they reach: in each day, summed, and in the period
    (days of few numbers do not tell), and how many are followed by the next number, and that on one day."""
    day = wall_time(rows[str(entity.event_time)], project.time_zone).date()
    ids = rows.select(*_BY, key=rows[column], day=day).filter(ibis._.key.notnull())
    each = ids.group_by(*_BY, "key").agg(day=ids["day"].min())
    every = each.group_by(_BY).agg(n=each.count())
    yield _row(every, "numbers", every["n"], column, "all")
    read = each.mutate(number=each["key"].re_extract(_NUMBER, 1).nullif("").cast("float64"))
    some = read.filter(read["number"].notnull()).select(*_BY, "day", "number").distinct()
    reach = (some["number"].quantile(_TO) - some["number"].quantile(_FROM)) / (_TO - _FROM)
    days = some.group_by(*_BY, "day").agg(n=some.count(), reach=reach)
    days = days.filter(days["n"] >= _LEAST_NUMBERS)
    whole = some.group_by(_BY).agg(reach=reach)
    summed = days.group_by(_BY).agg(known=days["n"].sum(), by_day=days["reach"].sum())
    for name in ("known", "by_day"):
        yield _row(summed, "numbers", summed[name], column, name)
    yield _row(whole, "numbers", whole["reach"], column, "range")
    yield from _followed(some, column)


def _followed(numbers: ir.Table, column: str) -> Iterator[ir.Table]:
    """How many different numbers there are, and of how many the next one is there too: on any day, and on the
    same one."""
    each = numbers.group_by(*_BY, "number").agg(day=numbers["day"].min())
    on = ibis.window(group_by=_BY, order_by="number")
    after = each.mutate(next=each["number"].lead().over(on), next_day=each["day"].lead().over(on))
    follows = (after["next"] - after["number"] == 1).fill_null(False)
    near = follows & (after["next_day"] == after["day"]).fill_null(False)
    counted = after.group_by(_BY).agg(
        different=after.count(), followed=follows.cast("int64").sum(), near=near.cast("int64").sum()
    )
    for name in ("different", "followed", "near"):
        yield _row(counted, "numbers", counted[name], column, name)


def _repeated(entity: Entity, rows: ir.Table) -> ir.Table:
    """Rows whose contents another row has under another name."""
    contents = [one for one in entity.clean.columns if one not in _NAMES_OF_ROWS]
    distinct = rows.select(*_BY, *contents).distinct()
    some = distinct.group_by(_BY).agg(contents=distinct.count())
    every = rows.group_by(_BY).agg(rows=rows.count())
    both = every.join(some, _BY)
    return _row(both, "repeated_contents", both["rows"] - both["contents"])


def _days(entity: Entity, rows: ir.Table, project: Project) -> ir.Table:
    """One row an account and day with an event, or an account that a state lists."""
    if entity.event_time is None:
        return rows.select(*_BY, "account_id")
    day = wall_time(rows[entity.event_time], project.time_zone).date()
    return rows.select(*_BY, "account_id", day=day).distinct()


def _people(entity: Entity, rows: ir.Table, project: Project) -> Iterator[ir.Table]:
    days = _days(entity, rows, project)
    by_account = days.group_by(*_BY, "account_id").agg(n=days.count())
    whole = by_account.group_by(_BY).agg(accounts=by_account.count())
    yield _row(whole, "accounts", whole["accounts"])
    place = ibis.row_number().over(ibis.window(group_by=_BY, order_by="account_id"))
    some = by_account.mutate(place=place).filter(ibis._.place < project.health.sample_size)
    yield _row(some, "days_by_account", some["n"], item=some["account_id"])


def _values(entity: Entity, rows: ir.Table, mapped: Sequence[Field]) -> Iterator[ir.Table]:
    """Rows of every value of a column of texts."""
    named = [one.name for one in mapped if one.type == TEXT and not _is_id(one.name)]
    for name in named:
        some = rows.filter(rows[name].notnull())
        counted = some.group_by(*_BY, name).agg(n=some.count())
        order = ibis.window(group_by=_BY, order_by=[counted["n"].desc(), counted[name]])
        most = counted.mutate(place=ibis.row_number().over(order)).filter(ibis._.place < MOST_VALUES)
        yield _row(most, "rows_by_value", most["n"], name, most[name])


def _is_id(column: str) -> bool:
    return column in _IDS or (column.endswith("_id") and column != "store_id")


def _amounts(
    entity: Entity, rows: ir.Table, mapped: Sequence[Field], settings: HealthSettings
) -> Iterator[ir.Table]:
    """Quantiles and total of amounts, and the amount of single products, or accounts."""
    names = [one.name for one in mapped if one.type == AMOUNT and one.name.endswith("_amount")]
    if entity.name == "orders":
        names = ["net_amount", "unit_price_amount"]
    for name in names:
        value = rows[name]
        size = value.abs().cast("float64").nullif(0)
        aggregates = {key: size.quantile(at) for key, at in QUANTILES.items()}
        found = rows.group_by(_BY).agg(
            **aggregates,
            known=value.count(),
            negative=(value < 0).sum(),
            zero=(value == 0).sum(),
            total=value.sum(),
        )
        for key in (*QUANTILES, "known", "negative", "zero", "total"):
            yield _row(found, "amount", found[key], name, key)
    for name in names if entity.name != "orders" else ["unit_price_amount"]:
        yield _by_item(rows, name, settings)


def _by_item(rows: ir.Table, name: str, settings: HealthSettings) -> ir.Table:
    """Median size of an amount of each product, or of each account where rows name no product."""
    is_product = "product_id" in rows.columns
    item = "product_id" if is_product else "account_id" if "account_id" in rows.columns else "source"
    some = rows.filter(rows[item].notnull() & (rows[name] != 0))
    size = some[name].abs().cast("float64")
    counted = some.group_by(*_BY, key=some[item]).agg(n=some.count(), middle=size.median())
    order = [counted["n"].desc(), counted["key"]] if is_product else [counted["key"]]
    place = ibis.row_number().over(ibis.window(group_by=_BY, order_by=order))
    most = counted.mutate(place=place).filter(ibis._.place < settings.sample_size)
    return _row(most, "amount_by_item", most["middle"], name, most["key"])
