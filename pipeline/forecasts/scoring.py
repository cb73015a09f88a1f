"""Scoring: what frozen parameters say of customers; nothing is fitted (law L7).

Belongs here: from features to probabilities, one forecast or all of them. Does not belong here: fitting
(``fitting``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.forecasts.catalogue import CUSTOMER_FORECASTS, FORECASTS
from pipeline.models.frame import Flags, Floats, Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.models.probability.methods import features_read, predict

#: Frozen parameters of one forecast: models, the line that calibrates them, and of whom it is asked.
Parameters = dict[str, Any]
#: Decimals that probabilities keep, as features do.
DECIMALS = 6


def reads(parameters: Parameters) -> list[str]:
    """Features that scoring with ``parameters`` reads."""
    return list(dict.fromkeys([*features_read(parameters), *parameters["at_least"]]))


def is_asked(at_least: Mapping[str, int], frame: Frame) -> Flags:
    """Customers of whom a forecast is asked: those with the least counts."""
    found = np.ones(len(frame), dtype=np.bool_)
    for name, least in at_least.items():
        found &= np.nan_to_num(frame.number(name), nan=0.0) >= least
    return found


def score(parameters: Parameters, frame: Frame) -> Floats:
    """Probability of each customer of ``frame``; NaN of whom it is not asked.

    Raises ``KeyError`` for a feature that is missing.
    """
    asked = is_asked(parameters["at_least"], frame)
    found: Floats = np.where(asked, np.round(predict(parameters, frame), DECIMALS), np.nan)
    return found


def in_force(versions: pa.Table) -> dict[str, Parameters]:
    """Frozen parameters of the forecasts that have a version, by name, from rows of ``FORECAST_VERSIONS``.

    Those that are not declared any more are left out."""
    return {
        row["forecast"]: {"version": row["forecast_version"]} | from_json(row["parameters"])
        for row in versions.to_pylist()
        if row["parameters"] is not None and row["forecast"] in FORECASTS
    }


def forecast(batches: Iterable[pa.RecordBatch], versions: pa.Table, period: str) -> Iterator[pa.RecordBatch]:
    """``CUSTOMER_FORECASTS`` of every customer of ``batches``, rows of ``CUSTOMER_FEATURES``.

    ``versions`` are ``FORECAST_VERSIONS``; a forecast without one is null. A customer's row depends on that
    customer and the versions alone.
    """
    parameters = in_force(versions)
    names = dict.fromkeys(name for one in parameters.values() for name in reads(one))
    schema = CUSTOMER_FORECASTS.schema
    for batch in batches:
        frame = frame_of(batch, names)
        columns = {
            "period": pa.repeat(period, len(frame)),
            "customer_id": frame.customer_id.cast(pa.string()),
        }
        for name in FORECASTS:
            if name in parameters:
                values = score(parameters[name], frame)
                columns[name] = pa.array(values, mask=np.isnan(values))
            else:
                columns[name] = pa.nulls(len(frame), pa.float64())
        yield pa.RecordBatch.from_arrays([columns[one] for one in schema.names], schema=schema)
