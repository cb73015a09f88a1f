"""L1 for any rows: everything is kept or set aside, and counted."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean import clean, row_accounts
from pipeline.engine import Engine
from pipeline.settings import Project
from tests.conftest import KEY, shop_settings
from tests.unit.clean.rows import FIRST, LATER, ORDERS, columns, kept, raw_rows

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "period": st.sampled_from(["2024-01", "2024-02"]),
            "customer": st.sampled_from(["1", "2", ""]),
            "at": st.sampled_from(["2024-01-05", "x", "9999-01-01"]),
            "quantity": st.sampled_from(["1", "-1", "0", "x", None]),
            "price": st.sampled_from(["1", "2", "-1", None]),
            "_collected_at": st.sampled_from([FIRST, LATER]),
        }
    ),
    max_size=30,
)


@settings(max_examples=5, deadline=None)
@given(rows=ROWS, keyed=st.booleans(), seed=st.integers(0, 9))
def test_law_every_row_is_accounted_for_and_order_never_matters(
    engine: Engine, rows: list[dict[str, Any]], keyed: bool, seed: int
) -> None:
    project = Project(
        **shop_settings(sources=columns(**({"line_key": "product"} if keyed else {}))), folder=Path()
    )
    raw = {"till": raw_rows(engine, rows)}
    cleaned = clean(ORDERS, raw, project, KEY)
    accounts = (
        row_accounts(
            project,
            raw,
            {"orders": cleaned.kept},
            {"orders": cleaned.set_aside},
            ["2024-01", "2024-02", "2024-03"],
        )
        .to_pyarrow()
        .to_pylist()
    )
    shuffled = random.Random(seed).sample(rows, len(rows))
    again = clean(ORDERS, {"till": raw_rows(engine, shuffled)}, project, KEY)

    assert kept(cleaned) == kept(again)
    assert sorted(one["period"] for one in accounts) == ["2024-01", "2024-02", "2024-03"]
    read = Counter(row["period"] for row in rows)
    for one in accounts:
        assert one["rows_read_count"] == read[one["period"]]
        assert (
            one["rows_read_count"]
            == one["rows_kept_count"] + one["duplicates_dropped_count"] + one["rows_quarantined_count"]
        )


def test_row_accounts_count_late_rows_and_zeros(engine: Engine, write_project: Any) -> None:
    project = write_project()
    raw = {
        "till": raw_rows(
            engine, [{}, {"_collected_at": LATER}, {"customer": "", "_collected_at": LATER}, {"order": "B"}]
        )
    }
    cleaned = clean(ORDERS, raw, project, KEY)

    table = row_accounts(
        project, raw, {"orders": cleaned.kept}, {"orders": cleaned.set_aside}, ["2024-01", "2024-02"]
    )

    assert table.order_by("period").to_pyarrow().to_pylist() == [
        {
            "period": "2024-01",
            "source": "till",
            "entity": "orders",
            "rows_read_count": 4,
            "rows_kept_count": 2,
            "duplicates_dropped_count": 1,
            "rows_withdrawn_count": 0,
            "rows_quarantined_count": 1,
            "rows_excluded_count": 0,
            "late_rows_count": 2,
            "identifiers_blanked_count": 0,
            "quarantined_share": 0.25,
        },
        {
            "period": "2024-02",
            "source": "till",
            "entity": "orders",
            "rows_read_count": 0,
            "rows_kept_count": 0,
            "duplicates_dropped_count": 0,
            "rows_withdrawn_count": 0,
            "rows_quarantined_count": 0,
            "rows_excluded_count": 0,
            "late_rows_count": 0,
            "identifiers_blanked_count": 0,
            "quarantined_share": None,
        },
    ]


def test_rows_of_a_period_that_was_first_collected_empty_are_all_late(
    engine: Engine, write_project: Any
) -> None:
    project = write_project()
    rows = [{}, {"order": "B"}, {"order": "C", "_collected_at": LATER}, {"period": "2024-02"}]
    raw = {"till": raw_rows(engine, rows)}
    cleaned = clean(ORDERS, raw, project, KEY)
    tables = {"orders": cleaned.kept}, {"orders": cleaned.set_aside}

    table = row_accounts(
        project, raw, *tables, ["2024-01", "2024-02"], began_empty={"till": ["2024-01"], "crm": ["2024-02"]}
    )

    found = table.order_by("period").to_pyarrow().to_pylist()
    assert [one["late_rows_count"] for one in found] == [3, 0]
