"""Published tables: all that an analyst needs, each taken from an inner table.

Belongs here: the contracts of the publication. Does not belong here: how a publication is
swapped in (``publish``).
"""

from pipeline.tables import fields as f
from pipeline.tables import zones
from pipeline.tables.catalogue import FEATURES, FIRST_AND_LAST
from pipeline.tables.model import NUMBER, TEXT, Field, Table, table
from pipeline.tables.schemes import SCHEMES

#: Two columns a scheme in the wide table: the segment (or the status) and how sure it is.
SCHEME_COLUMNS: tuple[Field, ...] = tuple(
    column
    for scheme in SCHEMES
    for column in (
        Field(f"{scheme.name}_segment", TEXT, f"{scheme.label}: local name of the segment, or insufficient_data, or not_applicable.", safe_by="a segment, or a status, by its name"),
        Field(f"{scheme.name}_confidence", NUMBER, f"{scheme.label}: membership in the assigned segment.", "probability 0-1", (), 0, 1, "none", "not assigned"),
    )
)

#: Quasi-identifiers stay inside: the wide table shows behaviour, not demographics.
_FEATURES = tuple(one.field.made_safe("a feature that is no quasi-identifier") for one in FEATURES if one.field.pii == "none")

#: How values of quasi-identifiers are taken out of tables that may hold those of any feature.
_PROFILED = "of a withheld feature: edges that are nobody's value, whole steps of customers, no sums (publish.withheld)"
_PORTRAYED = "of a withheld feature: no mean, and the difference in tenths (publish.withheld)"

CUSTOMER_SEGMENTS = table(
    "published",
    "customer_segments",
    "one customer of the population in one period: all schemes side by side, with the features that explain them",
    "period customer_id",
    (f.period, f.customer_id, *FIRST_AND_LAST, *SCHEME_COLUMNS, *_FEATURES),
    " ".join(
        [one.name for one in SCHEME_COLUMNS if one.null_meaning]
        + [one.name for one in _FEATURES if one.null_meaning]
    ),
)

SEGMENT_ASSIGNMENTS = zones.ASSIGNMENTS.renamed("published", "segment_assignments")
SEGMENT_REGISTER = zones.SEGMENT_REGISTER.renamed("published", "segment_register")
SEGMENT_PORTRAITS = zones.PORTRAITS.renamed(
    "published",
    "segment_portraits",
    safe=dict.fromkeys(("mean_value", "population_mean_value", "standardized_difference", "previous_mean_value"), _PORTRAYED),
)
SEGMENT_MOVES = zones.MOVES.renamed("published", "segment_moves")
SEGMENT_FLOWS = zones.FLOWS.renamed("published", "segment_flows")
DRIFT_FINDINGS = zones.FINDINGS.renamed("published", "drift_findings")
FEATURE_PROFILES = zones.FEATURE_PROFILES.renamed(
    "published",
    "feature_profiles",
    safe=dict.fromkeys(("bin_label", "bin_lower", "bin_upper", "bin_count", "bin_sum", "bin_squared_sum"), _PROFILED),
)
MODEL_CARDS = zones.SCHEME_VERSIONS.renamed(
    "published",
    "model_cards",
    safe={"parameters": "what was fitted on a withheld feature is left out (publish.withheld)"},
)
CUSTOMER_REGISTER = zones.CUSTOMER_REGISTER.renamed("published", "customer_register")
CUSTOMER_EVENTS = zones.CUSTOMER_EVENTS.renamed("published", "customer_events")
DATA_QUALITY = zones.ROW_ACCOUNTS.renamed("published", "data_quality")

PUBLISHED: tuple[Table, ...] = (
    CUSTOMER_SEGMENTS,
    SEGMENT_ASSIGNMENTS,
    SEGMENT_REGISTER,
    SEGMENT_PORTRAITS,
    SEGMENT_MOVES,
    SEGMENT_FLOWS,
    DRIFT_FINDINGS,
    FEATURE_PROFILES,
    MODEL_CARDS,
    CUSTOMER_REGISTER,
    CUSTOMER_EVENTS,
    DATA_QUALITY,
)
