"""What the made-up company of ``world`` publishes of models, findings, customers, sources: rows by period."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.forecasts import FORECASTS
from pipeline.periods import Calendar
from pipeline.settings import BUILT_IN
from pipeline.tables.fields import ALL_ORIGINS
from pipeline.tables.zones import state_of

Row = dict[str, Any]

#: Customers that a group has at least whose money is told.
LEAST = 10
#: The only forecast that a record earned.
EARNED = "churn_probability_1p"
#: A forecast of a quantity that was tried and earned nothing.
EXPECTED = "expected_orders_3p"
#: Place of the period in which the till is not whole.
ILL = 1
#: What was measured at the fit of a scheme.
GATES = [{"name": "customers_with_evidence", "value": 60, "limit": 50, "passed": True}]


def states(period: str, population: Iterable[str], of: Mapping[tuple[str, str], str]) -> list[Row]:
    """A row a customer with its state in each scheme, as it stands without the scheme's name."""
    rows: dict[str, Row] = {one: {"period": period, "customer_id": one} for one in population}
    for (customer, scheme), state in of.items():
        rows[customer][state_of(scheme)] = state.rpartition(":")[2]
    return list(rows.values())


def explained(since: Row, followed: int) -> list[Row]:
    """How much each scheme explains of what came, less than the plain baseline."""
    shares = {"explained_share": 0.25, "baseline_explained_share": 0.5}
    return [{**since, "scheme": one, "followed_count": followed, **shares} for one in BUILT_IN]


def findings(period: str, index: int) -> list[Row]:
    if not index:
        return []
    severe = {1: {5: "minor"}, 2: {}, 3: {0: "major", 1: "major", 2: "minor"}}[index]
    quiet = ("usual", "below_floor", "cannot_tell")
    subjects = [
        ("feature", "discount_share_12p", "kolmogorov_smirnov"),
        ("segment_mix", "rfm", "total_variation"),
        ("feature", "recency_days", "kolmogorov_smirnov"),
        ("feature", "lines_per_order_12p", "kolmogorov_smirnov"),
        ("movement", "loyalty", "shorrocks_index"),
        ("feature", "orders_count_12p", "mean_change"),
    ]
    explanations = [
        "The mean of discount_share_12p is higher: 0.18, 0.11 in 2024-03.",
        "Hibernating grew by 4.1 points, mostly from At risk.",
        "Recency is longer: mean 31 days against 27 in 2024-03.",
    ]
    return [
        {
            "period": period,
            "level": level,
            "subject": subject,
            "measure": measure,
            "comparison": "previous_period",
            "value": 0.12 - place / 100,
            "effect": 0.62 - place / 10,
            "p_value": 0.0001,
            "q_value": 0.001,
            "verdict": severe.get(place, quiet[place % 3]),
            "severity": severe.get(place, "none"),
            "history_status": "history_short",
            "change_status": "began" if place in severe else "none",
            "explanation": explanations[place] if place < len(explanations) else f"Finding {place}.",
        }
        for place, (level, subject, measure) in enumerate(subjects)
    ]


def profiles(period: str) -> list[Row]:
    return [
        {
            "period": period,
            "feature": "recency_days",
            "bin": place,
            "bin_label": f"[{10 * place}, {10 * place + 10})",
            "bin_count": 20,
            "bin_sum": 5.0,
            "bin_squared_sum": 3.0,
        }
        for place in range(3)
    ]


def outlooks(period: str, states: Iterable[str], register: list[Row]) -> list[Row]:
    """The last size again, of every segment that is large enough."""
    counts = Counter(state for state in states if ":" in state)
    labels = {row["segment_id"]: row for row in register}
    return [
        {
            "period": period,
            "scheme": segment.partition(":")[0],
            "segment_id": segment,
            "label": labels[segment]["label"],
            "label_zh": labels[segment]["label_zh"],
            "forecast_measure": "customers",
            "periods_ahead_count": 1,
            "target_period": Calendar("month", "UTC").next(period),
            "expected_value": float(size),
            "lower_value": size - 2.0,
            "upper_value": size + 2.0,
            "series_method": "last_period",
            "is_plain": True,
            "past_periods_count": 3,
            "tested_forecasts_count": 20,
            "scaled_error": 1.0,
            "plain_scaled_error": 1.0,
            "interval_coverage_share": 0.8,
        }
        for segment, size in sorted(counts.items())
        if size >= LEAST and segment in labels
    ]


def mobility(period: str, first: str) -> list[Row]:
    counts = {"in_both_count": 40, "moved_count": 10, "moved_share": 0.25, "moved_behaviour_share": 0.2}
    floor = {
        "noise_floor_share": 0.05,
        "noise_floor_error": 0.01,
        "noise_floor_customers_count": 400,
        "noise_floor_period": first,
    }
    return [{"period": period, "scheme": one, **counts, **floor} for one in BUILT_IN]


