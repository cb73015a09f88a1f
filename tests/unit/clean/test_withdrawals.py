"""Rows that their source deleted or corrected since: set aside as withdrawn, each row once."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean import clean, row_accounts
from pipeline.engine import Engine
from pipeline.settings import Project
from tests.conftest import KEY, shop_settings
from tests.unit.clean.rows import FIRST, LATER, ORDERS, aside, columns, kept, raw_rows


def marker(row: int, of: Any = FIRST, at: Any = LATER, **values: Any) -> dict[str, Any]:
    """The marker that withdraws row ``row``, collected ``of``."""
    return {"_row": row, "_withdraws_at": of, "_collected_at": at} | values


def test_a_withdrawn_row_is_set_aside_and_its_marker_is_no_row(engine: Engine, write_project: Any) -> None:
    project = write_project()
    rows = [
        {"order": "A"},
        {"order": "B"},
        {"order": "B", "price": "8", "_collected_at": LATER},
        marker(2, order="B"),
    ]
    raw = {"till": raw_rows(engine, rows)}

    found = clean(ORDERS, raw, project, KEY)

    assert sorted((row["order_id"], float(row["net_amount"])) for row in kept(found)) == [
        ("A", 19.0),
        ("B", 16.0),
    ]
    (row,) = aside(found)
    assert (row["row"], row["disposition"], row["rule"], row["column"], row["found"]) == (
        2,
        "withdrawn",
        "deleted_or_corrected",
        None,
        None,
    )
    assert row["collected_at"] == FIRST
    assert "_withdraws_at" not in row["raw_row"]
    (counted,) = (
        row_accounts(project, raw, {"orders": found.kept}, {"orders": found.set_aside}, ["2024-01"])
        .to_pyarrow()
        .to_pylist()
    )
    names = ("rows_read_count", "rows_kept_count", "rows_withdrawn_count", "late_rows_count")
    assert [counted[one] for one in names] == [3, 2, 1, 1]


def test_a_bad_row_stays_bad_and_a_duplicate_takes_the_place_of_a_withdrawn_row(
    engine: Engine, write_project: Any
) -> None:
    rows = [{"price": "x"}, {}, {}, {}, marker(1, price="x"), marker(2), marker(4)]

    found = clean(ORDERS, {"till": raw_rows(engine, rows)}, write_project(), KEY)

    assert [(row["row"], row["disposition"]) for row in aside(found)] == [
        (1, "quarantined"),
        (2, "withdrawn"),
        (4, "withdrawn"),
    ]
    assert len(kept(found)) == 1


def test_a_row_withdrawn_as_it_was_collected_and_one_that_lives_again(
    engine: Engine, write_project: Any
) -> None:
    again = FIRST + timedelta(days=60)
    rows = [
        {"order": "stale", "_collected_at": LATER},
        marker(1, of=LATER, at=LATER, order="stale"),
        {"order": "gone and back"},
        marker(3, order="gone and back"),
        {"order": "gone and back", "_row": 3, "_collected_at": again},
    ]

    found = clean(ORDERS, {"till": raw_rows(engine, rows)}, write_project(), KEY)

    assert [row["order_id"] for row in kept(found)] == ["gone and back"]
    assert sorted((row["row"], row["collected_at"], row["rule"]) for row in aside(found)) == [
        (1, LATER, "deleted_or_corrected"),
        (3, FIRST, "deleted_or_corrected"),
    ]


def test_of_equal_keys_the_latest_updated_at_survives_wherever_it_is_mapped(
    engine: Engine, write_project: Any
) -> None:
    project = write_project(sources=columns(line_key="order", product_id=None))
    source = project.sources["till"]
    mapped = source.model_copy(
        update={"columns": source.columns | {"updated_at": source.columns["ordered_at"]}}
    )
    changed = project.model_copy(update={"sources": {"till": mapped}})
    rows = [{"at": "2024-01-09", "price": "1"}, {"at": "2024-01-08", "price": "2", "_collected_at": LATER}]
    raw = {"till": raw_rows(engine, rows)}

    assert [row["unit_price_amount"] for row in kept(clean(ORDERS, raw, changed, KEY))] == [1]
    assert [row["unit_price_amount"] for row in kept(clean(ORDERS, raw, project, KEY))] == [2]


ROWS = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {
                "order": st.sampled_from(["1", "2"]),
                "price": st.sampled_from(["1", "2", "x"]),
                "_collected_at": st.sampled_from([FIRST, LATER]),
            }
        ),
        st.booleans(),
    ),
    max_size=20,
)


@settings(max_examples=4, deadline=None)
@given(drawn=ROWS, keyed=st.booleans(), seed=st.integers(0, 9))
def test_law_withdrawn_rows_are_accounted_once_and_order_never_matters(
    engine: Engine, drawn: list[tuple[dict[str, Any], bool]], keyed: bool, seed: int
) -> None:
    project = Project(
        **shop_settings(sources=columns(**({"line_key": "order"} if keyed else {}))), folder=Path()
    )
    rows = [one | {"_row": number} for number, (one, _) in enumerate(drawn, 1)]
    marks = [
        row | {"_withdraws_at": row["_collected_at"], "_collected_at": LATER + timedelta(days=1)}
        for row, (_, gone) in zip(rows, drawn, strict=True)
        if gone
    ]
    raw = raw_rows(engine, [*rows, *marks])

    found = clean(ORDERS, {"till": raw}, project, KEY)
    shuffled = raw_rows(engine, random.Random(seed).sample([*rows, *marks], len(rows) + len(marks)))
    again = clean(ORDERS, {"till": shuffled}, project, KEY)

    standing = kept(found)
    count = Counter(row["disposition"] for row in aside(found))
    assert standing == kept(again)
    assert len(rows) == len(standing) + sum(count.values())
    assert count["quarantined"] == sum(one["price"] == "x" for one, _ in drawn)
    assert count["withdrawn"] == sum(gone and one["price"] != "x" for one, gone in drawn)
    live = {(one["order"], one["price"]) for one, gone in drawn if not gone and one["price"] != "x"}
    assert len(standing) == len({order for order, _ in live} if keyed else live)
