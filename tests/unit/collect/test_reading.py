"""A source as rows: values as they came, files and rows numbered, lookups joined."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.collect import fingerprint, read_source
from pipeline.engine import Engine
from tests.conftest import shop_settings

HEADER = "customer,order,at,product,quantity,price\n"


def sources_with(**connector: Any) -> dict[str, Any]:
    sources = shop_settings()["sources"]
    sources["till"]["connector"] = {"kind": "file", "format": "csv", "path": "orders.csv"} | connector
    return sources


def rows_of(engine: Engine, project: Any) -> list[dict[str, Any]]:
    return read_source(engine, project, "till").order_by("_file", "_row").to_pyarrow().to_pylist()


def test_csv_is_text_with_empty_fields_null(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        HEADER + '007,"A,1",2024-01-05,,1.50,"say ""hi"""\n8,"two\nlines",x,P2,,\n', encoding="utf-8-sig"
    )

    rows = rows_of(engine, write_project())

    assert rows == [
        {
            "_source": "till",
            "_file": "orders.csv",
            "_row": 1,
            "customer": "007",
            "order": "A,1",
            "at": "2024-01-05",
            "product": None,
            "quantity": "1.50",
            "price": 'say "hi"',
        },
        {
            "_source": "till",
            "_file": "orders.csv",
            "_row": 2,
            "customer": "8",
            "order": "two\nlines",
            "at": "x",
            "product": "P2",
            "quantity": None,
            "price": None,
        },
    ]


def test_a_header_alone_is_an_empty_source(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEADER)

    table = read_source(engine, write_project(), "till")

    assert table.count().execute() == 0
    assert table.columns[3:] == tuple(HEADER.strip().split(","))


def test_other_encodings_and_delimiters(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        HEADER.replace(",", ";") + "张伟;A1;2024-01-05;P1;1;9,5\n", encoding="gb18030"
    )

    rows = rows_of(engine, write_project(sources=sources_with(delimiter=";", encoding="gb18030")))

    assert (rows[0]["customer"], rows[0]["price"]) == ("张伟", "9,5")


def test_a_glob_reads_all_files_by_name_and_fills_missing_columns(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    for month, extra in (("01", ""), ("02", ",note")):
        (tmp_path / "tills" / month).mkdir(parents=True)
        (tmp_path / "tills" / month / "orders.csv").write_text(
            HEADER.strip() + extra + f"\n7,A{month},2024-{month}-05,P1,1,9" + (",gift\n" if extra else "\n")
        )

    rows = rows_of(engine, write_project(sources=sources_with(path="tills/*/orders.csv")))

    assert [(one["_file"], one["_row"], one["order"], one["note"]) for one in rows] == [
        ("01/orders.csv", 1, "A01", None),
        ("02/orders.csv", 1, "A02", "gift"),
    ]


def test_json_lines_keep_the_digits_of_numbers(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "orders.jsonl").write_text(
        '{"customer": 12345678901234567890, "order": "A1", "at": "2024-01-05", '
        '"product": null, "quantity": 1.10, "price": true}\n'
        "\n"
        '{"order": "A2", "at": "2024-01-06", "product": {"id": 1.5, "tags": ["é"]}, '
        '"quantity": 2, "price": 1e3, "more": 1}\n',
        encoding="utf-8",
    )

    rows = rows_of(engine, write_project(sources=sources_with(format="jsonl", path="orders.jsonl")))

    assert [one["_row"] for one in rows] == [1, 3]
    assert [rows[0][one] for one in ("customer", "quantity", "price", "product", "more")] == [
        "12345678901234567890",
        "1.10",
        "true",
        None,
        None,
    ]
    assert [rows[1][one] for one in ("customer", "product", "price", "more")] == [
        None,
        '{"id":1.5,"tags":["é"]}',
        "1e3",
        "1",
    ]


def test_parquet_keeps_its_own_types_and_nested_values_become_json(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    table = pa.table(
        {
            "customer": [1, 2],
            "order": ["a", "b"],
            "at": pa.array([datetime(2024, 1, 5), None], pa.timestamp("ns")),
            "product": [{"id": 1}, None],
            "quantity": [1.5, None],
            "price": pa.array(["1.20", None]).cast(pa.decimal128(10, 2)),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")

    found = read_source(
        engine, write_project(sources=sources_with(format="parquet", path="orders.parquet")), "till"
    )

    assert [str(found[one].type()) for one in ("customer", "quantity", "price")] == [
        "int64",
        "float64",
        "decimal(10, 2)",
    ]
    rows = found.order_by("_row").to_pyarrow().to_pylist()
    assert [(one["_row"], one["product"]) for one in rows] == [(1, '{"id":1}'), (2, None)]
    assert rows[0]["at"] == datetime(2024, 1, 5)


def test_a_query_gives_text_in_batches(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE lines (customer INTEGER, price NUMERIC)")
        database.executemany(
            "INSERT INTO lines VALUES (?, ?)", [(at, None if at % 2 else 1.5) for at in range(45_000)]
        )
    query = (
        "SELECT customer, 'A' AS \"order\", '2024-01-05' AS at, 'P' AS product, 1 AS quantity, price "
        "FROM lines ORDER BY customer"
    )
    sources = sources_with()
    sources["till"]["connector"] = {"kind": "sql", "url": f"sqlite:///{tmp_path}/shop.db", "query": query}
    project = write_project(sources=sources)

    table = read_source(engine, project, "till")

    assert table.count().execute() == 45_000
    last = table.filter(table["_row"] == 44_999).to_pyarrow().to_pylist()[0]
    assert (last["customer"], last["price"], last["quantity"], last["_file"]) == (
        "44998",
        "1.5",
        "1",
        "query",
    )
    before = fingerprint(project, "till")
    assert fingerprint(project, "till") == before
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("UPDATE lines SET price = 2 WHERE customer = 7")
    assert fingerprint(project, "till") != before


def test_lookups_add_columns_to_at_most_one_row_each(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(
        HEADER + "7,A1,2024-01-05,1,1,9\n7,A1,2024-01-05,2,1,9\n7,A1,2024-01-05,,1,9\n"
    )
    pq.write_table(
        pa.table({"id": [1, 3, None], "store": ["North", "South", "Nowhere"]}), tmp_path / "stores.parquet"
    )
    sources = sources_with()
    sources["till"]["lookups"] = [
        {
            "connector": {"kind": "file", "format": "parquet", "path": "stores.parquet"},
            "match": {"product": "id"},
            "columns": ["store"],
        }
    ]
    sources["till"]["columns"]["store_id"] = "store"

    rows = rows_of(engine, write_project(sources=sources))

    assert [one["store"] for one in rows] == ["North", None, None]


def test_a_column_called_like_a_reserved_one_is_kept_apart(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text("Period," + HEADER + "P9,7,A1,2024-01-05,1,1,9\n")

    rows = rows_of(engine, write_project())

    assert rows[0]["Period_"] == "P9"


def test_the_fingerprint_of_files_sees_changed_and_new_files(write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER)
    project = write_project(sources=sources_with(path="*.csv"))
    first = fingerprint(project, "till")

    assert fingerprint(project, "till") == first
    (tmp_path / "b.csv").write_text(HEADER)
    second = fingerprint(project, "till")
    (tmp_path / "a.csv").write_text(HEADER + "x")
    assert len({first, second, fingerprint(project, "till")}) == 3
