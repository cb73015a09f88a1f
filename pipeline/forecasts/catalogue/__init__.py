"""The forecasts that there are, found by being in this folder.

Belongs here: one module a kind of outcome. Does not belong here: how they are fitted (beside this folder).
"""

from collections.abc import Mapping

from pipeline.discovery import declared, modules_of, places
from pipeline.features import Feature
from pipeline.features.declaration import Label
from pipeline.forecasts import new_category
from pipeline.forecasts.declaration import MODELS, Forecast
from pipeline.models.classes import methods as classes
from pipeline.models.rolling import FORECAST
from pipeline.tables import fields as f
from pipeline.tables.model import Table, table

_MODULES = modules_of(__name__, __path__)
#: Every forecast by name.
FORECASTS: Mapping[str, Forecast] = declared(_MODULES, Forecast)
#: Where each forecast is declared (``module:symbol``).
PLACES: Mapping[str, str] = places(_MODULES, Forecast)
#: Every forecast as schemes see it: a number beside the features.
FORECAST_FEATURES: Mapping[str, Feature] = {name: one.feature for name, one in FORECASTS.items()}

#: What readers call the methods of a record: the forecast itself, its models, its baselines.
METHOD_LABELS: Mapping[str, Label] = {
    FORECAST: ("Forecast as published", "发布的预测"),
    **{name: label for labels in MODELS.values() for name, label in labels.items()},
    **{name: label for name, label in classes.LABELS.items() if name not in MODELS["probability"]},
    **classes.BASELINES,
    **{base.name: base.label for one in FORECASTS.values() for base in one.baselines},
    **new_category.LABELS,
}

_FIELDS = [*(field for one in FORECASTS.values() for field in one.fields), *new_category.FIELDS]
CUSTOMER_FORECASTS: Table = table(
    "features",
    "customer_forecasts",
    "one customer of the population: what is likely to come, as of the end of the period",
    "period customer_id",
    (f.period, f.customer_id, *_FIELDS),
    " ".join(one.name for one in _FIELDS),
)

__all__ = ["CUSTOMER_FORECASTS", "FORECASTS", "FORECAST_FEATURES", "METHOD_LABELS", "PLACES", "Forecast"]
