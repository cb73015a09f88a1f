"""What an analyst opens: every published table, in the tools of the trade, as documented."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.features import FEATURES
from pipeline.publish.contracts import published_tables
from pipeline.settings import BUILT_IN
from pipeline.tables.model import Table
from tests.integration.conftest import Company
from tests.lakes import history_differs

#: Schemes that every project has.
EVERYWHERE = {name: one for name, one in BUILT_IN.items() if not one.only_where_given}


def published_of(company: Company) -> Mapping[str, Table]:
    """Contracts of what the company publishes: with the schemes that its sources give, too."""
    return published_tables(company.project.every_scheme)


@pytest.mark.parametrize("name", published_tables(EVERYWHERE))
def test_a_published_table_opens_everywhere(company: Company, name: str) -> None:
    table = published_of(company)[name]
    folder = company.project.lake_path / "published" / table.name
    arrow = ds.dataset(folder, partitioning="hive").to_table()
    pandas = pd.read_parquet(folder)
    duck = duckdb.sql(f"SELECT * FROM '{folder}/*.parquet'")
    assert set(arrow.column_names) == set(pandas.columns) == set(duck.columns) == set(table.columns)
    assert arrow.num_rows == len(pandas) == len(duck)
    for field in table.schema:
        if field.name != "period":
            assert arrow.schema.field(field.name).type == field.type


def test_every_membership_of_every_period_follows_from_the_history(company: Company) -> None:
    assert history_differs(company.project.lake_path) == {
        "2024-01": 0,
        "2024-02": 0,
        "2024-03": 0,
    }


def test_every_column_is_in_the_dictionary(company: Company) -> None:
    published = company.project.lake_path / "published"
    dictionary = pq.read_table(published / "data_dictionary.parquet").to_pylist()
    columns = [one for one in dictionary if one["kind"] == "column"]
    documented = {(one["table"], one["column"]) for one in columns}
    tables = published_of(company)
    assert documented == {(name, column) for name, table in tables.items() for column in table.columns}
    assert [one["name"] for one in columns if not one["meaning"] or not one["meaning_zh"]] == []
    named = {one["name"]: one for one in dictionary if one["kind"] != "column"}
    assert named.keys() >= {*FEATURES, *EVERYWHERE, "loyalty:high"}
    assert [name for name, one in named.items() if not one["label"] or not one["label_zh"]] == []


def test_rows_reconcile_from_ledger_to_publication(company: Company) -> None:
    lake = company.project.lake_path
    (clean,) = duckdb.sql(f"SELECT count(*) FROM '{lake}/clean/orders/*/*.parquet'").fetchone() or (0,)
    (ledger,) = duckdb.sql(
        f"SELECT sum(lines_count + return_lines_count) FROM '{lake}/activity/orders/*/*.parquet'"
    ).fetchone() or (0,)
    kept = duckdb.sql(
        f"SELECT sum(rows_kept_count) FROM '{lake}/published/data_quality/*.parquet' WHERE source = 'till'"
    ).fetchone()
    assert clean == ledger == (kept or (0,))[0]
    populations = duckdb.sql(f"""
        SELECT count(DISTINCT n) FROM (
            SELECT scheme, sum(population_count) AS n FROM '{lake}/published/segment_flows/*.parquet'
            WHERE period = '2024-03' GROUP BY scheme
            UNION ALL
            SELECT 'wide', count(*) FROM '{lake}/published/customer_segments/*.parquet'
            WHERE period = '2024-03')
    """).fetchone()
    assert populations == (1,)


def test_the_dictionary_in_docs_is_current() -> None:
    from pipeline.publish.dictionary import dictionary_text

    docs = Path(__file__).parents[2] / "docs" / "data_dictionary.md"
    assert docs.read_text(encoding="utf-8") == dictionary_text(with_texts=True, with_actions=True), (
        "run make docs"
    )
