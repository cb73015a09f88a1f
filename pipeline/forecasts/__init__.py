"""Forecasts: what will be, of each customer, told only where a record out of sample earned it (law L12).

Belongs here: one declaration a forecast (``catalogue``); outcomes from stored features of later periods,
fitting through the gate, scoring. Does not belong here: the models (``models.probability``,
``models.quantity``), or what a scheme makes of a forecast (``schemes``).

A forecast reads features and nothing else, so it is known as of the end of a period, as they are; its outcome
is a sum of features of later periods. It stands beside the features, and any scheme may name it.
"""

from pipeline.forecasts.catalogue import (
    CUSTOMER_FORECASTS,
    FORECAST_FEATURES,
    FORECASTS,
    METHOD_LABELS,
    PLACES,
)

__all__ = ["CUSTOMER_FORECASTS", "FORECASTS", "FORECAST_FEATURES", "METHOD_LABELS", "PLACES"]
