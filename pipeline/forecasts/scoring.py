"""Scoring: what frozen parameters say of customers; nothing is fitted (law L7).

Belongs here: from features to probabilities and expectations, one forecast or all of them. Does not belong
here: fitting (``fitting``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.forecasts.catalogue import CUSTOMER_FORECASTS, FORECASTS
from pipeline.models.frame import Flags, Floats, Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.models.probability import methods as probability
from pipeline.models.quantity import methods as quantity

#: Frozen parameters of one forecast: models, what sets them right, and of whom it is asked.
Parameters = dict[str, Any]
#: Decimals that forecasts keep, as features do.
DECIMALS = 6


def reads(parameters: Parameters) -> list[str]:
    """Features that scoring with ``parameters`` reads."""
    read = quantity.features_read if _is_quantity(parameters) else probability.features_read
    return list(dict.fromkeys([*read(parameters), *parameters["at_least"]]))


def is_asked(at_least: Mapping[str, int], frame: Frame) -> Flags:
    """Customers of whom a forecast is asked: those with the least counts."""
    found = np.ones(len(frame), dtype=np.bool_)
    for name, least in at_least.items():
        found &= np.nan_to_num(frame.number(name), nan=0.0) >= least
    return found


def score(parameters: Parameters, frame: Frame) -> Floats:
    """What is told of each customer of ``frame``; NaN of whom it is not asked.

    Raises ``KeyError`` for a feature that is missing.
    """
    predict = quantity.predict if _is_quantity(parameters) else probability.predict
    asked = is_asked(parameters["at_least"], frame)
    found: Floats = np.where(asked, np.round(predict(parameters, frame), DECIMALS), np.nan)
    return found


def with_ends(parameters: Parameters, values: Floats) -> list[Floats]:
    """``values`` that were told, and of a quantity both ends of its interval; NaN where there is none."""
    if not _is_quantity(parameters):
        return [values]
    return [values, *(np.round(one, DECIMALS) for one in quantity.predict_ends(parameters, values))]


def _is_quantity(parameters: Parameters) -> bool:
    # A version from before there were quantities does not say that it is a probability.
    return bool(parameters.get("kind", "probability") == "quantity")


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
        for name, one in FORECASTS.items():
            told = with_ends(parameters[name], score(parameters[name], frame)) if name in parameters else []
            for place, column in enumerate(one.fields):
                columns[column.name] = (
                    pa.array(told[place], mask=np.isnan(told[place]))
                    if told
                    else pa.nulls(len(frame), pa.float64())
                )
        yield pa.RecordBatch.from_arrays([columns[one] for one in schema.names], schema=schema)
