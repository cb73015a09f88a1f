"""The first months of a real project, from its own YAML, against counts made beside the pipeline.

The other one is run whole by ``.ci/run``; the benchmark ``companies`` holds five against pandas.
"""

import os
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from assets.running import bring_up_to_date
from pipeline.settings import Project, load_project

DATA = Path(__file__).parents[2] / "data"

pytestmark = pytest.mark.real_data


def project_of(name: str, lake: Path, last: str) -> Project:
    """The project as it stands in ``data/``, up to ``last``, with a lake of the test's own."""
    project = load_project(DATA / name).model_copy(update={"lake": lake, "last_period": last})
    for source in project.sources.values():
        path = project.resolve(source.connector.path)  # type: ignore[union-attr]
        if not path.exists():
            assert os.environ.get("CI") != "true", f"{path.name} must be there in CI"
            pytest.skip(f"{path.name} is not on this machine")
    return project


def accounts(project: Project, source: str) -> dict[str, int]:
    """Row accounts of ``source`` over all published periods."""
    folder = project.lake_path / "published" / "data_quality"
    rows = [
        row
        for file in folder.rglob("*.parquet")
        for row in pq.read_table(file, partitioning=None).to_pylist()
    ]
    mine = [row for row in rows if row["source"] == source]
    return {name: sum(row[name] for row in mine) for name in mine[0] if name.endswith("_count")}


def counted(query: str) -> tuple[int, ...]:
    row = duckdb.sql(query).fetchone()
    assert row is not None
    return row


def test_online_retail_runs_from_its_yaml_alone(tmp_path: Path) -> None:
    project = project_of("online_retail", tmp_path / "lake", "2011-01")
    assert bring_up_to_date(project).published == ["2010-12", "2011-01"]
    file = project.resolve(project.sources["invoices"].connector.path)  # type: ignore[union-attr]
    window = f"FROM '{file}' WHERE InvoiceDate < TIMESTAMP '2011-02-01'"
    read, nobody = counted(f"SELECT count(*), count(*) FILTER (CustomerID IS NULL) {window}")
    (customers,) = counted(f"SELECT count(DISTINCT CustomerID) {window} AND CustomerID IS NOT NULL")
    found = accounts(project, "invoices")
    assert found["rows_read_count"] == read
    quarantine = str(project.lake_path / "quarantine" / "orders" / "*" / "*.parquet")
    (missing,) = counted(f"SELECT count(*) FROM '{quarantine}' WHERE rule = 'account_missing'")
    assert missing == nobody
    segments = str(project.lake_path / "published" / "customer_segments" / "2011-01.parquet")
    assert counted(f"SELECT count(*) FROM '{segments}'") == (customers,)
