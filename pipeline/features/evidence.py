"""Evidence: how much of what could be known of a customer is known.

Belongs here: counting known features. Does not belong here: how much evidence a scheme asks
for (``schemes``).
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.features.declaration import Family, Feature
from pipeline.tables.model import INTEGER

FAMILY = Family("evidence", 110, ("Evidence", "依据"))


observed_periods_count = FAMILY.feature(
    "observed_periods_count",
    "Periods of the project from the first event to this one, both included.",
    ("Observed periods", "观察周期数"),
    "periods",
    lambda m, window: m.observed_periods_count,
    window="lifetime",
    type=INTEGER,
    null="",
    minimum=1,
)


def _known_share(features: Mapping[str, ir.Value]) -> ir.FloatingValue:
    """Known features over ``features``, all that the project's sources can give; evidence is not counted."""
    countable = [one for name, one in features.items() if name != observed_periods_count.name]
    known = [ibis.ifelse(one.notnull(), 1, 0) for one in countable]
    return sum(known[1:], known[0]).cast("float64") / len(countable)


feature_evidence_share = Feature(
    FAMILY,
    "feature_evidence_share",
    "Features that are known, per feature that the project's sources can give; this family is not counted.",
    ("Feature evidence share", "特征依据占比"),
    "share 0-1",
    formula=None,
    of_features=_known_share,
    window="as known",
    null="",
    maximum=1,
)
