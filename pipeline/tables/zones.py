"""Tables from quarantine to drift: everything between the clean entities and the publication.

Belongs here: lists of columns. Does not belong here: their meaning (``fields``), the tables that
follow from declarations (``ledgers``, ``features``), or the published tables (``publish``).
"""

from collections.abc import Iterable
from dataclasses import replace

from pipeline.tables import fields as f
from pipeline.tables.entities import PROFILES, Entity
from pipeline.tables.model import TEXT, Field, Table, table

#: Columns that collection adds to every raw row, beside the source's own.
#: ``_withdraws_at`` is null for a row read. Set, the row is a marker: the row of the same period,
#: ``_file`` and ``_row`` that was collected then has been deleted or corrected since.
RAW_COLUMNS = ("_source", "_file", "_row", "_collected_at", "_withdraws_at")

def set_aside(entity: str) -> Table:
    """Rows of ``entity`` that are not in its clean table, each with the reason (law L1)."""
    return table(
        "quarantine",
        entity,
        f"one row of a source of {entity} that was set aside",
        "period source file row collected_at",
        (f.period, f.source, f.file, f.row, f.disposition, f.rule, f.column, f.found, f.expected, f.raw_row, f.collected_at),
        "column found",
    )

ROW_ACCOUNTS = table(
    "clean",
    "row_accounts",
    "one source in one period: rows read = kept + duplicates + withdrawn + quarantined + excluded (law L1)",
    "period source",
    (
        f.period, f.source, f.entity, f.rows_read_count, f.rows_kept_count, f.duplicates_dropped_count,
        f.rows_withdrawn_count, f.rows_quarantined_count, f.rows_excluded_count, f.late_rows_count, f.identifiers_blanked_count, f.quarantined_share,
    ),
    "quarantined_share",
)

EXCLUDED_ACCOUNTS = table(
    "restricted",
    "excluded_accounts",
    "one account that the project excludes from every entity, as known by the end of the period",
    "period account_id",
    (f.period, f.account_id, f.exclusion, f.exclusion_route, f.excluded_by_account_id, f.excluded_from_period),
    "excluded_by_account_id",
)

#: What is compared to find out who is whom: identifiers and what narrows a person down.
COMPARED = (
    f.full_name, f.given_name, f.family_name, f.email, f.phone, f.address, f.postcode, f.birth_date, f.national_id,
    f.gender, f.city, f.region, f.country,
)

ACCOUNT_IDENTITIES = table(
    "restricted",
    "account_identities",
    "one account known by the end of the period, with what is compared to find its customer",
    "period account_id",
    (f.period, f.account_id, f.source, *COMPARED, f.updated_at, f.identity_digest),
    " ".join([*(one.name for one in COMPARED), "updated_at"]),
)

IDENTITY_VERSIONS = table(
    "models",
    "identity_versions",
    "the linkage model in force in the period, frozen; no row holds a value of an identifier",
    "period",
    (f.period, f.identity_version, f.status, f.fitted_period, f.accounts_fitted_count, f.seed, f.parameters, f.gates),
    "identity_version fitted_period accounts_fitted_count parameters gates",
)

#: Kept so that accounts which appear later are recognised as those of somebody who is excluded.
EXCLUDED_IDENTITIES = ACCOUNT_IDENTITIES.renamed(
    "restricted",
    "excluded_identities",
    "one excluded account with what is compared to find further accounts of the same customer",
)

#: Apart from the model that customers are found with: that one is fitted without who is excluded.
EXCLUSION_VERSIONS = IDENTITY_VERSIONS.renamed(
    "restricted",
    "exclusion_versions",
    "the linkage model that exclusions spread by in the period, frozen; no row holds a value of an identifier",
)

ACCOUNT_PAIRS = table(
    "customers",
    "account_pairs",
    "two accounts that are one customer by a rule, or may be by the model",
    "period left_account_id right_account_id",
    (
        f.period, f.left_account_id, f.right_account_id, f.link_rule, f.match_weight, f.match_probability,
        f.match_evidence,
    ),
    "match_weight match_probability match_evidence",
)

