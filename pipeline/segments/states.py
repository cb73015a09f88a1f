"""States: one row a customer, the state in every scheme side by side.

Belongs here: turning assignments from one row a scheme to one column a scheme, once, for all that compare,
describe and publish segments. Does not belong here: any of that.
"""

from collections.abc import Iterable

import ibis
from ibis.expr import types as ir

from pipeline.tables.zones import state_of, states_table


def states(assignments: ir.Table, schemes: Iterable[str]) -> ir.Table:
    """``states_table(schemes)`` of ``assignments``, which are ``ASSIGNMENTS`` of one period.

    One pass with conditional aggregates: a customer has one row in a scheme, so the greatest is that one.
    """
    names = list(schemes)
    segment = assignments.segment_id.substr(assignments.scheme.length() + 1)
    rows = assignments.select(
        "period",
        "customer_id",
        "scheme",
        "confidence",
        state=ibis.ifelse(assignments.status == "assigned", segment, assignments.status),
    )
    columns: dict[str, ir.Scalar] = {}
    for name in names:
        of_scheme = rows.scheme == name
        columns[state_of(name)] = rows.state.max(where=of_scheme)
        columns[f"{name}_confidence"] = rows.confidence.max(where=of_scheme)
    return rows.group_by("period", "customer_id").aggregate(**columns).select(*states_table(names).columns)
