"""Figures of the report: published tables read once, and the numbers derived from them.

Belongs here: reading aggregate rows of a publication and arithmetic on them. Does not
belong here: words (``texts``), charts (``charts``). No customer's row is ever held: moves
are counted by the engine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.features import FEATURES, Feature
from pipeline.features.evidence import FAMILY as EVIDENCE
from pipeline.publish import contracts
from pipeline.publish.manifest import Manifest, table_file
from pipeline.publish.texts import CAUSES
from pipeline.publish.verdicts import Outcome, outcome
from pipeline.settings import Scheme
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.model import Table

Row = dict[str, Any]
#: A change of a segment's share below this is not worth a sentence.
QUIET_CHANGE = 0.001
#: Features shown in a portrait.
PORTRAIT_FEATURES = 5


@dataclass(frozen=True)
class Figures:
    """Aggregate rows of the published periods up to the one reported."""

    period: str
    periods: list[str]
    flows: list[Row]
    moves: list[Row]
    findings: list[Row]
    health: list[Row]
    quality: list[Row]
    portraits: list[Row]
    register: list[Row]
    events: list[Row]
    refits: list[tuple[str, str]]
    cards: list[Row]
    backtests: list[Row]
    outcomes: list[Row]
    outlooks: list[Row]
    explained: list[Row]
    mobility: list[Row]
    overlaps: list[Row]
    together: list[Row]
    plan: list[Row]
    results: list[Row]
    declared: Mapping[str, Scheme]

    @property
    def previous(self) -> str | None:
        """The published period before, or none."""
        index = self.periods.index(self.period)
        return self.periods[index - 1] if index else None

    @cached_property
    def schemes(self) -> list[str]:
        """Schemes with flows in the period, in the order of the contracts."""
        found = {row["scheme"] for row in self.flows if row["period"] == self.period}
        known = [name for name in self.declared if name in found]
        return known + sorted(found - set(known))

    def flows_of(self, period: str | None, scheme: str | None = None) -> list[Row]:
        """Flows of one period, of one scheme or of all."""
        return [row for row in self.flows if row["period"] == period and scheme in (None, row["scheme"])]

    def states(self, scheme: str) -> list[str]:
        """States that ever had customers, named segments in their order, statuses last."""
        found = {
            row["state"]
            for row in self.flows
            if row["scheme"] == scheme and (row["population_count"] or row["population_previous_count"])
        }
        named = self.named_segments(scheme)
        order = [*named, *sorted(found - set(named) - set(UNASSIGNED)), *UNASSIGNED]
        return [one for one in order if one in found]

    def outcome(self, period: str | None) -> Outcome:
        """What the findings of a period allow to be said."""
        return outcome([row for row in self.findings if row["period"] == period], self.health_of(period))

    def health_of(self, period: str | None) -> list[Row]:
        """States of the sources in a period."""
        return [row for row in self.health if row["period"] == period]

    def named_segments(self, scheme: str) -> list[str]:
        """Ids of the named segments of a scheme, in their order; none where they are discovered."""
        return self.declared[scheme].shown_ids() if scheme in self.declared else []

    def totals(self, period: str | None) -> Row:
        """Key figures of a period; population flows are those of one scheme, as all schemes share it."""
        flows = self.flows_of(period)
        one_scheme = [row for row in flows if row["scheme"] == flows[0]["scheme"]] if flows else []
        moved = {cause: total(flows, f"moved_in_{cause}_count") for cause in CAUSES}
        at_risk = total(flows, "population_previous_count") - total(flows, "left_count")
        quality = [row for row in self.quality if row["period"] == period]
        read, quarantined = total(quality, "rows_read_count"), total(quality, "rows_quarantined_count")
        found = self.outcome(period)
        return {
            "population": total(one_scheme, "population_count"),
            "entered": total(one_scheme, "entered_count"),
            "returned": total(one_scheme, "returned_count"),
            "left": total(one_scheme, "left_count"),
            "entered_by_split": total(one_scheme, "entered_by_split_count"),
            "left_by_merge": total(one_scheme, "left_by_merge_count"),
            "moved": moved,
            "moved_count": sum(moved.values()),
            "moved_share": share(sum(moved.values()), at_risk),
            "moved_shares": {cause: share(count, at_risk) for cause, count in moved.items()},
            "major": found.counts.get("major", 0),
            "minor": found.counts.get("minor", 0),
            "rows_read": read,
            "rows_quarantined": quarantined,
            "quarantined_share": share(quarantined, read),
        }

    def by_chance(self, scheme: str) -> Row | None:
        """Moves of a scheme in the period beside its noise floor; none where that is not known."""
        known = (row for row in self.mobility if row["noise_floor_share"] is not None)
        return next((row for row in known if row["scheme"] == scheme and row["in_both_count"]), None)

    def scheme_totals(self, scheme: str) -> Row:
        """Movement of one scheme in the period, and the segment whose share changed most."""
        rows = self.flows_of(self.period, scheme)
        before = total(rows, "population_previous_count")
        population = total(rows, "population_count")
        stayed = before - total(rows, "left_count")
        moved = sum(total(rows, f"moved_in_{cause}_count") for cause in CAUSES)
        changes = [
            (row["population_share"] - share(row["population_previous_count"], before), row) for row in rows
        ]
        change, largest = max(changes, key=lambda one: (abs(one[0]), one[1]["state"]), default=(0.0, None))
        assigned = sum(row["population_count"] for row in rows if row["state"] not in UNASSIGNED)
        return {
            "before": before,
            "population": population,
            "stayed": stayed,
            "moved": moved,
            "moved_share": share(moved, stayed),
            "assigned_share": share(assigned, population),
            "largest": largest["state"] if largest else None,
            "largest_change": change,
            "largest_before": share(largest["population_previous_count"], before) if largest else 0.0,
            "largest_now": largest["population_share"] if largest else 0.0,
            "only_status": next(iter({row["state"] for row in rows if row["population_count"]}), "")
            if not assigned
            else None,
        }

    def matrix(self, scheme: str) -> list[Row]:
        """Customers of both periods by segment before and now: movers from moves, stayers from flows."""
        rows = self.flows_of(self.period, scheme)
        before = {row["state"]: row["population_previous_count"] for row in rows}
        cells = {
            (row["state"], row["state"]): row["population_previous_count"]
            - row["left_count"]
            - sum(row[f"moved_out_{cause}_count"] for cause in CAUSES)
            for row in rows
        }
        for move in self.moves:
            if move["scheme"] == scheme:
                key = (move["from_state"], move["to_state"])
                cells[key] = cells.get(key, 0) + move["customers"]
        return [
            {
                "from": a,
                "to": b,
                "customers": count,
                "before": before.get(a, 0),
                "share": share(count, before.get(a, 0)),
                "stayed": a == b,
            }
            for (a, b), count in sorted(cells.items())
            if count or a == b
        ]

    def labels(self, language: str) -> dict[str, str]:
        """Labels of segments by id, from the register as it stood at the end of the period."""
        key = "label_zh" if language == "zh" else "label"
        return {row["segment_id"]: row[key] for row in self.register}


def load(
    engine: Engine,
    folder: Path,
    manifest: Manifest,
    period: str,
    schemes: Mapping[str, Scheme],
    features: Mapping[str, Feature] = FEATURES,
) -> Figures:
    """Read what the report of ``period`` needs from the publication in ``folder``.

    ``features`` are the project's: portraits show those that describe somebody, see ``describing``.
    """
    periods = [one for one in manifest.periods if one <= period]

    def rows(table: Table, chosen: Iterable[str]) -> ir.Table:
        paths = (table_file(folder, table.name, one) for one in chosen)
        return engine.read([path for path in paths if path.is_file()], table)

    def listed(expression: ir.Table) -> list[Row]:
        return engine.to_arrow(expression).to_pylist()  # type: ignore[no-any-return]

    moves = rows(contracts.SEGMENT_MOVES, [period])
    counted = moves.group_by("scheme", "from_state", "to_state", "cause").aggregate(customers=moves.count())
    portraits = rows(contracts.SEGMENT_PORTRAITS, [period])
    shown = portraits.filter(portraits.feature.isin(describing(features)))
    register = rows(contracts.SEGMENT_REGISTER, periods)
    return Figures(
        period=period,
        periods=periods,
        flows=listed(rows(contracts.SEGMENT_FLOWS, periods).order_by("period", "scheme", "state")),
        moves=listed(counted.order_by("scheme", "from_state", "to_state", "cause")),
        findings=listed(
            rows(contracts.DRIFT_FINDINGS, periods).order_by(
                "period", "level", "subject", "measure", "comparison"
            )
        ),
        health=listed(rows(contracts.SOURCE_HEALTH, periods).order_by("period", "source")),
        quality=listed(rows(contracts.DATA_QUALITY, periods).order_by("period", "source")),
        portraits=_foremost(listed(shown.order_by("segment_id", "rank", "feature"))),
        register=listed(rows(contracts.SEGMENT_REGISTER, [period]).order_by("segment_id")),
        refits=_refits(listed(register.select("scheme", "scheme_version").distinct())),
        events=listed(register.filter(register.event != "none").order_by("period", "segment_id")),
        cards=listed(rows(contracts.MODEL_CARDS, [period]).order_by("scheme")),
        backtests=listed(rows(contracts.MODEL_BACKTESTS, [period])),
        outcomes=listed(rows(contracts.SEGMENT_OUTCOMES, [period])),
        outlooks=listed(rows(contracts.SEGMENT_FORECASTS, [period])),
        explained=listed(rows(contracts.SCHEME_OUTCOMES, [period])),
        mobility=listed(rows(contracts.SCHEME_MOVES, [period])),
        overlaps=listed(rows(contracts.SEGMENT_OVERLAP, [period])),
        together=listed(rows(contracts.SCHEME_OVERLAP, [period])),
        plan=listed(_planned(rows(contracts.ACTION_PLAN, [period]))),
        results=listed(
            rows(contracts.ACTION_RESULTS, [period]).order_by("action", "chosen_period", "effect_group")
        ),
        declared=schemes,
    )


def _refits(versions: Iterable[Row]) -> list[tuple[str, str]]:
    """Schemes and periods in which a version that came into force was fitted, from ``scheme@period``."""
    named = (str(row["scheme_version"]) for row in versions if row["scheme_version"])
    return sorted((name.partition("@")[0], name.partition("@")[2]) for name in named)


def describing(features: Mapping[str, Feature]) -> list[str]:
    """Names of those that describe somebody: not how much was observed, nor what only counts for others."""
    counts = {one.counted_by for one in features.values()}
    return [
        name
        for name, one in features.items()
        if one.words or (name not in counts and one.family.name != EVIDENCE.name)
    ]


def _foremost(portraits: list[Row]) -> list[Row]:
    """The first rows of each segment of ``portraits``, which stand by segment and rank."""
    by_segment = (list(rows) for _, rows in groupby(portraits, lambda row: row["segment_id"]))
    return [row for rows in by_segment for row in rows[:PORTRAIT_FEATURES]]


def _planned(plan: ir.Table) -> ir.Table:
    """How many customers each action has in each group, by status, reason and basis."""
    named = ("action", "action_label", "action_label_zh", "effect_group")
    key = (*named, "plan_status", "plan_reason", "rank_basis")
    return plan.group_by(*key).aggregate(customers=plan.count()).order_by(*key)


def total(rows: Iterable[Row], column: str) -> int:
    """Sum of a count over rows."""
    return sum(row[column] or 0 for row in rows)


def share(part: float, whole: float) -> float:
    """``part`` of ``whole``; 0 when there is no whole."""
    return part / whole if whole else 0.0