ACCOUNT_LINKS = table(
    "customers",
    "account_links",
    "one account known by the end of the period, with its customer",
    "period account_id",
    (
        f.period, f.account_id, f.customer_id, f.link_kind, f.linked_account_id, f.match_weight, f.first_seen_at,
        f.last_active_at, f.last_listed_at,
    ),
    "linked_account_id match_weight last_listed_at",
)

CROSSWALK = table(
    "restricted",
    "crosswalk",
    "one account known by the end of the period: what its source calls it, and our ids for it and its customer",
    "period account_id",
    (f.period, f.account_id, f.account_space, f.source_account_id, f.customer_id),
)

CUSTOMER_REGISTER = table(
    "customers",
    "register",
    "one customer id that ever lived, as the register stood at the end of the period",
    "period customer_id",
    (f.period, f.customer_id, f.customer_status, f.founding_account_id, f.born_period, f.retired_period, f.merged_into_customer_id),
    "retired_period merged_into_customer_id",
)

CUSTOMER_EVENTS = table(
    "customers",
    "events",
    "one event of one customer id in the period",
    "period customer_id customer_event related_customer_id",
    (f.period, f.customer_id, f.customer_event, f.related_customer_id, f.event_cause, f.accounts_moved_count),
)

GUARD_TRIPS = table(
    "restricted",
    "guard_trips",
    "one guard against over-merging that tripped on one cluster of accounts",
    "period customer_id guard",
    (f.period, f.customer_id, f.guard, f.measured, f.limit, f.account_ids),
)

def surviving(profiles: Entity) -> tuple[Field, ...]:
    """Attributes of a customer that survive from its accounts' ``profiles``, the project's own among them."""
    return tuple(one for one in profiles.mapped if one.name not in ("currency", "created_at", "updated_at"))

def customers_table(profiles: Entity) -> Table:
    """Contract of customers whose accounts have ``profiles``."""
    attributes = surviving(profiles)
    return table(
        "customers",
        "customers",
        "one customer known by the end of the period",
        "period customer_id",
        (f.period, f.customer_id, f.accounts_count, f.first_seen_at, f.last_active_at, f.is_first_seen_censored, f.is_in_population, *attributes),
        " ".join(one.name for one in attributes),
    )

#: Of a project without attributes of its own.
CUSTOMERS = customers_table(PROFILES)

SURVIVING_VALUES = table(
    "customers",
    "surviving_values",
    "one known attribute of one customer: the account and source whose value survived (never the value)",
    "period customer_id attribute",
    (f.period, f.customer_id, f.attribute, f.account_id, f.source, f.survival_rule),
)

CUSTOMER_IDENTITIES = table(
    "restricted",
    "customer_identities",
    "one customer with its surviving direct identifiers",
    "period customer_id",
    (f.period, f.customer_id, *PROFILES.identifiers),
    " ".join(one.name for one in PROFILES.identifiers),
)

SCHEME_VERSIONS = table(
    "models",
    "scheme_versions",
    "one scheme: the version in force in the period, frozen",
    "period scheme",
    (f.period, f.scheme, f.scheme_version, f.status, f.fitted_period, f.is_refit, f.customers_fitted_count, f.seed, f.parameters, f.gates),
    "scheme_version fitted_period customers_fitted_count parameters gates",
)

FORECAST_VERSIONS = table(
    "models",
    "forecast_versions",
    "one forecast: the version in force in the period, frozen",
    "period forecast",
    (f.period, f.forecast, f.forecast_version, f.status, f.fitted_period, f.is_refit, f.customers_fitted_count, f.seed, f.parameters, f.gates),
    "forecast_version fitted_period customers_fitted_count parameters gates",
)

