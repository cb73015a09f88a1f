"""All features of a customer in one row.

Belongs here: putting the families together. Does not belong here: any formula of a family.
"""

from collections.abc import Callable

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.features import (
    behaviour,
    churn_risk,
    demographic,
    engagement,
    evidence,
    geographic,
    loyalty,
    potential,
    price_sensitivity,
    satisfaction,
    value,
)
from pipeline.features.inputs import FeatureInputs, Window
from pipeline.features.sums import customer_sums
from pipeline.settings import Project
from pipeline.tables.catalogue import BY_NAME
from pipeline.tables.zones import CUSTOMER_FEATURES

#: Families whose features follow from a customer's sums alone, by their name in the catalogue.
FAMILIES: dict[str, Callable[[ir.Table, Window], dict[str, ir.Value]]] = {
    "value": value.features,
    "behaviour": behaviour.features,
    "satisfaction": satisfaction.features,
    "price_sensitivity": price_sensitivity.features,
    "engagement": engagement.features,
    "loyalty": loyalty.features,
    "trend": potential.features,
    "churn_risk": churn_risk.features,
    "demographic": demographic.features,
    "geographic": geographic.features,
}
#: Decimals that derived features keep: more would publish rounding errors of the machine.
DECIMALS = 6


def customer_features(inputs: FeatureInputs, period: str, project: Project) -> ir.Table:
    """Features of each customer of the population as of the end of ``period``.

    Rows of ``CUSTOMER_FEATURES``; units and null meanings are in the catalogue. Reads at most
    twelve periods of ledgers. Features of entities that the project lacks are null. Raises
    ``ValueError`` for a period before the project's first.
    """
    window = Window.of(project, period)
    sums = customer_sums(inputs, window)
    computed = {name: one for family in FAMILIES.values() for name, one in family(sums, window).items()}
    rows = sums.select(
        "period",
        "customer_id",
        "first_seen_at",
        "last_active_at",
        "observed_periods_count",
        **{name: _typed(one, BY_NAME[name].field.type) for name, one in computed.items()},
    )
    share = evidence.feature_evidence_share(rows, project)
    return rows.mutate(feature_evidence_share=_typed(share, pa.float64())).select(*CUSTOMER_FEATURES.columns)


def _typed(feature: ir.Value, type_: pa.DataType) -> ir.Value:
    """``feature`` in the type of the catalogue; floats rounded."""
    if pa.types.is_floating(type_):
        # Adding zero turns a negative zero into zero.
        return feature.cast("float64").round(DECIMALS).cast("float64") + ibis.literal(0.0)
    return feature.cast(ibis.dtype(type_))
