"""Rows of accounts that the project excludes.

Belongs here: setting them aside. Does not belong here: finding the accounts (``excluding``).
"""

from ibis.expr import types as ir

from pipeline.clean.reasons import EXCLUDED
from pipeline.settings import Project

#: An account that another's row may name, and whose exclusion sets that row aside, too.
_ACCOUNTS = ("account_id", "referred_account_id")


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
