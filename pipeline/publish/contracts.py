"""Published tables: all that an analyst needs, each taken from an inner table.

Belongs here: the contracts of the publication. Does not belong here: how a publication is
swapped in (``swap``).
"""

from collections.abc import Mapping
from dataclasses import replace

from pipeline import forecasts
from pipeline.features import FEATURES, FIRST_AND_LAST, Feature
from pipeline.settings import Project, Scheme
from pipeline.tables import fields as f
from pipeline.tables import health, mobility, outcomes, outlooks, overlaps, plans, texts, zones
from pipeline.tables.advice import ADVICE
from pipeline.tables.model import NUMBER, TEXT, Field, Table, table

WIDE = "customer_segments"
#: Name of the file of what is so in the newest period: it is replaced whenever that is published.
NEWEST = "newest"

#: How values of quasi-identifiers are taken out of tables that may hold those of any feature.
_PROFILED = (
    "of a withheld feature: edges that are nobody's value, whole steps of customers, no sums "
    "(publish.withheld)"
)
_PORTRAYED = "of a withheld feature: no mean, and the difference in tenths (publish.withheld)"

#: Of a segment, or of a status.
_LABEL, _LABEL_ZH = (
    replace(
        f.label, meaning="Name of the segment, or of the status, in English.", zh="分群或状态的英文名称。"
    ),
    replace(
        f.label_zh, meaning="Name of the segment, or of the status, in Chinese.", zh="分群或状态的中文名称。"
    ),
)

SEGMENT_ASSIGNMENTS = zones.ASSIGNMENTS.renamed("published", "segment_assignments")
SEGMENT_REGISTER = zones.SEGMENT_REGISTER.renamed("published", "segment_register")
SEGMENT_PORTRAITS = zones.PORTRAITS.renamed(
    "published",
    "segment_portraits",
    safe=dict.fromkeys(
        ("mean_value", "population_mean_value", "standardized_difference", "previous_mean_value"), _PORTRAYED
    ),
)
SEGMENT_FORECASTS = outlooks.SEGMENT_FORECASTS.renamed("published", "segment_forecasts")
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
CUSTOMER_FORECASTS = forecasts.CUSTOMER_FORECASTS.renamed("published", "customer_forecasts")
FORECAST_CARDS = zones.FORECAST_VERSIONS.renamed(
    "published",
    "forecast_cards",
    safe={"parameters": "a forecast reads no quasi-identifier"},
)
MODEL_BACKTESTS = zones.MODEL_BACKTESTS.renamed("published", "model_backtests")
CUSTOMER_REGISTER = zones.CUSTOMER_REGISTER.renamed("published", "customer_register")
CUSTOMER_EVENTS = zones.CUSTOMER_EVENTS.renamed("published", "customer_events")
DATA_QUALITY = zones.ROW_ACCOUNTS.renamed("published", "data_quality")
SOURCE_HEALTH = health.SOURCE_HEALTH.renamed("published", "source_health")
TEXT_THEMES = texts.TEXT_THEMES.renamed("published", "text_themes")
ACTION_PLAN = plans.ACTION_PLAN.renamed("published", plans.ACTION_PLAN.name)
ACTION_RESULTS = plans.ACTION_RESULTS.renamed("published", plans.ACTION_RESULTS.name)

CURRENT_SEGMENTS = table(
    "published",
    "current_segments",
    "one customer of the newest period in one scheme: where it is, how sure, and since when",
    "period customer_id scheme",
    (
        f.period, f.customer_id, f.scheme, f.segment_id, f.segment, f.status, _LABEL, _LABEL_ZH,
        f.confidence, f.runner_up_segment_id, f.runner_up_label, f.runner_up_label_zh, f.since_period,
        f.since_date, f.since_cause, f.periods_count,
    ),
    "segment_id confidence runner_up_segment_id runner_up_label runner_up_label_zh",
)  # fmt: skip
CUSTOMER_HISTORY = zones.ENDED_STAYS.renamed(
    "published",
    "customer_history",
    "one stay of one customer in a segment, or a status, of a scheme: from the period that it began in to "
    "before the one that it had ended in",
)
SEGMENT_SIZES = table(
    "published",
    "segment_sizes",
    "one segment, or status, of a scheme in one period: how many customers, how much money, and the change",
    "period scheme state",
    (
        f.period, f.scheme, f.state, f.segment, _LABEL, _LABEL_ZH, f.population_count,
        f.population_share, f.population_previous_count, f.population_change_count, f.population_share_change,
        f.spend_12p_amount, f.spend_12p_share,
    ),
    "population_share_change spend_12p_amount spend_12p_share",
)  # fmt: skip
SEGMENT_OUTCOMES = table(
    "published",
    "segment_outcomes",
    outcomes.SEGMENT_OUTCOMES.row,
    "period scheme state horizon_periods",
    (
        f.period, f.segment_period, f.horizon_periods, f.scheme, f.state, f.segment, _LABEL, _LABEL_ZH,
        f.followed_count, f.silent_share, f.stayed_share, f.mean_orders_count, f.mean_net_amount,
    ),
    "silent_share stayed_share mean_orders_count mean_net_amount",
)  # fmt: skip
SCHEME_OUTCOMES = outcomes.SCHEME_OUTCOMES.renamed("published", outcomes.SCHEME_OUTCOMES.name)
SEGMENT_OVERLAP = overlaps.SEGMENT_OVERLAP.renamed("published", "segment_overlap")
SCHEME_OVERLAP = overlaps.SCHEME_OVERLAP.renamed("published", overlaps.SCHEME_OVERLAP.name)
SCHEME_MOVES = mobility.SCHEME_MOVES.renamed("published", mobility.SCHEME_MOVES.name)
PLAYBOOKS = table(
    "published",
    "playbooks",
    "one segment that is alive in the period: how to treat its customers, beside its own figures",
    "period scheme segment_id",
    (
        f.period, f.scheme, f.segment_id, f.segment, f.label, f.label_zh, f.population_count,
        f.population_share, f.spend_12p_amount, f.spend_12p_share, f.silent_share,
        f.mean_net_amount, *ADVICE,
    ),
    " ".join(
        ("spend_12p_amount spend_12p_share silent_share mean_net_amount", *(one.name for one in ADVICE))
    ),
)  # fmt: skip

