"""Customers of a period as the stages before the plan give them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.features import CUSTOMER_FEATURES
from pipeline.plans import Inputs, Planned, planned
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.model import Table
from pipeline.tables.plans import CHOSEN
from pipeline.tables.zones import state_of, states_table
from tests.conftest import KEY
from tests.unit.publish.world import arrow

Row = dict[str, Any]


@dataclass
class People:
    """``count`` customers: a segment of loyalty each, and what they spend in a period."""

    count: int = 200
    segment: Callable[[int], str] = lambda number: ("high", "medium", "low")[number % 3]
    amount: Callable[[int], float] = lambda number: float(number)
    status: dict[int, str] = field(default_factory=dict)
    decisions: list[Row] | None = None
    contacts: list[Row] | None = None

    def inputs(self, engine: Engine, period: str, project: Project) -> Inputs:
        """Everybody who is live, in the population."""
        there = [one for one in range(self.count) if self.status.get(one, "live") == "live"]
        schemes = sorted(project.every_scheme)
        states = [
            {"period": period, "customer_id": name(one)}
            | {state_of(scheme): self.segment(one) for scheme in schemes}
            for one in there
        ]
        features = [
            {
                "period": period,
                "customer_id": name(one),
                "net_amount_1p": Decimal(f"{self.amount(one):.4f}"),
                "net_amount_12p": Decimal(f"{one:.4f}"),
                "orders_count_1p": one % 3,
            }
            for one in there
        ]
        register = [
            {"period": period, "customer_id": name(one), "customer_status": self.status.get(one, "live")}
            for one in range(self.count)
        ]
        links = [
            {"period": period, "customer_id": name(one), "account_id": f"a{one:05d}"}
            for one in range(self.count)
        ]
        return Inputs(
            _bound(engine, states_table(schemes), states),
            engine.from_arrow(arrow(CUSTOMER_FEATURES, features).select(list(features[0]))),
            _bound(engine, zones.CUSTOMER_REGISTER, register),
            _bound(engine, zones.ACCOUNT_LINKS, links),
            _maybe(engine, self.contacts),
            _maybe(engine, self.decisions),
        )


def name(number: int) -> str:
    return f"c{number:05d}"


def _bound(engine: Engine, table: Table, rows: list[Row]) -> Any:
    return engine.from_arrow(arrow(table, rows))


def _maybe(engine: Engine, rows: list[Row] | None) -> Any:
    return None if rows is None else engine.from_arrow(pa.Table.from_pylist(rows))


def plan_of(
    engine: Engine, project: Project, people: People, period: str = "2024-01", before: pa.Table | None = None
) -> tuple[list[Row], pa.Table, list[Row]]:
    """Rows of the plan by rank and customer, the chosen at the end of ``period``, rows of the results."""
    earlier = None if before is None else engine.from_arrow(before)
    found: Planned = planned(people.inputs(engine, period, project), earlier, KEY, period, project)
    rows = engine.to_arrow(found.plan).to_pylist()
    rows.sort(key=lambda row: (row["action"], row["plan_rank"] or 10**9, row["customer_id"]))
    chosen = engine.to_arrow(found.chosen).cast(CHOSEN.schema)
    return (
        rows,
        chosen.sort_by([("action", "ascending"), ("customer_id", "ascending")]),
        found.results.to_pylist(),
    )
