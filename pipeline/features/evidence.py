"""Evidence: how much of what could be known of a customer is known.

Belongs here: counting known features, and observations of several sorts together. Does not belong here: how
much evidence a scheme asks for (``schemes``).
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.features.communication import support_contacts_count_12p
from pipeline.features.declaration import Family, Feature
from pipeline.features.satisfaction import csat_answers_count_12p, nps_answers_count_12p
from pipeline.features.value import orders_count_12p
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

#: What tells of satisfaction: each is one observation, and none is counted under two of them.
_OBSERVATIONS = (csat_answers_count_12p, nps_answers_count_12p, support_contacts_count_12p, orders_count_12p)


def _observed(features: Mapping[str, ir.Value]) -> ir.IntegerValue:
    """Observations of all sorts that the project has."""
    counts = [features[one.name].fill_null(0) for one in _OBSERVATIONS if one.name in features]
    return sum(counts[1:], counts[0]) if counts else ibis.literal(0, "int64")


satisfaction_evidence_count_12p = Feature(
    FAMILY,
    "satisfaction_evidence_count_12p",
    "Answers about satisfaction and recommending, contacts with support and orders: what tells of "
    "satisfaction, of all that the project has.",
    ("Evidence of satisfaction", "满意度依据数"),
    "observations",
    formula=None,
    of_features=_observed,
    type=INTEGER,
    null="",
    ripens=True,
)
