"""Rows land in the period of their event time; collected rows stay; only new content is added."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.collect import changes, collect, summary
from pipeline.engine import Engine, Lake
from pipeline.engine.values import held
from pipeline.engine.writing import write_partitions
from pipeline.errors import InputError
from tests.conftest import shop_settings

HEADER = "customer,order,at,product,quantity,price\n"
PERIODS = ["2024-01", "2024-02", "2024-03"]
FIRST, LATER = datetime(2024, 4, 2, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)


def write_orders(folder: Path, times: list[str]) -> None:
    lines = [f"7,A{number},{at},P1,1,9.5" for number, at in enumerate(times)]
    (folder / "orders.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines))


def orders_by_period(table: Any) -> dict[str, list[str]]:
    rows = table.order_by("order").to_pyarrow().to_pylist()
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["period"], []).append(row["order"])
    return found


def test_rows_fall_into_the_period_of_their_local_time(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    write_orders(
        tmp_path,
        [
            "2024-01-31 23:30:00",
            "2024-01-31T23:30:00Z",
            "2024-02-01 00:00:00",
            "2023-12-31",
            "2024-04-01",
            "2024-03-31T23:30:00-05:00",
        ],
    )
    project = write_project(time_zone="Europe/Berlin")

    found = collect(engine, project, "till", PERIODS, None, FIRST)

    assert found.columns[:5] == ("period", "_collected_at", "_source", "_file", "_row")
    # A1 is 00:30 on 1 February in Berlin; A3 is before, A4 and A5 after the periods
    assert orders_by_period(found) == {"2024-01": ["A0"], "2024-02": ["A1", "A2"]}


def test_the_zone_of_a_source_is_that_of_its_timestamps(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    write_orders(tmp_path, ["2024-02-01 03:00:00"])
    sources = shop_settings()["sources"]
    sources["till"]["time_zone"] = "UTC"

    found = collect(
        engine, write_project(time_zone="America/New_York", sources=sources), "till", PERIODS, None, FIRST
    )

    assert orders_by_period(found) == {"2024-01": ["A0"]}


def test_weeks(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    write_orders(tmp_path, ["2024-01-07", "2024-01-08"])
    project = write_project(period="week", first_period="2024-W01-1", last_period="2024-W02-1")

    found = collect(engine, project, "till", ["2024-W01-1", "2024-W02-1"], None, FIRST)

    assert orders_by_period(found) == {"2024-W01-1": ["A0"], "2024-W02-1": ["A1"]}


BAD_TIMES = ["", "soon", "9999-01-01", "1899-12-31", "2024-04-04", "2024-02-30"]


def test_rows_without_usable_time_belong_to_the_first_period(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    write_orders(tmp_path, [*BAD_TIMES, "2024-02-10"])
    project = write_project()

    assert orders_by_period(collect(engine, project, "till", PERIODS, None, FIRST)) == {
        "2024-01": [f"A{at}" for at in range(len(BAD_TIMES))],
        "2024-02": ["A6"],
    }
    assert orders_by_period(collect(engine, project, "till", ["2024-02"], None, FIRST)) == {"2024-02": ["A6"]}


def test_one_by_one_is_the_same_as_all_at_once(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    write_orders(tmp_path, ["2024-01-05", "2024-02-05", "x", "2024-03-05", "2024-03-06"])
    project = write_project()

    together = orders_by_period(collect(engine, project, "till", PERIODS, None, FIRST))
    single: dict[str, list[str]] = {}
    for period in PERIODS:
        single |= orders_by_period(collect(engine, project, "till", [period], None, FIRST))

    assert single == together


def test_only_new_content_is_added_and_old_rows_keep_their_collection(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    project = write_project()
    write_orders(tmp_path, ["2024-01-05", "2024-01-06"])
    before = held(collect(engine, project, "till", PERIODS, None, FIRST))
    (tmp_path / "orders.csv").write_text(
        HEADER
        + "7,LATE,2024-01-04,P1,1,9.5\n"  # late, and moves every other row down
        + "7,A0,2024-01-05,P1,1,9.5\n" * 3  # collected once: two more now
        + "7,A1,2024-01-06,P1,1,9.90\n"  # corrected: another content
    )

    after = collect(engine, project, "till", PERIODS, before, LATER)

    rows = after.to_pyarrow().to_pylist()
    assert Counter((row["order"], row["price"], row["_collected_at"] > FIRST) for row in rows) == {
        ("A0", "9.5", False): 1,
        ("A1", "9.5", False): 1,
        ("LATE", "9.5", True): 1,
        ("A0", "9.5", True): 2,
        ("A1", "9.90", True): 1,
    }
    again = collect(engine, project, "till", PERIODS, held(after), LATER)
    assert again.count().execute() == len(rows)


def test_periods_as_they_were_a_corrected_one_and_a_new_one_side_by_side(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    project = write_project()
    write_orders(tmp_path, ["2024-01-05", "2024-01-05", "2024-02-05", "2024-02-06"])
    before = held(collect(engine, project, "till", PERIODS[:2], None, FIRST))
    write_orders(tmp_path, ["2024-01-05", "2024-01-05", "2024-02-05", "2024-02-07", "2024-03-05"])

    found = changes(engine, project, "till", PERIODS, before, LATER)

    assert orders_by_period(found.added) == {"2024-02": ["A3"], "2024-03": ["A4"]}
    assert found.periods() == ["2024-02", "2024-03"]


def test_lost_and_retyped_columns_are_an_error_that_shows_both(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    project = write_project()
    write_orders(tmp_path, ["2024-01-05"])
    before = held(collect(engine, project, "till", PERIODS, None, FIRST))
    lost = before.drop("price").mutate(note=ibis.literal("x"))
    with pytest.raises(
        InputError,
        match=r"source till: its columns have changed; collected before: note \(string\); now: price",
    ):
        collect(engine, project, "till", PERIODS, held(lost), LATER)


def test_a_new_column_is_noted_and_makes_no_row_new(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    project = write_project()
    write_orders(tmp_path, ["2024-01-05"])
    before = held(collect(engine, project, "till", PERIODS, None, FIRST))
    head, *lines = (tmp_path / "orders.csv").read_text().splitlines()
    more = [f"{number},{line}" for number, line in enumerate([*lines, lines[-1].replace("A0", "A9")])]
    (tmp_path / "orders.csv").write_text("\n".join([f"note,{head}", *more]) + "\n")

    found = changes(engine, project, "till", PERIODS, before, LATER)
    assert found.new_columns == ("note",)
    assert "note" not in found.added.columns
    assert [row["order"] for row in found.added.to_pyarrow().to_pylist()] == ["A9"]


def profiles(created: str | None) -> dict[str, Any]:
    columns = {"source_account_id": "id", "city": "city", "email": "mail"} | (
        {"created_at": created} if created else {}
    )
    return {
        "crm": {
            "entity": "profiles",
            "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
            "columns": columns,
        }
    }


@pytest.mark.parametrize(
    ("created", "expected"),
    [(None, {"2024-01": 3, "2024-02": 3}), ("since", {"2024-01": 2, "2024-02": 3})],
)
def test_snapshots_go_to_every_period_that_ends_after_their_creation(
    created: str | None, expected: dict[str, int], engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "crm.csv").write_text(
        "id,city,mail,since\n1,Bonn,a@example.org,2020-05-05\n2,Kiel,b@example.org,2024-02-01\n3,Ulm,,unknown\n"
    )
    project = write_project(sources=profiles(created))

    found = collect(engine, project, "crm", ["2024-01", "2024-02"], None, FIRST)

    assert Counter(found["period"].to_pyarrow().to_pylist()) == expected


def test_the_summary_counts_and_masks(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    write_orders(tmp_path, ["2023-12-31", "2024-01-01", "2024-03-31 23:59:59", "2024-04-01", "soon"])

    found = summary(engine, write_project(), "till", FIRST)

    assert (found.rows, found.rows_before, found.rows_inside, found.rows_after, found.rows_without_time) == (
        5,
        1,
        2,
        1,
        1,
    )
    assert found.columns == dict.fromkeys(HEADER.strip().split(","), "string")
    assert found.sample[0] == {
        "source_account_id": "***",
        "order_id": "A0",
        "ordered_at": "2023-12-31",
        "product_id": "P1",
        "quantity": "1",
        "unit_price_amount": "9.5",
    }


def test_the_summary_never_shows_identifiers(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text("id,city,mail\n1,Bonn,ann@example.org\n2,Kiel,\n")

    found = summary(engine, write_project(sources=profiles(None)), "crm", FIRST)

    assert [one["email"] for one in found.sample] == ["***", None]
    assert "example.org" not in repr(found)


def test_types_survive_the_raw_zone(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    """What was written and read back is recognised: nothing is collected twice."""
    at = [datetime(2024, 1, 5, 1, 2, 3, 4), datetime(2024, 2, 5), None]
    columns = {
        "customer": pa.array([1, 2, None], pa.int32()),
        "order": pa.array(["a", "b", "c"], pa.large_string()),
        "at": pa.array(at, pa.timestamp("ns")),
        "product": pa.array([b"x", None, b"\xff"], pa.binary()),
        "quantity": pa.array([1, None, 2], pa.uint64()),
        "price": pa.array(["1.50", None, "2.00"]).cast(pa.decimal128(12, 2)),
        "single": pa.array([0.1, None, float("nan")], pa.float32()),
        "seen": pa.array(
            [one and one.replace(microsecond=0) for one in at], pa.timestamp("ms", tz="Asia/Tokyo")
        ),
        "day": pa.array([one and one.date() for one in at], pa.date32()),
        "open": pa.array([True, None, False]),
        "tags": pa.array([["a", "b"], None, []]),
        "kind": pa.array(["x", "y", None]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), tmp_path / "orders.parquet")
    sources = shop_settings()["sources"]
    sources["till"]["connector"] = {"kind": "file", "format": "parquet", "path": "orders.parquet"}
    project = write_project(sources=sources)
    lake = Lake(tmp_path / "lake")
    collected = collect(engine, project, "till", PERIODS, None, FIRST)
    schema = pa.schema([one for one in collected.schema().to_pyarrow() if one.name != "period"])
    paths = {period: lake.file("raw/till", period) for period in PERIODS}
    write_partitions(engine.batches(collected.order_by("period")), schema, paths)

    again = collect(engine, project, "till", PERIODS, engine.read_any(list(paths.values())), LATER)

    assert [row["_collected_at"] for row in again.to_pyarrow().to_pylist()] == [FIRST] * 3
