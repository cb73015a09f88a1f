"""What is known of every account for comparison, period by period.

Belongs here: the table of identities and its digest. Does not belong here: forms made for
comparison (``comparables``), or which accounts are one customer.
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.engine.values import digest
from pipeline.settings import Project
from pipeline.tables.zones import ACCOUNT_IDENTITIES, COMPARED

_NAMES = [one.name for one in COMPARED]


def account_identities(
    previous: ir.Table,
    profiles: ir.Table,
    identifiers: ir.Table,
    period: str,
    project: Project,
    excluded: ir.Table | None = None,
) -> ir.Table:
    """One row an account known by the end of ``period``: rows of ``ACCOUNT_IDENTITIES``.

    ``profiles`` (clean) and ``identifiers`` (restricted) of ``period`` are joined on
    ``account_id``. Accounts of ``previous`` (the identities of the period before) that the
    snapshot no longer holds keep what was last known of them, but for those of ``excluded``
    (``EXCLUDED_ACCOUNTS`` of ``period``): nothing of them is kept. ``identity_digest`` is the MD5 over all
    compared values: it changes when one of them does, and only then. Columns that a project does
    not have are null. Profiles that say they were created after the period are left out (law L2).
    """
    if excluded is not None:
        previous = previous.anti_join(excluded.filter(excluded.period == period), "account_id")
    as_of = int(project.calendar.as_of(period).timestamp())
    exists = (epoch_seconds(profiles.created_at) < as_of).fill_null(True)
    profiles = profiles.filter((profiles.period == period) & exists)
    identifiers = identifiers.filter(identifiers.period == period).drop("period", "source")
    now = profiles.select(
        [one for one in profiles.columns if one not in identifiers.columns or one == "account_id"]
    )
    joined = now.left_join(identifiers, "account_id")
    fields = {one.name: one for one in (*COMPARED, *ACCOUNT_IDENTITIES.fields)}
    known = joined.select(
        "account_id",
        "source",
        **{name: _typed(joined, name, ibis.dtype(fields[name].type)) for name in [*_NAMES, "updated_at"]},
    )
    columns = ["account_id", "source", *_NAMES, "updated_at"]
    earlier = previous.select(columns).anti_join(known, "account_id")
    every = ibis.union(known.select(columns), earlier.cast(dict(known.select(columns).schema().items())))
    return every.mutate(
        period=ibis.literal(period), identity_digest=digest([every[name] for name in _NAMES])
    ).select(*ACCOUNT_IDENTITIES.columns)


def _typed(table: ir.Table, name: str, kind: ibis.DataType) -> ir.Value:
    return table[name].cast(kind) if name in table.columns else ibis.null(kind)
