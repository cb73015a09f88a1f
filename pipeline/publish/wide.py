"""The wide table: all schemes of a customer side by side, with the features that explain them.

Belongs here: turning assignments from long to wide. Does not belong here: any new measure.
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.features import FEATURES, Feature
from pipeline.publish.contracts import customer_segments_table
from pipeline.settings import Scheme


def customer_segments(
    assignments: ir.Table,
    features: ir.Table,
    period: str,
    schemes: Mapping[str, Scheme],
    catalogue: Mapping[str, Feature] = FEATURES,
) -> ir.Table:
    """One row a customer of the population of ``period``, by ``customer_segments_table``.

    ``assignments`` are rows of ``zones.ASSIGNMENTS``, ``features`` those of the ``catalogue``;
    both may hold other periods as well. For every scheme ``<scheme>_segment`` is the local name of
    the segment, or the status where there is none (``not_applicable`` for a scheme that the project
    does not use), and ``<scheme>_confidence`` the membership. Features that are quasi-identifiers
    stay inside.
    """
    long = assignments.filter(assignments.period == period)
    # One pass with conditional aggregates: the key is (customer, scheme), so max picks the one value.
    wide = long.group_by("customer_id").aggregate(
        **{f"{one.name}_segment": _local_name(long, one.name) for one in schemes.values()},
        **{
            f"{one.name}_confidence": long.confidence.max(where=long.scheme == one.name)
            for one in schemes.values()
        },
    )
    rows = features.filter(features.period == period).left_join(wide, "customer_id")
    statuses = {
        f"{name}_segment": ibis.coalesce(rows[f"{name}_segment"], ibis.literal("not_applicable"))
        for name in schemes
    }
    return rows.mutate(**statuses).select(*customer_segments_table(schemes, catalogue).columns)


def _local_name(long: ir.Table, scheme: str) -> ir.StringScalar:
    """Segment id without ``scheme:``, or the status."""
    name = ibis.ifelse(long.status == "assigned", long.segment_id.substr(len(scheme) + 1), long.status)
    return name.max(where=long.scheme == scheme)
