"""All features of a customer in one row.

Belongs here: putting the declared formulae together, in the order in which they need each other. Does not
belong here: any formula (one module a family; a project's own come from its settings).
"""

from collections.abc import Collection, Mapping, Sequence
from graphlib import TopologicalSorter

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.features.declaration import Feature
from pipeline.features.own import AS_OF, EXPOSURE_DAYS
from pipeline.features.sums import FeatureInputs, Measured, measured
from pipeline.features.window import Window
from pipeline.ledgers import Reading

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
    own = {name: one for name, one in features.items() if one.of_names}
    readings = [reading for name, one in features.items() if name in givable for reading in one.reads]
    sums = measured(inputs, window, readings)
    values = {
        name: _typed(one.formula(sums.of(one.reads), window), one.type)
        if one.formula and name in givable
        else ibis.null(ibis.dtype(one.type))
        for name, one in plain.items()
    }
    read = _read(sums, [one for name, one in own.items() if name in givable])
    keys = ("period", "customer_id", "first_seen_at", "last_active_at")
    rows = sums.customer.select(*keys, **values, **{f"_{place}": one for place, (_, one) in enumerate(read)})
    rows = _with_own(rows, own, [name for name, _ in read], window, givable)
    known = {name: rows[name] for name in (*plain, *own) if name in givable}
    derived = {
        name: _typed(one.of_features(known), one.type) for name, one in features.items() if one.of_features
    }
    return rows.mutate(**derived).select(*keys, *features)


def _read(sums: Measured, own: Sequence[Feature]) -> list[tuple[str, ir.Value]]:
    """What features of the project's own read of ledgers, each once: a key of ``_key`` and its value."""
    found = {
        _key(name, reading): sums.of([reading])[reading] for one in own for name, reading in one.measures
    }
    return [(EXPOSURE_DAYS, sums.exposure_days), *found.items()] if own else []


def _key(name: str, reading: Reading) -> str:
    return f"{name} over {reading.periods}"


def _with_own(
    rows: ir.Table,
    own: Mapping[str, Feature],
    read: Sequence[str],
    window: Window,
    givable: Collection[str],
) -> ir.Table:
    """``rows`` with the project's ``own`` features, each after those that it uses.

    ``rows`` hold what they read of ledgers as ``_0``, ``_1`` …, in the order of the keys in ``read``.
    """
    for name in _in_order(own):
        one = own[name]
        if one.of_names is None or name not in givable:
            rows = rows.mutate(**{name: ibis.null(ibis.dtype(one.type))})
            continue
        at = {key: rows[f"_{place}"] for place, key in enumerate(read)}
        values = {AS_OF: ibis.literal(window.end_date), EXPOSURE_DAYS: at[EXPOSURE_DAYS]}
        values |= {called: at[_key(called, reading)] for called, reading in one.measures}
        values |= {used.name: rows[used.name] for used in one.uses}
        rows = rows.mutate(**{name: _typed(one.of_names(values), one.type)})
    return rows


def _in_order(own: Mapping[str, Feature]) -> list[str]:
    """Names of ``own`` features, each after those that it uses."""
    sorter = TopologicalSorter({name: [used.name for used in one.uses] for name, one in own.items()})
    return [name for name in sorter.static_order() if name in own]


def _typed(feature: ir.Value, type_: pa.DataType) -> ir.Value:
    """``feature`` in its declared type; floats rounded."""
    if pa.types.is_floating(type_):
        # Adding zero turns a negative zero into zero.
        return feature.cast("float64").round(DECIMALS).cast("float64") + ibis.literal(0.0)
    return feature.cast(ibis.dtype(type_))