#: What is measured of a probability, and of a quantity: of each forecast one of the two is null.
PROBABILITY_FIGURES = (f.outcomes_count, f.outcome_share, f.mean_probability, f.auc, f.brier, f.calibration_error, f.calibration_noise, f.top_decile_lift, f.hit_share)
QUANTITY_FIGURES = (f.mean_outcome, f.mean_forecast, f.root_mean_squared_error, f.mean_absolute_error, f.rank_correlation, f.total_error_share, f.coverage_share)
MODEL_BACKTESTS = table(
    "models",
    "backtests",
    "one method of one forecast at one origin that it had not seen, or at all of them: the record of the last fit",
    "period forecast method origin_period",
    (
        f.period, f.forecast, f.method, f.origin_period, f.tested_period, f.chosen_method, f.is_published, f.tested_customers_count,
        *PROBABILITY_FIGURES, *QUANTITY_FIGURES,
    ),
    " ".join(one.name for one in (*PROBABILITY_FIGURES, *QUANTITY_FIGURES)),
)

ASSIGNMENTS = table(
    "segments",
    "assignments",
    "one customer of the population in one scheme",
    "period customer_id scheme",
    (
        f.period, f.customer_id, f.scheme, f.scheme_version, f.segment_id, f.status, f.score, f.confidence,
        f.runner_up_segment_id, f.margin, f.evidence_share, f.reasons,
    ),
    "scheme_version segment_id score confidence runner_up_segment_id margin reasons",
)

_STATE = "_state"

#: Ends of names of the columns that the wide published table has for each scheme: no feature is called so.
OF_SCHEMES = ("_segment", "_label", "_confidence")
#: Ends of names of the columns that open stays have for each scheme: since when, and why.
SINCE, WHY = f"_{f.entered_period.name}", f"_{f.entered_cause.name}"

def state_of(scheme: str) -> str:
    """Column of states with the segment of a customer in ``scheme``."""
    return f"{scheme}{_STATE}"

def schemes_in(columns: Iterable[str]) -> list[str]:
    """Names of the schemes that ``columns`` of states have."""
    return [one.removesuffix(_STATE) for one in columns if one.endswith(_STATE)]

def states_table(schemes: Iterable[str]) -> Table:
    """Contract of the states of customers in ``schemes``: one column a scheme.

    A segment stands by its local name, without ``scheme:``; where there is none stands the status.
    """
    by_scheme = [
        Field(state_of(name), TEXT, f"Scheme {name}: local name of the segment, or the status where there is none.")
        for name in schemes
    ]
    return table(
        "segments",
        "states",
        "one customer of the population: its segment in every scheme side by side",
        "period customer_id",
        (f.period, f.customer_id, *by_scheme),
        " ".join(one.name for one in by_scheme),
    )

#: What the previous version would have said, only for schemes whose version changed in the period.
PREVIOUS_VERSION_ASSIGNMENTS = ASSIGNMENTS.renamed(
    "segments",
    "previous_version_assignments",
    "one customer in one scheme that was refitted this period: what the previous version says of the new features",
)

#: What the previous period would have said, only for customers whose accounts of then are linked otherwise now.
RECONCILED_ASSIGNMENTS = ASSIGNMENTS.renamed(
    "segments",
    "reconciled_assignments",
    "one customer merged or split this period, in one scheme: the previous period's segment with its accounts as linked now",
)

SEGMENT_REGISTER = table(
    "segments",
    "register",
    "one segment that ever lived, as the register stood at the end of the period",
    "period segment_id",
    (
        f.period, f.segment_id, f.scheme, f.label, f.label_zh, f.born_period, f.retired_period, f.scheme_version,
        f.event, f.related_segment_ids, f.overlap_share,
    ),
    "retired_period scheme_version overlap_share",
)

MOVES = table(
    "drift",
    "moves",
    "one customer who is in the population of both periods and changed segment in a scheme",
    "period customer_id scheme",
    (f.period, f.customer_id, f.scheme, f.from_state, f.identity_state, f.behaviour_state, f.to_state, f.cause),
)

