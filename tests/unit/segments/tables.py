"""Segments of customers side by side, from rows alone: what the program makes while it scores."""

from collections.abc import Iterable

import ibis
from ibis.expr import types as ir

from pipeline.tables.zones import state_of, states_table


def side_by_side(assignments: ir.Table, schemes: Iterable[str]) -> ir.Table:
    """``states_table(schemes)``: of the one row of a customer in a scheme, the greatest."""
    names = sorted(schemes)
    segment = assignments.segment_id.substr(assignments.scheme.length() + 1)
    state = ibis.ifelse(assignments.status == "assigned", segment, assignments.status)
    rows = assignments.select("period", "customer_id", "scheme", state=state)
    columns = {state_of(name): rows.state.max(where=rows.scheme == name) for name in names}
    return rows.group_by("period", "customer_id").aggregate(**columns).select(*states_table(names).columns)
