"""Every way in which a source can be bad gives one clear error: where, what, expected, remedy."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.collect import read_source
from pipeline.engine import Engine
from pipeline.errors import InputError
from tests.conftest import shop_settings

HEADER = "customer,order,at,product,quantity,price\n"
ROW = "7,A1,2024-01-05,P1,1,9.50\n"


def project_with(write_project: Any, **connector: Any) -> Any:
    sources = shop_settings()["sources"]
    sources["till"]["connector"] |= connector
    return write_project(sources=sources)


def error_of(engine: Engine, project: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read_source(engine, project, "till")
    assert all((caught.value.where, caught.value.found, caught.value.expected, caught.value.remedy))
    return caught.value


CSV_CASES = {
    "empty file": (b"", "orders.csv", "0 bytes"),
    "duplicate header": (
        b"customer,order,at,product,quantity,price,Price\n",
        "orders.csv, header",
        "more than once",
    ),
    "unnamed column": (
        b"customer,order,at,product,quantity,price,\n",
        "orders.csv, header",
        "column 7 has no name",
    ),
    "renamed column": (
        HEADER.replace("price", "amount").encode(),
        "orders.csv",
        "no column price; it has: customer, order, at, product, quantity, amount",
    ),
    "too many fields": (
        (HEADER + ROW + "7,A1,2024-01-05,P1,1,9,50\n").encode(),
        "orders.csv, line 3",
        "7 fields",
    ),
    "too few fields": ((HEADER + ROW + ROW + "7,A1\n").encode(), "orders.csv, line 4", "2 fields"),
    "open quotes": (
        (HEADER + ROW + '7,"A1,2024-01-05,P1,1,9.50\n').encode(),
        "orders.csv, line 3",
        "quotes|fields",
    ),
    "wrong encoding": (
        (HEADER + ROW).encode() + "7,Ä1,2024-01-05,P1,1,9.50\n".encode("latin-1"),
        "orders.csv, line 3",
        "not utf-8",
    ),
    "wrong encoding of the header": (
        "größe,customer,order,at,product,quantity,price\n".encode("latin-1"),
        "orders.csv, line 1",
        "not utf-8",
    ),
}


@pytest.mark.parametrize("case", CSV_CASES)
def test_bad_csv_is_one_clear_error(case: str, engine: Engine, write_project: Any, tmp_path: Path) -> None:
    content, where, found = CSV_CASES[case]
    (tmp_path / "orders.csv").write_bytes(content)

    error = error_of(engine, write_project())

    assert error.where == where
    assert re.search(found, error.found)


def test_a_missing_file_names_the_path_of_the_settings(engine: Engine, write_project: Any) -> None:
    error = error_of(engine, write_project())

    assert error.where == "orders.csv"
    assert "no such file" in error.found


def test_a_glob_without_files_is_a_missing_file(engine: Engine, write_project: Any) -> None:
    error = error_of(engine, project_with(write_project, path="tills/*.csv"))

    assert (error.where, error.found) == ("tills/*.csv", "there is no such file")


@pytest.mark.parametrize("damage", ["cut off", "no Parquet at all", "a damaged page"])
def test_damaged_parquet_is_found_before_anything_is_read(
    damage: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    path = tmp_path / "orders.parquet"
    names = HEADER.strip().split(",")
    pq.write_table(
        pa.table({name: [f"{name} {at * 7919}" for at in range(5000)] for name in names}),
        path,
        use_dictionary=False,
    )
    whole = path.read_bytes()
    damaged = {
        "cut off": whole[:-100],
        "no Parquet at all": b"customer,order\n",
        "a damaged page": whole[:200] + b"\xff" * 4000 + whole[4200:],
    }
    path.write_bytes(damaged[damage])

    error = error_of(engine, project_with(write_project, format="parquet", path="orders.parquet"))

    assert error.where == "orders.parquet"
    assert "not whole" in error.found


JSON_CASES = {
    "a line cut off": (
        '{"customer": 1}\n\n{"customer": \n',
        "orders.jsonl, line 3",
        "cannot be read as JSON",
    ),
    "no object": ("[1, 2]\n", "orders.jsonl, line 1", "not a JSON object"),
    "a key twice": ('{"customer": 1, "customer": 2}\n', "orders.jsonl, line 1", "cannot be read as JSON"),
    "a renamed key": (
        '{"customer": 1, "order": 2}\n',
        "orders.jsonl",
        "no column at, price, product, quantity",
    ),
    "keys that differ in case": ('{"customer": 1}\n{"Customer": 1}\n', "orders.jsonl", "differ only in case"),
}


@pytest.mark.parametrize("case", JSON_CASES)
def test_bad_json_lines_are_one_clear_error(
    case: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    content, where, found = JSON_CASES[case]
    (tmp_path / "orders.jsonl").write_text(content)

    error = error_of(engine, project_with(write_project, format="jsonl", path="orders.jsonl"))

    assert error.where == where
    assert found in error.found


def test_wrong_encoding_of_json_lines_names_the_line(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.jsonl").write_bytes(b'{"a": 1}\n' + '{"a": "é"}\n'.encode("latin-1"))

    error = error_of(engine, project_with(write_project, format="jsonl", path="orders.jsonl"))

    assert error.where == "orders.jsonl, line 2"


def sql_project(write_project: Any, url: str, query: str) -> Any:
    sources = shop_settings()["sources"]
    sources["till"]["connector"] = {"kind": "sql", "url": url, "query": query}
    return write_project(sources=sources)


def test_a_database_that_cannot_be_reached_never_shows_its_url(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    error = error_of(
        engine, sql_project(write_project, f"sqlite:///{tmp_path}/no/folder/secret-name.db", "SELECT 1")
    )

    assert "cannot be reached" in error.found
    assert "secret-name" not in str(error)
    assert error.__cause__ is None


@pytest.mark.parametrize("url", ["not a url: hunter2", "nosuch://user:hunter2@host/db"])
def test_a_bad_url_is_not_shown(url: str, engine: Engine, write_project: Any) -> None:
    error = error_of(engine, sql_project(write_project, url, "SELECT 1"))

    assert "hunter2" not in str(error)


def test_a_missing_table_is_named(engine: Engine, write_project: Any) -> None:
    error = error_of(engine, sql_project(write_project, "sqlite://", "SELECT * FROM lines"))

    assert "no such table: lines" in error.found


def test_a_query_without_a_mapped_column_lists_what_it_gives(engine: Engine, write_project: Any) -> None:
    error = error_of(engine, sql_project(write_project, "sqlite://", "SELECT 1 AS customer"))

    assert "it has: customer" in error.found


def test_a_lookup_key_that_occurs_twice_is_an_error_without_the_key(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + ROW)
    (tmp_path / "stores.csv").write_text("id,store\nP1,North\nP1,South\n")
    sources = shop_settings()["sources"]
    sources["till"]["lookups"] = [
        {
            "connector": {"kind": "file", "format": "csv", "path": "stores.csv"},
            "match": {"product": "id"},
            "columns": ["store"],
        }
    ]

    error = error_of(engine, write_project(sources=sources))

    assert error.where == "lookup of source till, stores.csv"
    assert "1 keys (id) occur more than once" in error.found
    assert "P1" not in str(error)
