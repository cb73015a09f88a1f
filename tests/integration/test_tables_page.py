"""The lines of docs/tables.md open every published table: each tool by the very lines of the page."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.engine import Lake
from pipeline.publish.contracts import published_tables
from pipeline.publish.manifest import read_manifest
from pipeline.settings import BUILT_IN
from tests.integration.conftest import Company

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
TABLES = list(published_tables(BUILT_IN))
OPENED = "customer_segments"


def lines(heading: str) -> list[str]:
    """Blocks of code below a heading of the page, in their order."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [block for _, block in re.findall(r"```(\w+)\n(.*?)```", text, re.S)]


@pytest.fixture
def published(company: Company, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Rows of every table by name, with the lake as the current folder."""
    monkeypatch.chdir(company.project.lake_path)
    manifest = read_manifest(Lake(company.project.lake_path))
    assert manifest is not None
    assert set(manifest.tables) == set(TABLES)
    return {name: sum(one.rows for one in table.periods.values()) for name, table in manifest.tables.items()}


def run(code: str, names: dict[str, Any]) -> Any:
    exec(code, names)  # what the page shows, and nothing else
    return names


@pytest.fixture
def expected(published: dict[str, int]) -> list[tuple[str, str, float]]:
    """The question that the page asks of every tool, answered by DuckDB's exact quantile."""
    answer = duckdb.sql(
        "SELECT period, rfm_label, quantile_cont(net_amount_12p, 0.9)"
        " FROM 'published/customer_segments/*.parquet' WHERE period >= '2024-02' GROUP BY ALL"
    ).fetchall()
    assert len(answer) > 1
    return sorted((period, label, round(value, 6)) for period, label, value in answer)


def answered(rows: list[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    return sorted((period, label, round(value, 6)) for period, label, value in rows)


def test_the_page_names_every_table() -> None:
    named = re.findall(r"^\| (`.*?`) \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert sorted(re.findall(r"`(\w+)`", " ".join(named))) == sorted(TABLES)


def test_pandas(published: dict[str, int], expected: Any) -> None:
    opening, using = lines("pandas")
    for name, rows in published.items():
        table = run(opening.replace(OPENED, name), {})["table"]
        assert len(table) == rows
        assert not [one for one, kind in table.dtypes.items() if isinstance(kind, pd.CategoricalDtype)]
        assert table["period"].dtype == "str"
    names = run(opening + using, {})
    assert answered(list(names["answer"].itertuples(index=False))) == expected
    assert 0 < len(names["loyal"]) == len(names["now"]) / names["now"]["scheme"].nunique()


def test_duckdb(published: dict[str, int], expected: Any) -> None:
    opening, using = lines("DuckDB")
    with duckdb.connect() as database:
        for name, rows in published.items():
            database.execute(opening.replace(OPENED, name))
            assert database.execute(f"SELECT count(*) FROM {name}").fetchone() == (rows,)
            types = {one[1] for one in database.execute(f"DESCRIBE {name}").fetchall()}
            assert not [one for one in types if one.startswith(("DECIMAL", "ENUM", "U"))]
    with duckdb.connect() as database:
        assert answered(database.execute(opening + using).fetchall()) == expected


def test_polars(published: dict[str, int], expected: Any) -> None:
    pl = pytest.importorskip("polars", reason="polars is not installed")
    opening, using = lines("Polars")
    for name, rows in published.items():
        table = run(opening.replace(OPENED, name), {})["table"]
        assert table.height == rows
        assert table.schema["period"] == pl.String
    names = run(opening + using, {})
    assert answered(names["answer"].select("period", "rfm_label", "high").rows()) == expected
    assert 0 < names["loyal"].height == names["now"].height / names["now"]["scheme"].n_unique()


@pytest.fixture
def spark() -> Iterator[Any]:
    """A session of a reader, who knows nothing of this program. One that is open already is left as it is;
    what is opened here is closed, or the program's engine would take it for its own."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: make spark")
    was_open = sql.SparkSession.getActiveSession() is not None
    builder = sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    yield session
    if not was_open:
        session.stop()


def test_spark(published: dict[str, int], expected: Any, spark: Any) -> None:
    opening, using = lines("Spark")
    # Spark keeps the folder that it was started in: the page's folder is that of the lake
    opening, using = (one.replace('"published/', f'"{Path.cwd()}/published/') for one in (opening, using))
    for name, rows in published.items():
        table = run(opening.replace(OPENED, name), {"spark": spark})["table"]
        assert table.count() == rows
        assert dict(table.dtypes)["period"] == "string"
    names = run(opening + using, {"spark": spark})
    answer = [tuple(one) for one in names["answer"].select("period", "rfm_label", "high").collect()]
    assert answered(answer) == expected
    assert (
        0 < names["loyal"].count() == names["now"].count() / names["now"].select("scheme").distinct().count()
    )


def test_a_spreadsheet(
    published: dict[str, int], company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    to_csv, to_screen, to_workbook = lines("A spreadsheet")
    (tmp_path / "published").symlink_to(Path("published").resolve())
    monkeypatch.chdir(tmp_path)
    for name, rows in published.items():
        run(to_csv.replace(OPENED, name), {})
        with Path(f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            read = list(csv.DictReader(file))
        assert len(read) == rows
        assert not rows or read[0]["period"]
    run(to_workbook, {})
    book = pd.read_excel("segment_sizes.xlsx", engine="openpyxl")
    assert len(book) == published["segment_sizes"]
    question = re.search(r'segments sql "(.*?)" --csv', to_screen)
    assert question
    told = CliRunner().invoke(
        app, ["sql", question.group(1), "--csv", "--project", str(company.project.folder)]
    )
    assert told.exit_code == 0, told.output
    assert len(list(csv.DictReader(told.stdout.splitlines()))) == published["segment_sizes"]


def test_any_past_membership(published: dict[str, int]) -> None:
    (question,) = lines("Any past membership")
    told = set(duckdb.sql(question).fetchall())
    then = duckdb.sql(
        "SELECT customer_id, scheme, coalesce(segment_id, status)"
        " FROM 'published/segment_assignments/*.parquet' WHERE period = '2024-02'"
    ).fetchall()
    assert then
    assert told == set(then)
