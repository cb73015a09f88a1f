"""What sources mean: rows they want, columns they compute, small tables they look up."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.collect import changes, read_source, summary, with_added
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import Project
from tests.conftest import shop_settings

WriteProject = Callable[..., Project]
HEADER = "customer,order,at,product,quantity,price\n"
PERIODS = ["2024-01", "2024-02", "2024-03"]
NOW = datetime(2024, 4, 20, tzinfo=UTC)


def till(**changes: Any) -> dict[str, Any]:
    """The till of the shop with changes."""
    return {"sources": {"till": shop_settings()["sources"]["till"] | changes}}


def write(folder: Path, *lines: str) -> None:
    (folder / "orders.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines))


def orders(rows: Any) -> list[str]:
    return sorted(rows.to_pyarrow()["order"].to_pylist())


def column(rows: Any, name: str) -> list[Any]:
    return rows.order_by("_row").to_pyarrow()[name].to_pylist()


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("quantity > 0", ["A", "D"]),  # text of a CSV counts as a number; what is none is neither
        (["quantity > 0", "price < 5"], ["A"]),
        ("product LIKE 'P%' AND quantity IS NOT NULL", ["A", "B", "C"]),
        ("customer IN ('7', '8') OR product = 'Q1'", ["A", "B", "C", "D"]),
    ],
)
def test_only_rows_for_which_where_is_true_are_collected(
    where: Any, kept: list[str], engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    write(
        tmp_path,
        "7,A,2024-01-05,P1,1,2",
        "7,B,2024-01-05,P1,-1,2",
        "8,C,2024-01-05,P1,some,2",
        "9,D,2024-01-05,Q1,3,9",
        "9,E,2024-01-05,P2,,9",
    )
    found = changes(engine, write_project(**till(where=where)), "till", PERIODS, None, NOW)
    assert orders(found.added) == kept
    assert (found.reading.rows_read_count, found.reading.rows_left_out_count) == (5, 5 - len(kept))


times = st.datetimes(datetime(2023, 12, 25), datetime(2024, 4, 5))
lines = st.lists(st.tuples(times, st.sampled_from(["", "-2", "0", "3"])), min_size=1, max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=lines, keyed=st.booleans())
def test_law_every_row_is_in_a_period_or_outside_or_left_out(
    rows: list[tuple[datetime, str]],
    keyed: bool,
    engine: Engine,
    write_project: WriteProject,
    tmp_path: Path,
) -> None:
    write(tmp_path, *(f"7,A{at},{time:%Y-%m-%d %H:%M},P,{many},1" for at, (time, many) in enumerate(rows)))
    project = write_project(**till(where="quantity > 0", row_key=["order"] if keyed else []))
    found = changes(engine, project, "till", PERIODS, None, NOW)
    wanted = [time for time, many in rows if many == "3"]
    reading = found.reading
    assert reading.rows_left_out_count == len(rows) - len(wanted)
    assert reading.rows_before_first_count == sum(time < datetime(2024, 1, 1) for time in wanted)
    assert reading.rows_after_last_count == sum(time >= datetime(2024, 4, 1) for time in wanted)
    assert reading.rows_in_periods_count == found.added.count().execute()
    parts = ("in_periods", "before_first", "after_last", "left_out")
    explained = sum(getattr(reading, f"rows_{one}_count") for one in parts)
    assert reading.rows_read_count == len(rows) == explained


def test_a_corrected_row_that_is_wanted_no_more_is_withdrawn(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    project = write_project(**till(where="quantity > 0", row_key=["order"]))
    write(tmp_path, "7,A,2024-01-05,P1,1,2", "7,B,2024-01-06,P1,1,2", "7,C,2024-01-07,P1,-1,2")
    first = changes(engine, project, "till", PERIODS, None, NOW)
    known = engine.hold(with_added(None, first.added, PERIODS))
    assert orders(known) == ["A", "B"]
    write(tmp_path, "7,A,2024-01-05,P1,-1,2", "7,B,2024-01-06,P1,1,2", "7,C,2024-01-07,P1,1,2")
    again = changes(engine, project, "till", PERIODS, known, NOW + timedelta(days=1))
    rows = again.added.order_by("order").to_pyarrow().to_pylist()
    assert [(one["order"], one["quantity"], one["_withdraws_at"] is None) for one in rows] == [
        ("A", "1", False),
        ("C", "1", True),
    ]
    known = engine.hold(with_added(known, again.added, PERIODS))
    assert not changes(engine, project, "till", PERIODS, known, NOW + timedelta(days=2)).periods()


def test_an_older_version_does_not_stand_in_for_one_that_is_left_out(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    columns = shop_settings()["sources"]["till"]["columns"] | {"updated_at": "price"}
    project = write_project(**till(where="quantity > 0", row_key=["order"], columns=columns))
    write(tmp_path, "7,A,2024-01-05,P1,1,2024-01-05", "7,A,2024-01-05,P1,0,2024-01-06")
    found = changes(engine, project, "till", PERIODS, None, NOW).added.to_pyarrow().to_pylist()
    told = sorted((one["quantity"], one["_withdraws_at"] is None) for one in found)
    assert told == [("1", False), ("1", True)], "kept as a version, and withdrawn at once"


def test_computed_columns_serve_conditions_columns_keys_and_lookups(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    write(tmp_path, "7.0,A,2024-01-05,P1,2,30", "8.0,B,2024-02-05,P2,1,4", "9,C,2024-02-06,X9,1,4")
    columns = shop_settings()["sources"]["till"]["columns"] | {
        "source_account_id": "account",
        "net_amount": {"expression": "value * 1.5"},
        "channel": "name",
        "updated_at": {"expression": "CASE WHEN size = 'big' THEN add_days(CAST(at AS date), 1) END"},
    }
    source = till(
        columns=columns,
        compute={
            "value": "CAST(quantity AS number) * CAST(price AS number)",
            "account": "CAST(CAST(customer AS integer) AS text)",
            "size": "CASE WHEN value >= 10 THEN 'big' ELSE shop || '!' END",
            "kind": "upper(left(product, 1))",
        },
        lookups=[{"table": {"P": "web", "Q": "store"}, "match": {"kind": "letter"}, "columns": ["name"]},
                 {"table": [{"name": "web", "shop": "net"}], "match": {"name": "name"}, "columns": ["shop"]}],
        row_key=["account", "order"],
        where="name IS NOT NULL OR kind = 'X'",
    )  # fmt: skip
    project = write_project(**source)
    found = read_source(engine, project, "till")
    assert column(found, "account") == ["7", "8", "9"]
    assert column(found, "name") == ["web", "web", None]
    assert column(found, "size") == ["big", "net!", None]
    assert [float(one) for one in column(found, "=net_amount")] == [90, 6, 6]
    assert [str(one)[:10] for one in column(found, "=updated_at")] == ["2024-01-06", "None", "None"]
    assert changes(engine, project, "till", PERIODS, None, NOW).reading.rows_in_periods_count == 3


def test_codes_of_a_small_table_are_compared_as_codes(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    write(tmp_path, "7, 1 ,2024-01-05,P1,1,1", "7,1.0,2024-01-05,P1,1,1", "7,,2024-01-05,P1,1,1")
    lookup = {
        "table": [{"id": 1, "shelf": True, "depth": 2.5}, {"id": "2", "shelf": None, "depth": "x"}],
        "match": {"order": "id"},
        "columns": ["shelf", "depth"],
    }
    found = read_source(engine, write_project(**till(lookups=[lookup])), "till")
    assert column(found, "shelf") == ["true", "true", None]
    assert column(found, "depth") == ["2.5", "2.5", None]


def test_parquet_keeps_its_types_in_expressions(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    rows = {
        "customer": [7, 8], "order": ["A", "B"], "at": [datetime(2024, 1, 5), datetime(2024, 2, 5)],
        "product": ["1", "2"], "quantity": [1, 2], "price": [1.5, 2.5],
    }  # fmt: skip
    pq.write_table(pa.table(rows), tmp_path / "orders.parquet")
    connector = {"kind": "file", "format": "parquet", "path": "orders.parquet"}
    good = write_project(**till(connector=connector, where="at >= DATE '2024-02-01' AND price > 2"))
    assert orders(read_source(engine, good, "till")) == ["B"]
    with pytest.raises(InputError, match="key where"):
        read_source(engine, write_project(**till(connector=connector, where="product > 1")), "till")


WRONG: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"where": "quantty > 0"}, "key where", ["there is no column quantty", "did you mean quantity?"]),
    ({"where": ["quantity > 0", "prise > 0"]}, "key where.1", ["prise", "did you mean price?"]),
    ({"where": "upper(product)"}, "key where", ["gives text, and true or false belongs here"]),
    ({"compute": {"age": "days_between(birth, at)"}}, "key compute.age", ["there is no column birth"]),
    ({"compute": {"age": "upper(at) * 2"}}, "key compute.age", ["needs a number, and this is text"]),
    ({"compute": {"Price": "quantity"}}, "key compute.Price", ["a column Price of its own"]),
    (
        {"columns": shop_settings()["sources"]["till"]["columns"] | {"channel": {"expression": "chanel"}}},
        "key columns.channel",
        ["there is no column chanel"],
    ),
    ({"lookups": [{"table": {"1": "x"}, "match": {"order": "id"}, "columns": ["price"]}]},
     "lookup of source till", ["a column price of its own"]),
    ({"lookups": [{"table": {"1": "x"}, "match": {"b": "id"}, "columns": ["a"]},
                  {"table": {"1": "x"}, "match": {"order": "id"}, "columns": ["b"]}]},
     "lookup of source till", ["which only a later lookup gives"]),
    ({"lookups": [{"table": {"1": "x"}, "match": {"b": "id"}, "columns": ["a"]}],
      "compute": {"b": "a || 'x'"}},
     "key compute.b", ["unknown name"]),
    ({"latest_by": "at", "entity": "profiles", "columns": {"source_account_id": "client"}},
     "orders.csv", ["there is no column client"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "where", "said"), WRONG)
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_what_an_expression_says_of_columns_is_checked_against_those_there_are(
    change: dict[str, Any],
    where: str,
    said: list[str],
    format: str,
    engine: Engine,
    write_project: WriteProject,
    tmp_path: Path,
) -> None:
    write(tmp_path, "7,A,2024-01-05,P1,1,2")
    row = dict(zip(HEADER.strip().split(","), ("7", "A", "2024-01-05", "P1", 1, 2), strict=True))
    (tmp_path / "orders.jsonl").write_text(json.dumps(row) + "\n")
    connector = {"kind": "file", "format": format, "path": f"orders.{format}"}
    base = shop_settings()["sources"]
    project = write_project(
        sources={"till": base["till"] | {"connector": connector} | change, "other": base["till"]}
    )
    with pytest.raises(InputError) as caught:
        summary(engine, project, "till", NOW)
    assert where.replace("csv", format) in str(caught.value)
    assert all(one in caught.value.found for one in said), caught.value.found
    if "there is no column" in caught.value.found:
        assert "it has: " in caught.value.found
    elif "unknown name" in caught.value.found:
        assert "price" in caught.value.expected, "the columns there are"


def test_what_is_left_out_is_told_by_check(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    write(tmp_path, "7,A,2024-01-05,P1,1,2", "7,B,2024-01-05,P1,-1,2", "7,C,2024-05-05,P1,1,2")
    project = write_project(**till(where="quantity > 0"))
    found = summary(engine, project, "till", datetime(2024, 6, 1, tzinfo=UTC))
    assert (found.rows, found.rows_left_out, found.rows_inside, found.rows_after) == (3, 1, 1, 1)
    assert [one["order_id"] for one in found.sample] == ["A", "C"]


def test_of_a_state_with_keys_a_row_that_is_wanted_no_more_ends_in_the_last_period(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    crm = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "id"},
        "row_key": ["id"],
        "where": "active = 'yes'",
    }
    project = write_project(sources=shop_settings()["sources"] | {"crm": crm})
    (tmp_path / "crm.csv").write_text("id,active\n1,yes\n2,yes\n3,no\n")
    first = changes(engine, project, "crm", PERIODS, None, NOW)
    known = engine.hold(with_added(None, first.added, PERIODS))
    assert (first.reading.rows_in_periods_count, first.reading.rows_left_out_count) == (2, 1)
    (tmp_path / "crm.csv").write_text("id,active\n1,yes\n2,no\n3,no\n")
    again = changes(engine, project, "crm", PERIODS, known, NOW + timedelta(days=1))
    rows = again.added.to_pyarrow().to_pylist()
    assert [(one["period"], one["id"], one["_withdraws_at"] is None) for one in rows] == [
        ("2024-03", "2", False)
    ]
