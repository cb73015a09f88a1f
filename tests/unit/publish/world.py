"""A small made-up company: published tables of several periods that agree with each other."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.blocks import Along, Block, blocks_of
from pipeline.engine.writing import cast
from pipeline.features import CUSTOMER_FEATURES, FEATURES
from pipeline.forecasts import FORECASTS
from pipeline.periods import Calendar
from pipeline.publish import contracts, memberships
from pipeline.publish.manifest import Manifest, file_digest
from pipeline.publish.playbooks import playbooks
from pipeline.publish.wide import customer_segments, features_told
from pipeline.settings import BUILT_IN, Project
from pipeline.tables import zones
from pipeline.tables.fields import ALL_ORIGINS
from pipeline.tables.model import Table

Row = dict[str, Any]

PERIODS = ["2024-01", "2024-02", "2024-03", "2024-04"]
#: Customers that a group has at least whose money is told.
LEAST = 10
#: The only forecast that a record earned.
EARNED = "churn_probability_1p"
#: A forecast of a quantity that was tried and earned nothing.
EXPECTED = "expected_orders_3p"
#: Place of the period in which the till is not whole.
ILL = 1
CAUSES = ("behaviour", "model", "identity", "late_data", "data")
CLUSTERS = {
    "behaviour_clusters:c01": ("Frequent small baskets", "高频小额客户"),
    "behaviour_clusters:c02": ("Weekend stockers with discounts", "周末折扣囤货客户"),
    "behaviour_clusters:c03": ("Rare and broad", "低频多品类客户"),
}


#: What was measured at the fit of a scheme.
GATES = [{"name": "customers_with_evidence", "value": 60, "limit": 50, "passed": True}]


class World:
    """Customers and their states by period; ``tables`` gives what a run would publish."""

    def __init__(self, customers: int = 60, periods: int = 4, seed: int = 7) -> None:
        self.seed, self.random = seed, random.Random(seed)
        self._made: dict[str, dict[str, pa.Table]] = {}
        self.periods = PERIODS[:periods]
        self.population: dict[str, list[str]] = {}
        self.states: dict[str, dict[tuple[str, str], str]] = {}
        self.ever: dict[str, set[str]] = {}
        seen: set[str] = set()
        current = [f"c{number:05d}" for number in range(customers)]
        born = customers
        for index, period in enumerate(self.periods):
            if index:
                away = sorted(seen - set(current))
                current = [one for one in current if self.random.random() > 0.04]
                current += [one for one in away if self.random.random() > 0.7]
                current += [f"c{number:05d}" for number in range(born, born + customers // 20)]
                born += customers // 20
            self.ever[period] = set(seen)
            seen |= set(current)
            self.population[period] = sorted(set(current))
            self.states[period] = self._states(index, period)

    def _states(self, index: int, period: str) -> dict[tuple[str, str], str]:
        before = self.states.get(self.periods[index - 1], {}) if index else {}
        states = {}
        for scheme in BUILT_IN.values():
            names = scheme.segment_ids() or list(CLUSTERS)
            weights = [1 + 3 * ((3 * place) % len(names)) / len(names) for place in range(len(names))]
            for customer in self.population[period]:
                old = before.get((customer, scheme.name))
                if scheme.name == "satisfaction":
                    state = "not_applicable"
                elif index == 0 and scheme.name == "behaviour_clusters":
                    state = "insufficient_data"
                elif old and old in names and self.random.random() > 0.08:
                    state = old
                elif self.random.random() < 0.06:
                    state = "insufficient_data"
                else:
                    state = self.random.choices(names, weights)[0]
                states[customer, scheme.name] = state
        return states

    def tables(self, period: str) -> dict[str, pa.Table]:
        """Published tables of ``period`` but those made of several, by name; the same whenever asked."""
        if period not in self._made:
            self._made[period] = self._tables(period)
        return self._made[period]

    def _tables(self, period: str) -> dict[str, pa.Table]:
        index = self.periods.index(period)
        self.random.seed(f"{self.seed} {period}")
        moves = self._moves(index)
        return {
            "segment_assignments": arrow(contracts.SEGMENT_ASSIGNMENTS, self._assignments(period)),
            "segment_moves": arrow(contracts.SEGMENT_MOVES, moves),
            "segment_flows": arrow(contracts.SEGMENT_FLOWS, self._flows(index, moves)),
            "segment_outcomes": arrow(contracts.SEGMENT_OUTCOMES, self._outcomes(index)),
            "scheme_moves": arrow(contracts.SCHEME_MOVES, self._mobility(index)),
            "scheme_outcomes": arrow(contracts.SCHEME_OUTCOMES, self._explained(index)),
            "segment_register": arrow(contracts.SEGMENT_REGISTER, self._register(index)),
            "segment_portraits": arrow(contracts.SEGMENT_PORTRAITS, self._portraits(period)),
            "segment_forecasts": arrow(contracts.SEGMENT_FORECASTS, self._outlooks(index)),
            "drift_findings": arrow(contracts.DRIFT_FINDINGS, self._findings(index)),
            "feature_profiles": arrow(contracts.FEATURE_PROFILES, self._profiles(period)),
            "model_cards": arrow(contracts.MODEL_CARDS, self._cards(index)),
            "customer_forecasts": arrow(contracts.CUSTOMER_FORECASTS, self._forecasts(period)),
            "forecast_cards": arrow(contracts.FORECAST_CARDS, self._forecast_cards(index)),
            "model_backtests": arrow(contracts.MODEL_BACKTESTS, self._backtests(index)),
            "customer_register": arrow(contracts.CUSTOMER_REGISTER, self._customers(index)),
            "customer_events": arrow(contracts.CUSTOMER_EVENTS, self._customer_events(index)),
            "data_quality": arrow(contracts.DATA_QUALITY, self._quality(index)),
            "source_health": arrow(contracts.SOURCE_HEALTH, self._health(index)),
        }

    def features(self, period: str) -> pa.Table:
        """Features of the population, all by default values."""
        return arrow(
            CUSTOMER_FEATURES,
            [{"period": period, "customer_id": one} for one in self.population[period]],
        )

    def bound(self, engine: Engine, period: str) -> dict[str, Any]:
        """All published tables of ``period``, bound to ``engine``; the history by file."""
        tables = {name: engine.from_arrow(one) for name, one in self.tables(period).items()}
        features = self.features(period)
        called = memberships.labels(self.tables(period)["segment_register"])
        told = memberships.by_language(called, "en")
        going_on, ended = self._stays(self.periods.index(period))
        calendar, first = Calendar("month", "UTC"), self.periods[0]
        contract = contracts.customer_segments_table(BUILT_IN)

        def made(batches: Iterator[pa.RecordBatch], table: Table) -> ir.Table:
            return engine.from_arrow(cast(pa.Table.from_batches(batches).unify_dictionaries(), table.schema))

        def blocks() -> Iterator[Block]:
            rows = self.tables(period)["segment_assignments"].sort_by(
                [("scheme", "ascending"), ("customer_id", "ascending")]
            )
            return blocks_of(rows.combine_chunks().to_batches(), "scheme", sorted(BUILT_IN))

        def along(table: pa.Table) -> Along:
            return Along(table.sort_by("customer_id").combine_chunks().to_batches(), "customer_id")

        sizes = memberships.segment_sizes(
            tables["segment_flows"],
            tables["segment_assignments"],
            engine.from_arrow(features),
            engine.from_arrow(called),
            LEAST,
        )
        register, came = (self.tables(period)[one] for one in ("segment_register", "segment_outcomes"))
        beside = along(
            engine.to_arrow(features_told(engine.from_arrow(features), contract).order_by("customer_id"))
        )
        return tables | {
            "customer_segments": made(customer_segments(blocks(), beside, told, contract), contract),
            "current_segments": made(
                memberships.current_segments(blocks(), along(going_on), called, period, first, calendar),
                contracts.CURRENT_SEGMENTS,
            ),
            "customer_history": {
                period: engine.from_arrow(ended),
                contracts.NEWEST: made(
                    memberships.stays_that_go_on(blocks(), along(going_on), period),
                    contracts.CUSTOMER_HISTORY,
                ),
            },
            "segment_sizes": sizes,
            "playbooks": engine.from_arrow(playbooks(register, engine.to_arrow(sizes), came, BUILT_IN)),
        }

    def _health(self, index: int) -> list[Row]:
        """Two sources that are whole, but for one in the second period."""
        state = {
            "source_state": "healthy",
            "explanation": "Nothing is missing.",
            "explanation_zh": "没有缺失。",
        }
        ill = {
            "source_state": "suspect",
            "since_period": self.periods[index],
            "affected_share": 0.3,
            "signals": "volume",
            "explanation": "About 30% of the rows are missing.",
            "explanation_zh": "约缺 30% 的行。",
        }
        common = {"period": self.periods[index], "to_do": "Look.", "to_do_zh": "检查。"}
        return [
            common | state | {"source": "crm", "entity": "profiles"},
            common | (ill if index == ILL else state) | {"source": "till", "entity": "orders"},
        ]

    def _stays(self, index: int) -> tuple[pa.Table, pa.Table]:
        """Stays that go on at the end of a period, and those that it ended; every move is behaviour's."""
        since: dict[tuple[str, str], Row] = {}
        ended: list[Row] = []
        for place, period in enumerate(self.periods[: index + 1]):
            before = self.states[self.periods[place - 1]] if place else {}
            now, ended = self.states[period], []
            moved = "data" if place == ILL else "behaviour"
            for key, state in before.items():
                if now.get(key) != state:
                    left = moved if key in now else "left"
                    names = {"period": period, "customer_id": key[0], "scheme": key[1], "state": state}
                    ended.append(names | since.pop(key) | {"left_period": period, "left_cause": left})
            for key in now:
                cause = moved if key in before else "entered" if place else "first_period"
                since.setdefault(key, {"entered_period": period, "entered_cause": cause})
        rows: dict[str, Row] = {}
        for (customer, scheme), one in since.items():
            row = rows.setdefault(customer, {"period": self.periods[index], "customer_id": customer})
            row |= {f"{scheme}_{name}": value for name, value in one.items()}
        return arrow(zones.stays_table(BUILT_IN), list(rows.values())), arrow(zones.ENDED_STAYS, ended)

    def _assignments(self, period: str) -> list[Row]:
        rows = []
        for (customer, scheme), state in self.states[period].items():
            row: Row = {"period": period, "customer_id": customer, "scheme": scheme, "evidence_share": 0.8}
            if ":" in state:
                row |= {
                    "status": "assigned",
                    "segment_id": state,
                    "confidence": 0.75,
                    "scheme_version": f"{scheme}@2024-01",
                }
            else:
                row["status"] = state
            rows.append(row)
        return rows

    def _moves(self, index: int) -> list[Row]:
        if not index:
            return []
        period, before = self.periods[index], self.states[self.periods[index - 1]]
        rows = []
        for (customer, scheme), state in self.states[period].items():
            old = before.get((customer, scheme))
            if old and old != state:
                cause = self.random.choices(CAUSES[:2], [5, 2 if index == 3 else 0])[0]
                cause = "data" if index == ILL else cause
                rows.append(
                    {
                        "period": period,
                        "customer_id": customer,
                        "scheme": scheme,
                        "from_state": old,
                        "to_state": state,
                        "identity_state": old,
                        "behaviour_state": old if cause == "model" else state,
                        "cause": cause,
                    }
                )
        return rows

    def _flows(self, index: int, moves: list[Row]) -> list[Row]:
        period = self.periods[index]
        previous = self.states[self.periods[index - 1]] if index else {}
        counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for (customer, scheme), state in previous.items():
            counts[scheme, state]["population_previous_count"] += 1
            if (customer, scheme) not in self.states[period]:
                counts[scheme, state]["left_count"] += 1
        for (customer, scheme), state in self.states[period].items():
            counts[scheme, state]["population_count"] += 1
            if (customer, scheme) not in previous:
                kind = "returned" if customer in self.ever[period] else "entered"
                counts[scheme, state][f"{kind}_count"] += 1
        for move in moves:
            counts[move["scheme"], move["to_state"]][f"moved_in_{move['cause']}_count"] += 1
            counts[move["scheme"], move["from_state"]][f"moved_out_{move['cause']}_count"] += 1
        size = len(self.population[period])
        return [
            {
                "period": period,
                "scheme": scheme,
                "state": state,
                "population_share": one["population_count"] / size,
            }
            | {name: one[name] for name in contracts.SEGMENT_FLOWS.columns if name.endswith("_count")}
            for (scheme, state), one in counts.items()
        ]

    def _outcomes(self, index: int) -> list[Row]:
        """What came of every state of the period before, from nobody's orders."""
        if not index:
            return []
        then = Counter((scheme, state) for (_, scheme), state in self.states[self.periods[index - 1]].items())
        figures = ("silent_share", "stayed_share", "mean_orders_count", "mean_net_amount")
        return [
            {
                **self._since(index),
                "scheme": scheme,
                "state": state,
                "segment": state.rpartition(":")[2],
                "followed_count": count,
                **{name: round(self.random.random(), 6) if count >= LEAST else None for name in figures},
            }
            for (scheme, state), count in sorted(then.items())
        ]

    def _explained(self, index: int) -> list[Row]:
        if not index:
            return []
        shares = {"explained_share": 0.25, "baseline_explained_share": 0.5}
        return [
            {
                **self._since(index),
                "scheme": one,
                "followed_count": len(self.population[self.periods[index]]),
                **shares,
            }
            for one in BUILT_IN
        ]

    def _mobility(self, index: int) -> list[Row]:
        counts = {"in_both_count": 40, "moved_count": 10, "moved_share": 0.25, "moved_behaviour_share": 0.2}
        floor = {
            "noise_floor_share": 0.05,
            "noise_floor_error": 0.01,
            "noise_floor_customers_count": 400,
            "noise_floor_period": self.periods[0],
        }
        return [{"period": self.periods[index], "scheme": one, **counts, **floor} for one in BUILT_IN]

    def _since(self, index: int) -> Row:
        return {
            "period": self.periods[index],
            "segment_period": self.periods[index - 1],
            "horizon_periods": 1,
        }

    def _register(self, index: int) -> list[Row]:
        period = self.periods[index]
        rows = []
        for scheme in BUILT_IN.values():
            named = {
                scheme.segment_id(name): (one.label.en, one.label.zh) for name, one in scheme.segments.items()
            }
            for segment, (label, label_zh) in (named or CLUSTERS).items():
                born = self.periods[0] if named else self.periods[min(1, len(self.periods) - 1)]
                if born > period:
                    continue
                event, related, overlap = ("born" if born == period else "none"), [], None
                if index == 3 and not named:
                    event, related, overlap = (
                        ("split", ["behaviour_clusters:c01"], 0.42)
                        if segment.endswith("2")
                        else ("continued", [], 0.88)
                    )
                rows.append(
                    {
                        "period": period,
                        "segment_id": segment,
                        "scheme": scheme.name,
                        "label": label,
                        "label_zh": label_zh,
                        "born_period": born,
                        "event": event,
                        "related_segment_ids": related,
                        "overlap_share": overlap,
                    }
                )
        return rows

    def _customers(self, index: int) -> list[Row]:
        period = self.periods[index]
        return [
            {
                "period": period,
                "customer_id": one,
                "customer_status": "live",
                "founding_account_id": f"a_{one}",
                "born_period": self.periods[0],
            }
            for one in sorted(self.ever[period] | set(self.population[period]))
        ]

    def _customer_events(self, index: int) -> list[Row]:
        period = self.periods[index]
        return [
            {
                "period": period,
                "customer_id": one,
                "customer_event": "created",
                "related_customer_id": one,
                "event_cause": "accounts",
                "accounts_moved_count": 1,
            }
            for one in sorted(set(self.population[period]) - self.ever[period])
        ]

    def _portraits(self, period: str) -> list[Row]:
        counts = Counter(state for state in self.states[period].values() if ":" in state)
        numeric = [one for one in FEATURES.values() if one.is_numeric and one.pii == "none"]
        rows = []
        for segment, size in counts.items():
            chosen = self.random.sample(numeric, 6)
            differences = sorted((self.random.gauss(0, 1.1) for _ in chosen), key=abs, reverse=True)
            for rank, (feature, difference) in enumerate(zip(chosen, differences, strict=True), 1):
                mean = 0.4 if feature.maximum == 1 else 37.5
                rows.append(
                    {
                        "period": period,
                        "scheme": segment.partition(":")[0],
                        "segment_id": segment,
                        "feature": feature.name,
                        "population_count": size,
                        "known_share": 0.97,
                        "population_mean_value": mean,
                        "mean_value": mean * (1 + difference / 4),
                        "standardized_difference": round(difference, 6),
                        "rank": rank,
                    }
                )
        return rows

    def _outlooks(self, index: int) -> list[Row]:
        """The last size again, of every segment that is large enough."""
        period = self.periods[index]
        counts = Counter(state for state in self.states[period].values() if ":" in state)
        labels = {row["segment_id"]: row for row in self._register(index)}
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

    def _findings(self, index: int) -> list[Row]:
        if not index:
            return []
        period = self.periods[index]
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

    def _profiles(self, period: str) -> list[Row]:
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

    def _forecasts(self, period: str) -> list[Row]:
        return [
            {"period": period, "customer_id": one, EARNED: 0.25 if place % 2 else None}
            for place, one in enumerate(self.population[period])
        ]

    def _forecast_cards(self, index: int) -> list[Row]:
        """One forecast has been earned, and none of the others."""
        rows = []
        for name in FORECASTS:
            row: Row = {"period": self.periods[index], "forecast": name, "seed": 7, "is_refit": False}
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

    def _backtests(self, index: int) -> list[Row]:
        found = []
        for method in ("forecast", "average", "constant", "three_columns"):
            for origin in ("2023-11", "2023-12", ALL_ORIGINS):
                found.append(
                    {
                        "period": self.periods[index],
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
                        "period": self.periods[index],
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

    def _cards(self, index: int) -> list[Row]:
        rows = []
        for scheme in BUILT_IN.values():
            row: Row = {
                "period": self.periods[index],
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

    def _quality(self, index: int) -> list[Row]:
        rows = []
        for source, entity, read in (
            ("till", "orders", 12_403),
            ("web_shop", "orders", 3_310),
            ("members", "profiles", 801),
        ):
            kept, quarantined, doubled = read - 40 - 7 * index, 12 + 7 * index, 28
            rows.append(
                {
                    "period": self.periods[index],
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


def plain_documents(
    _: Engine, folder: Path, manifest: Manifest, project: Project, earlier: Path | None = None
) -> dict[str, str]:
    """Takes the place of ``write_documents`` where the report is not what is tested: it is dear."""
    text = earlier.read_text() if earlier else f"{project.project} {list(manifest.periods)}"
    (folder / "report.html").write_text(text)
    return {"report.html": file_digest(folder / "report.html")}


def arrow(table: Table, rows: list[Row]) -> pa.Table:
    """Rows as the contract's table; required columns that are not given get a plain value of their type."""
    complete = [{one.name: row.get(one.name, _plain(one)) for one in table.schema} for row in rows]
    return pa.Table.from_pylist(complete, schema=table.schema)


def _plain(field: pa.Field) -> Any:
    if field.nullable:
        return None
    if pa.types.is_timestamp(field.type):
        return datetime(2024, 1, 15, tzinfo=UTC)
    if pa.types.is_list(field.type):
        return []
    return {"string": "x", "bool": False}.get(str(field.type), 1)
