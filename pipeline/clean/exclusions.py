"""Accounts that the project excludes, and their rows.

Belongs here: finding the accounts that an exclusion names, and setting their rows aside. Does not belong
here: accounts that are linked to them (``identity``), or what an exclusion may say (``settings``).
"""

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.clean.reasons import EXCLUDED
from pipeline.engine.keyed import Key
from pipeline.ids.accounts import account_id, source_account_text
from pipeline.settings import Project

#: An account that another's row may name, and whose exclusion sets that row aside, too.
_ACCOUNTS = ("account_id", "referred_account_id")
_FOUND = pa.schema({"account_id": pa.string(), "exclusion": pa.string(), "exclusion_route": pa.string()})


def listed_accounts(period: str, project: Project, key: Key) -> pa.Table:
    """Accounts that the settings exclude by number in ``period``: ``account_id``, ``exclusion`` (the first
    that names it), ``exclusion_route``; whether or not a source has them. Ids are made with ``key``."""
    now = project.calendar.start_date(period)
    found: dict[str, str] = {}
    for one in project.exclude:
        if one.from_period is not None and project.calendar.start_date(one.from_period) > now:
            continue
        for space, numbers in one.accounts.items():
            for number in numbers:
                found.setdefault(account_id(key, project, space, source_account_text(number)), one.name)
    rows = [
        {"account_id": one, "exclusion": name, "exclusion_route": "listed"}
        for one, name in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, _FOUND)


def without_excluded(rows: ir.Table, excluded: ir.Table, project: Project) -> ir.Table:
    """``rows`` of one source with ``broken`` set for those that name an account of ``excluded``
    (``EXCLUDED_ACCOUNTS``) in their period: the number of its exclusion, whatever else is wrong with them."""
    numbers = {one.name: EXCLUDED - place for place, one in enumerate(project.exclude)}
    known = excluded.select(
        "period", "account_id", _out=excluded.exclusion.cases(*numbers.items(), else_=EXCLUDED)
    )
    for column in (one for one in _ACCOUNTS if one in rows.columns):
        theirs = known.select("period", "_out", **{column: known["account_id"]})
        joined = rows.left_join(theirs, ["period", column])
        rows = joined.mutate(broken=joined["_out"].cast("int64").coalesce(joined["broken"])).select(
            rows.columns
        )
    return rows
