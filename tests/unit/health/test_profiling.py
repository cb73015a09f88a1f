"""What is measured of numbered orders: how many there are, and how far their numbers reach."""

from collections.abc import Callable

import pytest

from pipeline.engine import Engine
from pipeline.health.profiling import profiles
from pipeline.settings import Project
from pipeline.tables.entities import ORDERS
from pipeline.tables.zones import ROW_ACCOUNTS, set_aside
from tests.unit.ledgers.lines import line, order_lines

Numbers = dict[tuple[str, str, str], float]


def _measured(engine: Engine, project: Project, orders: list[tuple[str, int, int]]) -> Numbers:
    """Profiles of orders by measure, column and item: ``orders`` are id, day and lines."""
    lines = [
        line(f"2024-01-{day:02d} 12:00", order_id=order) for order, day, size in orders for _ in range(size)
    ]
    kept = {"orders": engine.from_arrow(order_lines(*lines))}
    aside = {"orders": engine.from_arrow(set_aside("orders").schema.empty_table())}
    accounts = engine.from_arrow(ROW_ACCOUNTS.schema.empty_table())
    found = engine.to_arrow(profiles({"orders": ORDERS}, kept, aside, accounts, project)).to_pylist()
    return {(row["measure"], row["column"], row["item"]): row["value"] for row in found}


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    return write_project()


def test_numbers_of_orders_reach_as_far_as_their_sequence(engine: Engine, project: Project) -> None:
    """Twenty a day, every other number; a cancellation has a letter before its number."""
    orders = [
        (f"{'C' if at == 3 else ''}{1000 + 2 * (20 * day + at)}", day, 1)
        for day in (1, 2)
        for at in range(20)
    ]
    found = _measured(engine, project, orders)
    said = {item: found["numbers", "order_id", item] for item in ("all", "known", "by_day", "range")}
    assert (said["all"], said["known"]) == (40, 40)
    assert said["by_day"] == pytest.approx(2 * 38, abs=0.01)
    assert said["range"] == pytest.approx(78, abs=0.01)


def test_numbers_are_followed_by_the_next_one(engine: Engine, project: Project) -> None:
    """Seven and eight of one day, nine of the next, twelve far off; a number that comes twice counts once."""
    orders = [("7", 1, 1), ("8", 1, 2), ("9", 2, 1), ("C9", 3, 1), ("12", 3, 1)]
    found = _measured(engine, project, orders)
    said = {item: found["numbers", "order_id", item] for item in ("all", "different", "followed", "near")}
    assert said == {"all": 5, "different": 4, "followed": 2, "near": 1}


def test_other_ids_have_no_number(engine: Engine, project: Project) -> None:
    found = _measured(engine, project, [(f"2024-01-{at}", 1, 1) for at in range(10)])
    assert found["numbers", "order_id", "all"] == 10
    assert ("numbers", "order_id", "known") not in found


def test_orders_are_counted_by_their_lines(engine: Engine, project: Project) -> None:
    found = _measured(engine, project, [("a", 1, 1), ("b", 1, 3), ("c", 2, 3), ("d", 3, 70)])
    counts = {item: value for (measure, _, item), value in found.items() if measure == "orders_by_lines"}
    assert counts == {"1": 1, "3": 2, "50": 1}
