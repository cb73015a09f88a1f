"""Published tables: all that an analyst needs, each taken from an inner table.

Belongs here: the contracts of the publication. Does not belong here: how a publication is
swapped in (``swap``).
"""

from collections.abc import Mapping

from pipeline.features import FEATURES, FIRST_AND_LAST, Feature
from pipeline.settings import Scheme
from pipeline.tables import fields as f
from pipeline.tables import zones
from pipeline.tables.model import NUMBER, TEXT, Field, Table, table

WIDE = "customer_segments"

#: How values of quasi-identifiers are taken out of tables that may hold those of any feature.
_PROFILED = (
    "of a withheld feature: edges that are nobody's value, whole steps of customers, no sums "
    "(publish.withheld)"
)
_PORTRAYED = "of a withheld feature: no mean, and the difference in tenths (publish.withheld)"

SEGMENT_ASSIGNMENTS = zones.ASSIGNMENTS.renamed("published", "segment_assignments")
SEGMENT_REGISTER = zones.SEGMENT_REGISTER.renamed("published", "segment_register")
SEGMENT_PORTRAITS = zones.PORTRAITS.renamed(
    "published",
    "segment_portraits",
    safe=dict.fromkeys(
        ("mean_value", "population_mean_value", "standardized_difference", "previous_mean_value"), _PORTRAYED
    ),
)
SEGMENT_MOVES = zones.MOVES.renamed("published", "segment_moves")
SEGMENT_FLOWS = zones.FLOWS.renamed("published", "segment_flows")
DRIFT_FINDINGS = zones.FINDINGS.renamed("published", "drift_findings")
FEATURE_PROFILES = zones.FEATURE_PROFILES.renamed(
    "published",
    "feature_profiles",
    safe=dict.fromkeys(
        ("bin_label", "bin_lower", "bin_upper", "bin_count", "bin_sum", "bin_squared_sum"), _PROFILED
    ),
)
MODEL_CARDS = zones.SCHEME_VERSIONS.renamed(
    "published",
    "model_cards",
    safe={"parameters": "what was fitted on a withheld feature is left out (publish.withheld)"},
)
CUSTOMER_REGISTER = zones.CUSTOMER_REGISTER.renamed("published", "customer_register")
CUSTOMER_EVENTS = zones.CUSTOMER_EVENTS.renamed("published", "customer_events")
DATA_QUALITY = zones.ROW_ACCOUNTS.renamed("published", "data_quality")

#: Tables whose columns are the same for every project, in the order of the dictionary.
_FIXED: tuple[Table, ...] = (
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
#: Names of all published tables.
PUBLISHED: tuple[str, ...] = (WIDE, *(one.name for one in _FIXED))


def customer_segments_table(
    schemes: Mapping[str, Scheme], features: Mapping[str, Feature] = FEATURES
) -> Table:
    """Contract of the wide table: two columns for each of ``schemes``, then the ``features``.

    Quasi-identifiers stay inside: the wide table shows behaviour, not demographics.
    """
    by_scheme = [column for one in schemes.values() for column in _scheme_columns(one)]
    told = [
        one.field.made_safe("a feature that is no quasi-identifier").made_plain()
        for one in features.values()
        if one.pii == "none"
    ]
    return table(
        "published",
        WIDE,
        "one customer of the population in one period: all schemes side by side, with the features that "
        "explain them",
        "period customer_id",
        (f.period, f.customer_id, *FIRST_AND_LAST, *by_scheme, *told),
        " ".join(one.name for one in (*by_scheme, *told) if one.null_meaning),
    )


def _scheme_columns(scheme: Scheme) -> tuple[Field, Field]:
    """The segment (or the status) of a scheme, and how sure it is."""
    name, label = scheme.name, scheme.label.en
    return (
        Field(
            f"{name}_segment",
            TEXT,
            f"{label}: local name of the segment, or insufficient_data, or not_applicable.",
            safe_by="a segment, or a status, by its name",
        ),
        Field(
            f"{name}_confidence",
            NUMBER,
            f"{label}: membership in the assigned segment.",
            "probability 0-1",
            minimum=0,
            maximum=1,
            null_meaning="not assigned",
        ),
    )


def published_tables(
    schemes: Mapping[str, Scheme], features: Mapping[str, Feature] = FEATURES
) -> dict[str, Table]:
    """Contracts of all published tables of a project with ``schemes`` and ``features``, by name."""
    return {one.name: one for one in (customer_segments_table(schemes, features), *_FIXED)}