FLOWS = table(
    "drift",
    "flows",
    "one state of a scheme: population of the previous period, what came, what went, population now (law L4)",
    "period scheme state",
    (
        f.period, f.scheme, f.state, f.population_previous_count, f.entered_count, f.returned_count, f.entered_by_split_count,
        f.left_count, f.left_by_merge_count,
        f.moved_in_behaviour_count, f.moved_in_model_count, f.moved_in_identity_count, f.moved_in_late_data_count, f.moved_in_data_count,
        f.moved_out_behaviour_count, f.moved_out_model_count, f.moved_out_identity_count, f.moved_out_late_data_count, f.moved_out_data_count,
        f.population_count, f.population_share,
    ),
)

def stays_table(schemes: Iterable[str]) -> Table:
    """Contract of open stays in ``schemes``: two columns for each."""
    columns = [
        replace(one, name=f"{scheme}_{one.name}") for scheme in schemes for one in (f.entered_period, f.entered_cause)
    ]
    return table(
        "drift",
        "stays",
        "one customer of the population at the end of the period: since when it has been where it is, scheme by scheme",
        "period customer_id",
        (f.period, f.customer_id, *columns),
    )

#: A stay stands in the file of the period that ended it, one that goes on in that of the newest.
_HISTORY_PERIOD = replace(
    f.period,
    meaning="Period that the stay had ended in; for one that goes on the newest published.",
    zh="停留已经结束的周期；仍在持续的停留为最新发布的周期。",
)

#: In the form of the published history, whose file of the period is this one.
ENDED_STAYS = table(
    "drift",
    "ended_stays",
    "one stay of one customer in a segment, or a status, of a scheme, which ended in the period",
    "period customer_id scheme entered_period",
    (
        _HISTORY_PERIOD, f.customer_id, f.scheme, f.state, f.entered_period, f.entered_cause, f.left_period,
        f.left_cause,
    ),
    "left_period left_cause",
)

FEATURE_PROFILES = table(
    "drift",
    "feature_profiles",
    "one bin of one feature, or one segment of one scheme, with its customers",
    "period feature bin",
    (f.period, f.feature, f.bin, f.bin_label, f.bin_lower, f.bin_upper, f.bin_count, f.bin_sum, f.bin_squared_sum),
    "bin_lower bin_upper bin_sum bin_squared_sum",
)

FINDINGS = table(
    "drift",
    "findings",
    "one drift measurement with its verdict",
    "period level subject measure comparison",
    (
        f.period, f.level, f.subject, f.comparison, f.measure, f.value, f.compared_value, f.standard_error,
        f.effect, f.sampling_score, f.population_stability_index, f.wasserstein_distance, f.p_value, f.q_value,
        f.verdict, f.severity, f.history_status, f.change_status, f.began_period, f.began_earliest_period,
        f.began_latest_period, f.carried_by, f.carried_share, f.part_of, f.explanation,
    ),
    "value compared_value standard_error effect sampling_score population_stability_index wasserstein_distance"
    " p_value q_value began_period began_earliest_period began_latest_period"
    " carried_by carried_share part_of",
)

PORTRAITS = table(
    "segments",
    "portraits",
    "one numeric feature of one segment: how its customers differ from the population",
    "period segment_id feature",
    (
        f.period, f.scheme, f.segment_id, f.feature, f.population_count, f.known_share, f.mean_value, f.population_mean_value,
        f.standardized_difference, f.previous_mean_value, f.rank,
    ),
    "mean_value population_mean_value standardized_difference previous_mean_value",
)

#: Stands in the history, beside the revisions that it compares: it grows with every revision.
RESTATEMENTS = table(
    "history",
    "restatements",
    "one customer whose published segment in a scheme was changed by a new revision of the period",
    "period revision customer_id scheme",
    (f.period, f.revision, f.customer_id, f.scheme, f.restated_from, f.restated_to, f.restatement_cause),
    "restated_from restated_to",
)
