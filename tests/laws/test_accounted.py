"""Law L1, accounted: rows read = rows kept + duplicates dropped + rows set aside, and none read is lost."""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pipeline.clean import clean, row_accounts
from pipeline.collect import collect
from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES
from pipeline.tables.zones import set_aside
from tests.conftest import KEY, shop_settings

PERIODS = ["2024-01", "2024-02", "2024-03"]
NOW = datetime(2024, 4, 2, tzinfo=UTC)
COLUMNS = ("customer", "order", "at", "product", "quantity", "price")
DAYS = {"2024-01": "2024-01-05 10:00:00", "2024-02": "2024-02-29 23:59:59", "2024-03": "2024-03-01 00:00:00"}
#: A row that breaks one rule each; those without a readable time are accounted to the first period.
BAD: tuple[dict[str, str], ...] = (
    {"customer": ""},
    {"quantity": "0"},
    {"quantity": "two"},
    {"price": "-1"},
    {"price": "cheap"},
    {"at": "yesterday"},
    {"at": ""},
    {"at": "9999-12-31 00:00:00"},
    {"at": "2024-01-01T10:00:00+99:00"},
)

#: For each order: its source, its period, the rule it breaks if any, and how often it stands there.
Orders = list[tuple[str, str, int | None, int]]
orders = st.lists(
    st.tuples(
        st.sampled_from(["till", "web"]),
        st.sampled_from(PERIODS),
        st.one_of(st.none(), st.integers(0, len(BAD) - 1)),
        st.integers(1, 3),
    ),
    min_size=8,
    max_size=20,
)

few = settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A shop with two sources of orders: a till whose equal lines are one, a web shop that keeps them."""
    till = shop_settings()["sources"]["till"]
    web = till | {
        "connector": {"kind": "file", "format": "csv", "path": "web.csv"},
        "exact_duplicates": "keep",
    }
    folder = tmp_path_factory.mktemp("shop")
    return Project(**shop_settings(sources={"till": till, "web": web}), folder=folder)


def written(drawn: Orders, folder: Path, lines: int | None = None) -> list[tuple[str, str, int | None]]:
    """Write the drawn rows as files of the two sources; give source, period and broken rule of each row.

    ``lines`` cuts the files short.
    """
    rows: dict[str, list[dict[str, str]]] = {"till": [], "web": []}
    planted = []
    for number, (source, period, broken, times) in enumerate(drawn):
        row = {"customer": "7", "order": str(number), "at": DAYS[period], "product": "p1"}
        row |= {"quantity": "2", "price": "9.50"} | (BAD[broken] if broken is not None else {})
        rows[source] += [row] * times
        accounted = PERIODS[0] if broken is not None and "at" in BAD[broken] else period
        planted += [(source, accounted, broken)] * times
    for source, name in (("till", "orders.csv"), ("web", "web.csv")):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows[source][:lines])
    return planted


@few
@given(drawn=orders)
def test_every_row_of_the_files_is_kept_dropped_or_set_aside(
    engine: Engine, shop: Project, drawn: Orders
) -> None:
    planted = written(drawn, shop.folder)
    raw = {
        name: engine.from_arrow(collect(engine, shop, name, PERIODS, None, NOW).to_pyarrow())
        for name in shop.sources
    }
    entity = ENTITIES["orders"]
    cleaned = clean(entity, raw, shop, KEY)
    kept = cast(cleaned.kept.to_pyarrow(), entity.clean.schema)
    aside = cast(cleaned.set_aside.to_pyarrow(), set_aside("orders").schema)
    tables = ({"orders": engine.from_arrow(kept)}, {"orders": engine.from_arrow(aside)})
    accounts = row_accounts(shop, raw, *tables, PERIODS).to_pyarrow().to_pylist()

    # What was planted is counted here, so that the accounts cannot agree by losing the same row twice.
    read = Counter((source, period) for source, period, _ in planted)
    bad = Counter((source, period) for source, period, broken in planted if broken is not None)
    doubled: Counter[tuple[str, str]] = Counter()
    for source, period, broken, times in drawn:
        if source == "till" and broken is None:
            doubled[source, period] += times - 1
    assert {(one["source"], one["period"]) for one in accounts} == {
        (source, period) for source in shop.sources for period in PERIODS
    }
    for one in accounts:
        key = one["source"], one["period"]
        assert one["rows_read_count"] == read[key]
        assert one["rows_quarantined_count"] == bad[key]
        assert one["duplicates_dropped_count"] == doubled[key]
        assert one["rows_kept_count"] == read[key] - bad[key] - doubled[key]

    reasons: list[dict[str, Any]] = aside.to_pylist()
    assert all(one["rule"] and one["expected"] and one["raw_row"] for one in reasons)
    places = [(one["source"], one["file"], one["row"]) for one in reasons]
    assert len(places) == len(set(places)), "a row is set aside once"


@few
@given(drawn=orders, seen=st.integers(1, 10))
@example(drawn=[("till", "2024-01", None, 3)], seen=1)
def test_rows_collected_in_two_goes_are_accounted_once(
    engine: Engine, shop: Project, drawn: Orders, seen: int
) -> None:
    written(drawn, shop.folder, lines=seen)
    first = engine.from_arrow(collect(engine, shop, "till", PERIODS, None, NOW).to_pyarrow())
    planted = written(drawn, shop.folder)
    both = collect(engine, shop, "till", PERIODS, first, NOW).to_pyarrow()
    expected = Counter(period for source, period, _ in planted if source == "till")
    assert Counter(both["period"].to_pylist()) == expected