def cards(period: str, index: int) -> list[Row]:
    rows = []
    for scheme in BUILT_IN.values():
        row: Row = {
            "period": period,
            "scheme": scheme.name,
            "seed": 7,
            "is_refit": index == 3 and scheme.name == "loyalty",
        }
        if scheme.name == "satisfaction":
            row["status"] = "not_applicable"
        else:
            row |= {
                "status": "assigned",
                "scheme_version": f"{scheme.name}@2024-01",
                "fitted_period": "2024-01",
                "customers_fitted_count": 60,
                "parameters": "{}",
                "gates": json.dumps({"period": "2024-01", "decision": "accepted", "gates": GATES}),
            }
        rows.append(row)
    return rows


def forecast_cards(period: str) -> list[Row]:
    """One forecast has been earned, and none of the others."""
    rows = []
    for name in FORECASTS:
        row: Row = {"period": period, "forecast": name, "seed": 7, "is_refit": False}
        if name == EARNED:
            row |= {
                "status": "assigned",
                "forecast_version": f"{name}@2024-01",
                "fitted_period": "2024-01",
                "customers_fitted_count": 60,
                "parameters": "{}",
                "gates": "{}",
            }
        rows.append(row | {"status": row.get("status", "insufficient_data")})
    return rows


def backtests(period: str) -> list[Row]:
    found = []
    for method in ("forecast", "average", "constant", "three_columns"):
        for origin in ("2023-11", "2023-12", ALL_ORIGINS):
            found.append(
                {
                    "period": period,
                    "forecast": EARNED,
                    "method": method,
                    "origin_period": origin,
                    "tested_period": "2024-01",
                    "chosen_method": "average" if method == "forecast" else method,
                    "is_published": method == "forecast",
                    "tested_customers_count": 60,
                    "outcomes_count": 15,
                    "outcome_share": 0.25,
                    "mean_probability": 0.24,
                    "auc": 0.5 if method == "constant" else 0.8123,
                    "brier": 0.1512,
                    "calibration_error": 0.0213,
                    "calibration_noise": 0.02,
                    "top_decile_lift": 2.5,
                }
            )
    for method in ("forecast", "combined", "same_again"):
        for origin in ("2023-11", "2023-12", ALL_ORIGINS):
            found.append(
                {
                    "period": period,
                    "forecast": EXPECTED,
                    "method": method,
                    "origin_period": origin,
                    "tested_period": "2024-01",
                    "chosen_method": "combined" if method == "forecast" else method,
                    "is_published": False,
                    "tested_customers_count": 60,
                    "mean_outcome": 1.25,
                    "mean_forecast": 1.5,
                    "root_mean_squared_error": 1.8123,
                    "mean_absolute_error": 0.9,
                    "rank_correlation": 0.5456,
                    "total_error_share": 0.2,
                    "coverage_share": 0.8111,
                }
            )
    return found


def customers(period: str, ever: Iterable[str], first: str) -> list[Row]:
    return [
        {
            "period": period,
            "customer_id": one,
            "customer_status": "live",
            "founding_account_id": f"a_{one}",
            "born_period": first,
        }
        for one in sorted(ever)
    ]


def customer_events(period: str, new: Iterable[str]) -> list[Row]:
    return [
        {
            "period": period,
            "customer_id": one,
            "customer_event": "created",
            "related_customer_id": one,
            "event_cause": "accounts",
            "accounts_moved_count": 1,
        }
        for one in sorted(new)
    ]


def quality(period: str, index: int) -> list[Row]:
    rows = []
    for source, entity, read in (
        ("till", "orders", 12_403),
        ("web_shop", "orders", 3_310),
        ("members", "profiles", 801),
    ):
        kept, quarantined, doubled = read - 40 - 7 * index, 12 + 7 * index, 28
        rows.append(
            {
                "period": period,
                "source": source,
                "entity": entity,
                "rows_read_count": read,
                "rows_kept_count": kept,
                "duplicates_dropped_count": doubled,
                "rows_quarantined_count": quarantined,
                "late_rows_count": 3 * index,
                "quarantined_share": quarantined / read,
            }
        )
    return rows


def health(period: str, index: int) -> list[Row]:
    """Two sources that are whole, but for one in the second period."""
    state = {
        "source_state": "healthy",
        "explanation": "Nothing is missing.",
        "explanation_zh": "没有缺失。",
    }
    ill = {
        "source_state": "suspect",
        "since_period": period,
        "affected_share": 0.3,
        "signals": "volume",
        "explanation": "About 30% of the rows are missing.",
        "explanation_zh": "约缺 30% 的行。",
    }
    common = {"period": period, "to_do": "Look.", "to_do_zh": "检查。"}
    return [
        common | state | {"source": "crm", "entity": "profiles"},
        common | (ill if index == ILL else state) | {"source": "till", "entity": "orders"},
    ]
