"""All features of a customer in one row.

Belongs here: putting the declared formulae together. Does not belong here: any formula (one
module a family).
"""

from collections.abc import Collection, Mapping

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.features.declaration import Feature
from pipeline.features.sums import FeatureInputs, measured
from pipeline.features.window import Window

#: Decimals that derived features keep: more would publish rounding errors of the machine.
DECIMALS = 6


def customer_features(
    inputs: FeatureInputs, window: Window, features: Mapping[str, Feature], givable: Collection[str]
) -> ir.Table:
    """Features of each customer of the population as of the end of the window's period.

    One row a customer, with ``period``, ``customer_id``, ``first_seen_at``, ``last_active_at`` and
    ``features`` in their order; units and null meanings are in the declarations. ``givable`` are
    those that the project's sources can give; the others are null. Reads at most twelve periods
    of ledgers.
    """
    plain = {name: one for name, one in features.items() if one.formula}
    readings = [reading for name, one in plain.items() if name in givable for reading in one.reads]
    sums = measured(inputs, window, readings)
    values = {
        name: _typed(one.formula(sums.of(one.reads), window), one.type)
        if one.formula and name in givable
        else ibis.null(ibis.dtype(one.type))
        for name, one in plain.items()
    }
    rows = sums.customer.select("period", "customer_id", "first_seen_at", "last_active_at", **values)
    known = {name: rows[name] for name in plain if name in givable}
    derived = {
        name: _typed(one.of_features(known), one.type) for name, one in features.items() if one.of_features
    }
    keys = ("period", "customer_id", "first_seen_at", "last_active_at")
    return rows.mutate(**derived).select(*keys, *features)


def _typed(feature: ir.Value, type_: pa.DataType) -> ir.Value:
    """``feature`` in its declared type; floats rounded."""
    if pa.types.is_floating(type_):
        # Adding zero turns a negative zero into zero.
        return feature.cast("float64").round(DECIMALS).cast("float64") + ibis.literal(0.0)
    return feature.cast(ibis.dtype(type_))
