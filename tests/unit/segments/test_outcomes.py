"""Outcomes beside the same figures in pandas, on made-up customers of three periods."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.features import CUSTOMER_FEATURES
from pipeline.segments import outcomes
from pipeline.settings import Project
from pipeline.tables.outcomes import SCHEME_OUTCOMES, SEGMENT_OUTCOMES
from pipeline.tables.zones import state_of, states_table
from tests.unit.publish.world import arrow

PERIODS = ["2024-03", "2024-04", "2024-05"]
NOW = PERIODS[-1]
SCHEME = "loyalty"


def _money(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")


class World:
    """States and features of ``size`` customers, of whom some go and some come."""

    def __init__(self, project: Project, size: int = 400, seed: int = 3) -> None:
        self.project, random = project, np.random.default_rng(seed)
        self.rows = []
        for place, period in enumerate(PERIODS):
            as_of = project.calendar.as_of(period)
            # The first twenty had long been silent and fade; the next twenty are merged away.
            gone = 0 if place == 0 else 20 if place == 1 else 40
            for number in range(gone, size):
                orders = int(random.poisson(0.6 + number % 4))
                self.rows.append(
                    {
                        "period": period,
                        "customer_id": f"c{number:04d}",
                        "last_active_at": as_of
                        - timedelta(days=project.retention_days - 1 if number < 20 else 5),
                        "orders_count_1p": orders,
                        "net_amount_1p": _money(orders * random.lognormal(3, 1)),
                        "net_amount_3p": _money(random.lognormal(3, 1)),
                        "state": random.choice(
                            ["high", "medium", "low", "insufficient_data"], p=[0.4, 0.35, 0.2, 0.05]
                        ),
                    }
                )

    def told(self, engine: Engine, period: str = NOW) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What the program tells, only of ``SCHEME``."""
        names = sorted(self.project.every_scheme)
        states = [
            {
                "period": row["period"],
                "customer_id": row["customer_id"],
                **{state_of(one): row["state"] for one in names},
            }
            for row in self.rows
        ]
        known = [{key: value for key, value in row.items() if key != "state"} for row in self.rows]
        found = outcomes(
            engine.from_arrow(pa.Table.from_pylist(states, schema=states_table(names).schema)),
            engine.from_arrow(arrow(CUSTOMER_FEATURES, known)),
            period,
            self.project,
        )
        assert found.segments.schema.equals(SEGMENT_OUTCOMES.schema)
        assert found.schemes.schema.equals(SCHEME_OUTCOMES.schema)
        return tuple([row for row in one.to_pylist() if row["scheme"] == SCHEME] for one in found)  # type: ignore[return-value]

    def course(self, horizon: int) -> pd.DataFrame:
        """The same in pandas: a row a customer of the origin of whom it is known what came."""
        frame = pd.DataFrame(self.rows).astype({"net_amount_1p": float, "net_amount_3p": float})
        by_period = {one: rows.set_index("customer_id") for one, rows in frame.groupby("period")}
        origin = by_period[PERIODS[-1 - horizon]]
        parts = []
        for later in PERIODS[-horizon:]:
            part = by_period[later][["orders_count_1p", "net_amount_1p"]].reindex(origin.index)
            border = self.project.calendar.as_of(later) - timedelta(days=self.project.retention_days)
            faded = origin.last_active_at < border
            parts.append(part.mask(part.isna() & faded.to_numpy()[:, None], 0.0))
        came = sum(parts[1:], parts[0])
        found = origin[["state", "net_amount_3p"]].assign(
            orders=came.orders_count_1p,
            net=came.net_amount_1p,
            now=by_period[NOW]["state"].reindex(origin.index),
        )
        return found[found.orders.notna()]


@pytest.fixture(scope="module")
def world(shop: Project) -> World:
    return World(shop)


@pytest.mark.parametrize("horizon", [1, 2])
def test_figures_are_those_of_pandas(world: World, any_engine: Engine, horizon: int) -> None:
    told = {row["state"]: row for row in world.told(any_engine)[0] if row["horizon_periods"] == horizon}
    course = world.course(horizon)
    assert sum(row["followed_count"] for row in told.values()) == len(course)
    for state, rows in course.groupby("state"):
        row = told[state if state == "insufficient_data" else f"{SCHEME}:{state}"]
        assert row["segment_period"] == PERIODS[-1 - horizon]
        assert row["followed_count"] == len(rows)
        wanted = {
            "silent_share": (rows.orders == 0).mean(),
            "stayed_share": (rows.now == rows.state).mean(),
            "mean_orders_count": rows.orders.mean(),
            "mean_net_amount": rows.net.mean(),
        }
        for name, value in wanted.items():
            assert row[name] == pytest.approx(value, abs=2e-6), (state, name)


@pytest.mark.parametrize("horizon", [1, 2])
def test_what_is_explained_is_eta_squared_beside_ninths_of_spend(
    world: World, duckdb: Engine, horizon: int
) -> None:
    (row,) = [one for one in world.told(duckdb)[1] if one["horizon_periods"] == horizon]
    course = world.course(horizon).sort_values(["net_amount_3p", "customer_id"])
    whole = ((course.net - course.net.mean()) ** 2).sum()

    def eta_squared(groups: Any) -> float:
        fitted = course.groupby(groups).net.transform("mean")
        return float(((fitted - course.net.mean()) ** 2).sum() / whole)

    size, rest = divmod(len(course), 9)
    ninths = np.repeat(np.arange(9), [size + (one < rest) for one in range(9)])
    assert row["followed_count"] == len(course)
    assert row["explained_share"] == pytest.approx(eta_squared(course.state), abs=2e-6)
    assert row["baseline_explained_share"] == pytest.approx(eta_squared(ninths), abs=2e-6)


def test_who_faded_did_nothing_and_who_was_merged_is_left_out(world: World, duckdb: Engine) -> None:
    of_two = [row for row in world.told(duckdb)[0] if row["horizon_periods"] == 2]
    # Of 400 the first 20 are known to have done nothing more, the next 20 are not known of.
    assert sum(row["followed_count"] for row in of_two) == 380


def test_figures_of_few_customers_are_not_told(shop: Project, duckdb: Engine) -> None:
    few = World(shop, size=shop.privacy.min_group_count + 45, seed=5)
    rows = few.told(duckdb)[0]
    small = [row for row in rows if row["followed_count"] < shop.privacy.min_group_count]
    large = [row for row in rows if row["followed_count"] >= shop.privacy.min_group_count]
    assert small
    assert large
    figures = ("silent_share", "stayed_share", "mean_orders_count", "mean_net_amount")
    assert all(row[name] is None for row in small for name in figures)
    assert all(row[name] is not None for row in large for name in figures)


def test_nothing_is_looked_back_at_before_the_first_period(shop: Project, duckdb: Engine) -> None:
    world = World(shop)
    world.project = shop.model_copy(update={"first_period": PERIODS[1]})
    assert {row["horizon_periods"] for row in world.told(duckdb)[0]} == {1}
    world.project = shop.model_copy(update={"first_period": NOW})
    assert world.told(duckdb) == ([], [])


def test_a_customer_who_spends_a_hundred_thousand_is_squared_exactly(shop: Project, duckdb: Engine) -> None:
    """Squares of 18 digits overflow where both sides have 18."""
    world = World(shop)
    for row in world.rows:
        if row["customer_id"] == "c0100":
            row["net_amount_1p"] = Decimal("102303.4500")
    told = world.told(duckdb)
    assert sum(row["mean_net_amount"] * row["followed_count"] for row in told[0]) > 102_303
    assert all(0 <= row["explained_share"] <= 1 for row in told[1])
