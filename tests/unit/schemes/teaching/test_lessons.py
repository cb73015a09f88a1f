"""Lessons: who has a label, as it was known, and never what came later."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.schemes.teaching.lessons import lessons_of
from pipeline.settings import Project, TaughtDocument
from tests.engines import each_engine
from tests.unit.schemes.teaching.world import LATER, NOW, settings, world
from tests.unit.segments.synthetic import changed

WriteProject = Callable[..., Project]
PERIODS = ["2024-01", "2024-02", "2024-03"]
any_engine = pytest.fixture(scope="session", params=["duckdb", "spark"])(each_engine)


def lessons(engine: Engine, project: Project, table: pa.Table, period: str, **least: int) -> dict[str, Any]:
    """Label of each customer by period, by the place of its segment."""
    document = project.every_scheme["leavers"]
    assert isinstance(document, TaughtDocument)
    found = lessons_of(document, engine.from_arrow(table), period, project, least)
    return {
        one.period: dict(zip(one.frame.customer_id.to_pylist(), one.outcome.tolist(), strict=True))
        for one in found
    }


def test_a_label_of_now_is_that_of_the_period(any_engine: Engine, write_project: WriteProject) -> None:
    table = world(60)
    found = lessons(any_engine, write_project(**settings(NOW)), table, "2024-03")
    said = dict(zip(table["customer_id"].to_pylist(), table["outcome"].to_pylist(), strict=True))
    places = {"left": 0.0, "stayed": 1.0}
    assert found == {"2024-03": {one: places[name] for one, name in said.items() if name}}


@pytest.fixture
def three() -> pa.Table:
    """Four customers in three periods. The second is silent in one; the third is gone by March, having done
    nothing for a year, and the fourth, too, although it was active lately."""
    tables = []
    for period, silent in zip(PERIODS, ([0, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 0]), strict=True):
        table = world(4, period=period)
        table = table.set_column(
            table.schema.get_field_index("is_silent"), "is_silent", pa.array([bool(one) for one in silent])
        )
        table = changed(
            table,
            last_active_at=pa.array(
                [datetime(2024, 1, 1, tzinfo=UTC)] * 2
                + [datetime(2023, 2, 10, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)]
            ).to_pylist(),
        )
        gone = {"2024-01": 4, "2024-02": 4, "2024-03": 3}[period]
        left = table.slice(0, gone)
        tables.append(left.filter(np.arange(gone) != 2) if period == "2024-03" else left)
    return pa.concat_tables(tables)


def test_a_label_of_a_later_period_is_that_of_the_same_customer_then(
    any_engine: Engine, three: pa.Table, write_project: WriteProject
) -> None:
    found = lessons(any_engine, write_project(**settings(LATER)), three, "2024-03")
    ids = three["customer_id"].to_pylist()[:4]
    # The fourth was merged, erased or excluded: nobody can know what became of it.
    assert found == {
        "2024-01": {ids[0]: 1.0, ids[1]: 0.0, ids[2]: 0.0, ids[3]: 1.0},
        "2024-02": {ids[0]: 1.0, ids[1]: 1.0, ids[2]: 0.0},
    }


def test_who_is_gone_has_no_label_unless_the_document_says_so(
    engine: Engine, three: pa.Table, write_project: WriteProject
) -> None:
    labels = {name: one for name, one in LATER["labels"].items() if name != "gone"}
    found = lessons(engine, write_project(**settings(LATER | {"labels": labels})), three, "2024-03")
    assert list(found["2024-02"]) == three["customer_id"].to_pylist()[:2]


def test_nobody_learns_from_those_of_whom_too_little_was_seen(
    engine: Engine, write_project: WriteProject
) -> None:
    table = changed(world(60), orders_count_12p=[2, 9] * 30)
    found = lessons(engine, write_project(**settings(NOW)), table, "2024-03", orders_count_12p=3)
    counts = dict(zip(table["customer_id"].to_pylist(), table["orders_count_12p"].to_pylist(), strict=True))
    assert {counts[one] for one in found["2024-03"]} == {9}


def test_labels_of_half_a_year_later_are_not_known_yet(
    engine: Engine, three: pa.Table, write_project: WriteProject
) -> None:
    labels = LATER["labels"] | {"periods_later": 6}
    assert lessons(engine, write_project(**settings(LATER | {"labels": labels})), three, "2024-03") == {}
