"""The wide table: all schemes of a customer side by side, with the features that explain them.

Belongs here: putting states beside features. Does not belong here: any new measure.
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.features import FEATURES, Feature
from pipeline.publish.contracts import customer_segments_table
from pipeline.settings import Scheme
from pipeline.tables.zones import state_of


def customer_segments(
    states: ir.Table,
    features: ir.Table,
    period: str,
    schemes: Mapping[str, Scheme],
    labels: Mapping[str, str],
    catalogue: Mapping[str, Feature] = FEATURES,
) -> ir.Table:
    """One row a customer of the population of ``period``, by ``customer_segments_table``.

    ``states`` are rows of ``zones.states_table``, ``features`` those of the ``catalogue``; both may hold
    other periods as well. For every scheme ``<scheme>_segment`` is the local name of the segment, or the
    status where there is none (``not_applicable`` for a scheme that the project does not use),
    ``<scheme>_label`` what ``labels`` call it by its id, and ``<scheme>_confidence`` the membership.
    Features that are quasi-identifiers stay inside.
    """
    columns = {f"{name}_confidence": f"{name}_confidence" for name in schemes}
    columns |= {f"{name}_segment": state_of(name) for name in schemes}
    beside = states.filter(states.period == period).select("customer_id", **columns)
    rows = features.filter(features.period == period).left_join(beside, "customer_id")
    statuses = {
        f"{name}_segment": ibis.coalesce(rows[f"{name}_segment"], ibis.literal("not_applicable"))
        for name in schemes
    }
    rows = rows.mutate(**statuses)
    named = {f"{name}_label": _label(rows[f"{name}_segment"], name, labels) for name in schemes}
    return rows.mutate(**named).select(*customer_segments_table(schemes, catalogue).columns)


def _label(local: ir.StringValue, scheme: str, labels: Mapping[str, str]) -> ir.StringValue:
    """What readers call a segment of ``scheme``, or a status, by its local name."""
    own = {one.removeprefix(f"{scheme}:"): label for one, label in labels.items()}
    called = {name: label for name, label in own.items() if ":" not in name}
    return local.cases(*called.items(), else_=local) if called else local
