"""Restatements: what a new revision of a published period changed, and for whom.

Belongs here: comparing two revisions of the assignments, and the reason for the later one. Does
not belong here: moves from period to period (``drift``), or writing (``swap``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import ibis
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.expr import types as ir

from pipeline.tables.zones import RESTATEMENTS

Cause = Literal["late_data", "settings", "code"]


def restatements(before: ir.Table, after: ir.Table, period: str, revision: int, cause: Cause) -> ir.Table:
    """Customers whose state in a scheme differs: rows of ``RESTATEMENTS``, by customer and scheme.

    ``before`` and ``after`` are ``SEGMENT_ASSIGNMENTS`` of ``period`` in the revision before and
    in ``revision``. The state is the segment, or the status where there is none; null where the
    customer was, or is, outside the population.
    """
    then, now = _states(before, "restated_from"), _states(after, "restated_to")
    both = then.outer_join(now, ["customer_id", "scheme"])
    rows = both.select(
        customer_id=both.customer_id.coalesce(both.customer_id_right),
        scheme=both.scheme.coalesce(both.scheme_right),
        restated_from=both.restated_from,
        restated_to=both.restated_to,
    )
    changed = rows.filter(~rows.restated_from.identical_to(rows.restated_to))
    return (
        changed.mutate(
            period=ibis.literal(period),
            revision=ibis.literal(revision, "int64"),
            restatement_cause=ibis.literal(cause),
        )
        .select(*RESTATEMENTS.columns)
        .order_by("customer_id", "scheme")
    )


def restatement_cause(before: Mapping[str, str], after: Mapping[str, str]) -> Cause:
    """Why a period was published again, from the provenance of both revisions.

    Rows that arrived late, were corrected or deleted, unless the program or the settings changed.
    """
    if before.get("code") != after.get("code"):
        return "code"
    return "settings" if before.get("settings") != after.get("settings") else "late_data"


def customers_in(path: Path) -> int:
    """Distinct customers of a file of restatements."""
    customers = pq.read_table(path, columns=["customer_id"], partitioning=None)
    return len(pc.unique(customers["customer_id"]))


def _states(assignments: ir.Table, name: str) -> ir.Table:
    state = ibis.ifelse(assignments.status == "assigned", assignments.segment_id, assignments.status)
    return assignments.select("customer_id", "scheme", state.name(name))
