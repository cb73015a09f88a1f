"""A small made-up company: published tables of several periods that agree with each other."""

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
from pipeline.periods import Calendar
from pipeline.publish import contracts, memberships
from pipeline.publish.manifest import Manifest, file_digest
from pipeline.publish.playbooks import playbooks
from pipeline.publish.wide import customer_segments, features_told
from pipeline.segments import overlaps
from pipeline.settings import BUILT_IN, Project
from pipeline.tables import zones
from pipeline.tables.model import Table
from tests.unit.publish import world_told as told
from tests.unit.publish.world_told import EARNED, ILL, LEAST, Row

PERIODS = ["2024-01", "2024-02", "2024-03", "2024-04"]
CAUSES = ("behaviour", "model", "identity", "late_data", "data")
CLUSTERS = {
    "behaviour_clusters:c01": ("Frequent small baskets", "高频小额客户"),
    "behaviour_clusters:c02": ("Weekend stockers with discounts", "周末折扣囤货客户"),
    "behaviour_clusters:c03": ("Rare and broad", "低频多品类客户"),
}


class World:
    """Customers and their states by period; ``tables`` gives what a run would publish."""

    def __init__(self, customers: int = 60, periods: int = 4, seed: int = 7) -> None:
        self.seed, self.random = seed, random.Random(seed)
        self._made: dict[str, dict[str, pa.Table]] = {}
        self._beside: dict[str, dict[str, pa.Table]] = {}
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
        moves, everybody = self._moves(index), self.ever[period] | set(self.population[period])
        return {
            "segment_assignments": arrow(contracts.SEGMENT_ASSIGNMENTS, self._assignments(period)),
            "segment_moves": arrow(contracts.SEGMENT_MOVES, moves),
            "segment_flows": arrow(contracts.SEGMENT_FLOWS, self._flows(index, moves)),
            "segment_outcomes": arrow(contracts.SEGMENT_OUTCOMES, self._outcomes(index)),
            "scheme_moves": arrow(contracts.SCHEME_MOVES, told.mobility(period, self.periods[0])),
            "scheme_outcomes": arrow(
                contracts.SCHEME_OUTCOMES,
                told.explained(self._since(index), len(self.population[period])) if index else [],
            ),
            "segment_register": arrow(contracts.SEGMENT_REGISTER, self._register(index)),
            "segment_portraits": arrow(contracts.SEGMENT_PORTRAITS, self._portraits(period)),
            "segment_forecasts": arrow(
                contracts.SEGMENT_FORECASTS,
                told.outlooks(period, self.states[period].values(), self._register(index)),
            ),
            "drift_findings": arrow(contracts.DRIFT_FINDINGS, told.findings(period, index)),
            "feature_profiles": arrow(contracts.FEATURE_PROFILES, told.profiles(period)),
            "model_cards": arrow(contracts.MODEL_CARDS, told.cards(period, index)),
            "customer_forecasts": arrow(contracts.CUSTOMER_FORECASTS, self._forecasts(period)),
            "forecast_cards": arrow(contracts.FORECAST_CARDS, told.forecast_cards(period)),
            "model_backtests": arrow(contracts.MODEL_BACKTESTS, told.backtests(period)),
            "customer_register": arrow(
                contracts.CUSTOMER_REGISTER, told.customers(period, everybody, self.periods[0])
            ),
            "customer_events": arrow(
                contracts.CUSTOMER_EVENTS, told.customer_events(period, everybody - self.ever[period])
            ),
            "data_quality": arrow(contracts.DATA_QUALITY, told.quality(period, index)),
            "source_health": arrow(contracts.SOURCE_HEALTH, told.health(period, index)),
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
        named = memberships.by_language(called, "en")
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
            "customer_segments": made(customer_segments(blocks(), beside, named, contract), contract),
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
            **{name: engine.from_arrow(one) for name, one in self._overlaps(engine, period).items()},
            "playbooks": engine.from_arrow(playbooks(register, engine.to_arrow(sizes), came, BUILT_IN)),
        }

    def _overlaps(self, engine: Engine, period: str) -> dict[str, pa.Table]:
        """Who is where at once, worked out once a period."""
        if period not in self._beside:
            rows = told.states(period, self.population[period], self.states[period])
            states = arrow(zones.states_table(sorted(BUILT_IN)), rows)
            found = overlaps(engine.from_arrow(states), period, LEAST)
            self._beside[period] = {"segment_overlap": found.segments, "scheme_overlap": found.schemes}
        return self._beside[period]

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
        followed = len(self.population[self.periods[index]])
        return told.explained(self._since(index), followed) if index else []

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

    def _forecasts(self, period: str) -> list[Row]:
        return [
            {"period": period, "customer_id": one, EARNED: 0.25 if place % 2 else None}
            for place, one in enumerate(self.population[period])
        ]


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
