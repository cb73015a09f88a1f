"""Amounts to the project's currency, by dated rates.

Belongs here: which rate is in force for a row, and the exact product. Does not belong here: which
currency a row is in (``canonical``), or what happens to a row without a rate (``rules``).

The rate of a row is that of its currency with the latest ``rate_date`` on or before the row's day,
among the rates of the row's own period. The day is that of the event in the project's time zone; for
snapshots that of ``updated_at``, else the last day of the period.
"""

from datetime import timedelta

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.clean.typed import rounded
from pipeline.engine.values import held, wall_time
from pipeline.settings import Project
from pipeline.tables.entities import Entity
from pipeline.tables.model import AMOUNT, RATE

_UNIT = "project currency"
_RATE = f"decimal({RATE.precision}, {RATE.scale})"


def converted(row: ir.Table, entity: Entity, project: Project, rates: ir.Table | None) -> ir.Table:
    """``row`` with its amounts, ``c:name``, in the project's currency, to four places, ties to even.

    Adds ``is_foreign`` (the row's ``v:currency`` is known and not the project's), ``rate``, null where
    there is none, and ``rate_missing``: there is none, but an amount. The amounts of such a row are
    null. ``rates`` is ``clean/exchange_rates``.
    """
    row = row.mutate(is_foreign=(row["v:currency"] != project.currency).fill_null(False))
    if rates is None:
        table = row.mutate(rate=ibis.null(_RATE))
    else:
        table = _with_rate(held(row.mutate(rate_day=_day(row, entity, project))), rates)
    amounts = [f"c:{one.name}" for one in entity.clean.fields if one.type == AMOUNT and one.unit == _UNIT]
    # both sides are widened: DuckDB keeps 18 digits when both have 18
    products = table.mutate(
        **{
            f"_{one}": (table[one].cast("decimal(19, 4)") * table["rate"].cast("decimal(19, 8)")).cast(
                "decimal(38, 12)"
            )
            for one in amounts
        }
    )
    given = ibis.or_(ibis.literal(False), *(products[one].notnull() for one in amounts))
    lost = products["is_foreign"] & products["rate"].isnull() & given
    changed: dict[str, ir.Value] = {"rate_missing": lost}
    changed |= {
        one: ibis.ifelse(products["is_foreign"], rounded(products[f"_{one}"]), products[one])
        for one in amounts
    }
    return products.mutate(**changed).drop(*(f"_{one}" for one in amounts))


def _with_rate(row: ir.Table, rates: ir.Table) -> ir.Table:
    keys = ["period", "v:currency", "rate_day"]
    # few days and currencies meet all rates; the rows then meet one rate each
    days = row.filter(row["is_foreign"]).select(keys).distinct()
    following = ibis.window(group_by=["period", "rate_currency"], order_by="rate_date")
    spans = rates.select(
        of="period",
        given="rate_currency",
        since="rate_date",
        until=rates["rate_date"].lead().over(following),
        rate="rate",
    )
    found = days.join(
        spans,
        [
            days["period"] == spans["of"],
            days["v:currency"] == spans["given"],
            days["rate_day"] >= spans["since"],
            (days["rate_day"] < spans["until"]) | spans["until"].isnull(),
        ],
    ).select(*keys, "rate")
    joined = row.left_join(found, keys)
    return joined.select(*(joined[one] for one in row.columns), "rate")


def _day(row: ir.Table, entity: Entity, project: Project) -> ir.DateValue:
    if entity.event_time is not None:
        return wall_time(row[f"v:{entity.event_time}"], project.time_zone).date()
    last = _last_days(row, project)
    if "v:updated_at" not in row.columns:
        return last
    return wall_time(row["v:updated_at"], project.time_zone).date().coalesce(last)


def _last_days(row: ir.Table, project: Project) -> ir.DateValue:
    calendar = project.calendar
    there: pa.Table = row.select("period").distinct().to_pyarrow()
    ends = {
        one: calendar.start_date(calendar.next(one)) - timedelta(days=1)
        for one in there["period"].to_pylist()
    }
    none = ibis.null("date")
    return (
        row["period"].cases(*((one, ibis.literal(day)) for one, day in ends.items()), else_=none)
        if ends
        else none
    )