#: Tables whose columns are the same for every project, in the order of the dictionary.
_FIXED: tuple[Table, ...] = (
    CURRENT_SEGMENTS,
    SEGMENT_SIZES,
    CUSTOMER_HISTORY,
    SEGMENT_ASSIGNMENTS,
    SEGMENT_REGISTER,
    SEGMENT_PORTRAITS,
    SEGMENT_FORECASTS,
    SEGMENT_MOVES,
    SEGMENT_FLOWS,
    SCHEME_MOVES,
    SEGMENT_OUTCOMES,
    SCHEME_OUTCOMES,
    SEGMENT_OVERLAP,
    SCHEME_OVERLAP,
    PLAYBOOKS,
    DRIFT_FINDINGS,
    FEATURE_PROFILES,
    MODEL_CARDS,
    CUSTOMER_FORECASTS,
    FORECAST_CARDS,
    MODEL_BACKTESTS,
    CUSTOMER_REGISTER,
    CUSTOMER_EVENTS,
    DATA_QUALITY,
    SOURCE_HEALTH,
)
#: Tables of a project whose sources tell what customers wrote.
OF_TEXTS: tuple[Table, ...] = (TEXT_THEMES,)
#: Tables of a project that has actions.
OF_ACTIONS: tuple[Table, ...] = (ACTION_PLAN, ACTION_RESULTS)
#: Tables with a file ``newest``: where customers are, and their stays that go on.
OF_NEWEST = (CURRENT_SEGMENTS.name, CUSTOMER_HISTORY.name)
#: Names of all published tables.
PUBLISHED: tuple[str, ...] = (WIDE, *(one.name for one in _FIXED))


def customer_segments_table(
    schemes: Mapping[str, Scheme], features: Mapping[str, Feature] = FEATURES
) -> Table:
    """Contract of the wide table: three columns for each of ``schemes``, then the ``features``.

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


def _scheme_columns(scheme: Scheme) -> tuple[Field, Field, Field]:
    """The segment (or the status) of a scheme, what readers call it, and how sure it is."""
    name, label, zh = scheme.name, scheme.label.en, scheme.label.zh
    return (
        Field(
            f"{name}_segment",
            TEXT,
            f"{label}: local name of the segment, or insufficient_data, or not_applicable.",
            safe_by="a segment, or a status, by its name",
            zh=f"{zh}：分群的名称，或 insufficient_data（数据不足）、not_applicable（不适用）。",
        ),
        Field(
            f"{name}_label",
            TEXT,
            f"{label}: name of the segment, or of the status, in the project's language (report.language).",
            safe_by="words for features that are published",
            zh=f"{zh}：分群或状态的名称，用项目的语言（report.language）。",
        ),
        Field(
            f"{name}_confidence",
            NUMBER,
            f"{label}: membership in the assigned segment.",
            "probability 0-1",
            minimum=0,
            maximum=1,
            null_meaning=f.UNEARNED,
            zh=f"{zh}：属于所归分群的程度。",
        ).rounded_to(decimals=f.confidence.decimals),
    )


def files_of(table: str, period: str, is_newest: bool) -> list[str]:
    """Files that ``period`` has in a published table, by name: its own, and what only the ``newest`` has."""
    own = [] if table == CURRENT_SEGMENTS.name else [period]
    return [*own, NEWEST] if is_newest and table in OF_NEWEST else own


def published_tables(
    schemes: Mapping[str, Scheme],
    features: Mapping[str, Feature] = FEATURES,
    with_texts: bool = False,
    with_actions: bool = False,
) -> dict[str, Table]:
    """Contracts of all published tables of a project with ``schemes`` and ``features``, by name.

    ``with_texts``: of one whose sources tell what customers wrote; ``with_actions``: of one that has actions.
    """
    more = (*(OF_TEXTS if with_texts else ()), *(OF_ACTIONS if with_actions else ()))
    return {one.name: one for one in (customer_segments_table(schemes, features), *_FIXED, *more)}


def tables_of(project: Project) -> dict[str, Table]:
    """Contracts of all published tables of ``project``, by name."""
    with_texts, with_actions = bool(project.with_texts), bool(project.action_plan)
    return published_tables(project.every_scheme, project.catalogue, with_texts, with_actions)
