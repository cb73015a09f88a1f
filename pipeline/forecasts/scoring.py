"""Scoring: what frozen parameters say of customers; nothing is fitted (law L7).

Belongs here: from features to probabilities and expectations, one forecast or all of them. Does not belong
here: fitting (``fitting``).
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.forecasts import new_category
from pipeline.forecasts.asked import DECIMALS, is_asked
from pipeline.forecasts.catalogue import CUSTOMER_FORECASTS, FORECASTS
from pipeline.forecasts.categories import scoring as categories
from pipeline.models.frame import Floats, Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.models.probability import methods as probability
from pipeline.models.quantity import methods as quantity

#: Frozen parameters of one forecast: models, what sets them right, and of whom it is asked.
Parameters = dict[str, Any]


def reads(parameters: Parameters) -> list[str]:
    """Features that scoring with ``parameters`` reads."""
    read = quantity.features_read if _is_quantity(parameters) else probability.features_read
    return list(dict.fromkeys([*read(parameters), *parameters["at_least"]]))


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


def columns_read(versions: pa.Table) -> list[str]:
    """Columns of customers that ``forecast`` reads with these ``versions``, besides their ids."""
    names = dict.fromkeys(name for one in in_force(versions).values() for name in reads(one))
    of_categories = categories.parameters_of(versions)
    return list(names if of_categories is None else names | dict.fromkeys(categories.reads(of_categories)))


def forecast(batches: Iterable[pa.RecordBatch], versions: pa.Table, period: str) -> Iterator[pa.RecordBatch]:
    """``CUSTOMER_FORECASTS`` of every customer of ``batches``, rows of ``CUSTOMER_FEATURES``.

    With what each customer bought, where a version of the next new category reads it
    (``categories.scoring.with_categories``). ``versions`` are ``FORECAST_VERSIONS``; a forecast without one
    is null. A customer's row depends on that customer and the versions alone.
    """
    parameters, of_categories = in_force(versions), categories.parameters_of(versions)
    names = columns_read(versions)
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
        nothing = [pa.nulls(len(frame), one.type) for one in new_category.FIELDS]
        likeliest = nothing if of_categories is None else categories.told(of_categories, frame)
        columns |= {one.name: told for one, told in zip(new_category.FIELDS, likeliest, strict=True)}
        yield pa.RecordBatch.from_arrays([columns[one] for one in schema.names], schema=schema)
