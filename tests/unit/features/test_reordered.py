"""The same customers with their periods in another order: all that they did, but at another time."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.features import FeatureInputs
from pipeline.features.reordered import PERIODS, reordered
from pipeline.ledgers import LEDGERS
from pipeline.settings import Project
from tests.unit.features.chain import feature_inputs, window_of
from tests.unit.ledgers.lines import line, order_lines

FIRST, BEFORE, LAST = "2023-09", "2024-02", "2024-03"
#: Who ordered when: a customer of old, one who came in the middle, and one in the last period.
DAYS = {
    "a_old": ["2023-09-04", "2023-10-12", "2023-11-14", "2024-01-31", "2024-03-02"],
    "a_new": ["2023-12-05", "2023-12-31", "2024-02-29"],
    "a_last": ["2024-03-30"],
}


@pytest.fixture
def on_duckdb(request: pytest.FixtureRequest) -> Engine:
    """One engine for what is the same code on both: numpy's orders, and times moved along in Arrow."""
    found: Engine = request.getfixturevalue("duckdb")
    return found


@pytest.fixture
def project(write_project: Any) -> Project:
    return write_project(first_period=FIRST)


def both(engine: Engine, project: Project) -> FeatureInputs:
    """Customers and links of the last two periods, and whole ledgers."""
    lines = order_lines(*(line(f"{day} 23:30", account_id=who) for who, days in DAYS.items() for day in days))
    earlier, now = (feature_inputs(engine, project, one, lines=lines) for one in (BEFORE, LAST))
    return FeatureInputs(
        engine.hold(now.customers.union(earlier.customers)),
        engine.hold(now.links.union(earlier.links)),
        now.ledgers,
    )


def customers_of(engine: Engine, inputs: FeatureInputs) -> pa.Array:
    rows = engine.to_arrow(inputs.customers.filter(inputs.customers.period == LAST))
    return rows.sort_by("customer_id")["customer_id"].combine_chunks()


def by_account(engine: Engine, inputs: FeatureInputs) -> dict[str, list[dict[str, Any]]]:
    """Rows of the ledger of orders, oldest first, by account."""
    found = defaultdict(list)
    for row in engine.to_arrow(inputs.ledgers["orders"]).sort_by("period").to_pylist():
        found[row["account_id"]].append(row)
    return found


def what(rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """All of the rows that is no time."""
    times = {"period", *(name for name in LEDGERS["orders"].table.columns if name.endswith(("_at", "_date")))}
    return sorted(tuple(value for name, value in row.items() if name not in times) for row in rows)


def test_customers_do_the_same_in_other_periods(engine: Engine, project: Project) -> None:
    inputs = both(engine, project)
    customers = customers_of(engine, inputs)
    periods = project.calendar.back(LAST, PERIODS)
    was = by_account(engine, inputs)
    orders = set()
    for seed in range(2):
        now = by_account(engine, reordered(inputs, window_of(project, LAST), customers, seed))
        for who, rows in was.items():
            assert what(now[who]) == what(row for row in rows if row["period"] in periods)
        assert {row["period"] for rows in now.values() for row in rows} <= set(periods)
        orders.add(tuple(row["period"] for row in now["a_old"]))
    assert len(orders) > 1


def test_the_period_in_which_a_customer_came_and_those_before_stand(
    on_duckdb: Engine, project: Project
) -> None:
    engine = on_duckdb
    inputs = both(engine, project)
    for seed in range(6):
        now = by_account(
            engine, reordered(inputs, window_of(project, LAST), customers_of(engine, inputs), seed)
        )
        assert now["a_new"][0]["period"] == "2023-12"
        assert [row["period"] for row in now["a_last"]] == [LAST]


def test_days_and_times_move_along_and_stay_within_their_period(on_duckdb: Engine, project: Project) -> None:
    engine = on_duckdb
    inputs = both(engine, project)
    calendar = project.calendar
    for seed in range(6):
        again = reordered(inputs, window_of(project, LAST), customers_of(engine, inputs), seed)
        for rows in by_account(engine, again).values():
            for row in rows:
                assert (
                    calendar.key(row["first_order_date"])
                    == calendar.key(row["last_order_date"])
                    == row["period"]
                )
                start, end = calendar.starts_at(row["period"]), calendar.as_of(row["period"])
                assert start <= row["first_event_at"] <= row["last_event_at"] < end


def test_only_the_customers_asked_for_are_there_and_a_seed_gives_one_order(
    on_duckdb: Engine, project: Project
) -> None:
    engine = on_duckdb
    inputs = both(engine, project)
    one = customers_of(engine, inputs)[:1]
    first, second = (reordered(inputs, window_of(project, LAST), one, 3) for _ in range(2))
    known = engine.to_arrow(first.customers).to_pylist()
    assert {row["customer_id"] for row in known} == set(one.to_pylist())
    assert {row["period"] for row in known} <= {BEFORE, LAST}
    assert by_account(engine, first) == by_account(engine, second)
