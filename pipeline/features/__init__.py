"""Features: what is known of each customer of the population as of the end of a period.

Belongs here: one module a family, each feature one declaration with its formula, found by being
in this folder; the sums over ledgers they share. Does not belong here: any judgement on a
feature (``schemes``).

All features come from ledgers, links and customers, never from raw or clean rows, so one more
period costs the same however long the history is (law L10).
"""

from collections.abc import Mapping

from pipeline.discovery import declared, modules_of, places
from pipeline.features.customer_features import customer_features
from pipeline.features.declaration import PROFILES, Family, Feature
from pipeline.features.sums import FeatureInputs
from pipeline.features.window import Window
from pipeline.tables import fields as f
from pipeline.tables.model import TIMESTAMP, Field, Table, table

_MODULES = sorted(
    (one for one in modules_of(__name__, __path__) if hasattr(one, "FAMILY")),
    key=lambda one: one.FAMILY.place,
)
#: Every family, and every feature, by name, in the order of families: those that come along. A project
#: may declare more, and name these otherwise (``Project.catalogue``).
FAMILIES: Mapping[str, Family] = declared(_MODULES, Family)
FEATURES: Mapping[str, Feature] = declared(_MODULES, Feature)
#: Where each feature is declared (``module:symbol``).
PLACES: Mapping[str, str] = places(_MODULES, Feature)

#: Last event of any kind, kept beside the features so that the retention rule can be read off.
FIRST_AND_LAST = (
    Field(
        "first_seen_at",
        TIMESTAMP,
        "First event of the customer that was collected.",
        "UTC timestamp",
        zh="采集到的该客户第一个事件的时间。",
    ),
    Field(
        "last_active_at",
        TIMESTAMP,
        "Last event before as_of.",
        "UTC timestamp",
        zh="周期结束之前该客户最后一个事件的时间。",
    ),
)


def customer_features_table(features: Mapping[str, Feature]) -> Table:
    """Contract of one row a customer with ``features``."""
    return table(
        "features",
        "customer_features",
        "one customer of the population, features as of the end of the period",
        "period customer_id",
        (f.period, f.customer_id, *FIRST_AND_LAST, *(one.field for one in features.values())),
        " ".join(one.name for one in features.values() if one.null_meaning),
    )


#: Of a project without features of its own.
CUSTOMER_FEATURES: Table = customer_features_table(FEATURES)

__all__ = [
    "CUSTOMER_FEATURES",
    "FAMILIES",
    "FEATURES",
    "FIRST_AND_LAST",
    "PLACES",
    "PROFILES",
    "Family",
    "Feature",
    "FeatureInputs",
    "Window",
    "customer_features",
    "customer_features_table",
]
