"""L1: every row of every source is kept, a duplicate, or quarantined with a reason."""

import json

import pyarrow.dataset as ds
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project
from tests.integration.conftest import Company


def table(project: Project, name: str) -> list[dict[str, object]]:
    return ds.dataset(project.lake_path / name, partitioning="hive").to_table().to_pylist()


def test_rows_found_equal_rows_planted(company: Company) -> None:
    project, planted = company.project, company.planted
    accounts = [one for one in table(project, "clean/row_accounts") if one["source"] == "till"]
    total = {
        name: sum(int(str(one[name])) for one in accounts) for name in accounts[0] if name.endswith("_count")
    }
    assert total["duplicates_dropped_count"] == planted.duplicates
    assert total["rows_quarantined_count"] == planted.bad["bad"]
    explained = total["rows_kept_count"] + total["duplicates_dropped_count"] + total["rows_quarantined_count"]
    assert total["rows_read_count"] == explained
    in_periods = planted.lines - sum(1 for _ in _after(project))
    assert total["rows_read_count"] == in_periods


def test_rows_in_no_period_are_published_and_shown(company: Company) -> None:
    manifest = read_manifest(Lake(company.project.lake_path))
    assert manifest is not None
    assert {one.source for one in manifest.readings} == set(company.project.sources)
    till = next(one for one in manifest.readings if one.source == "till")
    after = len(_after(company.project))
    assert (till.reading, till.rows_read_count) == ("whole", company.planted.lines)
    assert (till.rows_before_first_count, till.rows_after_last_count) == (0, after)
    accounts = [one for one in table(company.project, "clean/row_accounts") if one["source"] == "till"]
    assert till.rows_in_periods_count == sum(int(str(one["rows_read_count"])) for one in accounts)
    shown = CliRunner().invoke(app, ["show", "rows", "--json", "--project", company.folder])
    rows = {one["source"]: one for one in json.loads(shown.stdout)}
    assert rows["till"]["rows_before_first_period_count"] == 0
    assert rows["till"]["rows_after_last_period_count"] == after


def _after(project: Project) -> list[str]:
    """Planted lines whose time lies after the last period: in no account of a period."""
    lines = (project.folder / "orders.csv").read_text(encoding="utf-8").splitlines()[1:]
    return [line for line in lines if "2024-03-31 22:00:00" <= line.split(",")[2] < "3000"]


def test_every_quarantined_row_has_its_reason(company: Company) -> None:
    project = company.project
    rows = [one for one in table(project, "quarantine/orders") if one["disposition"] == "quarantined"]
    rules = sorted(str(one["rule"]) for one in rows)
    assert rules == [
        "account_missing",
        "amount_unreadable",
        "price_negative",
        "quantity_zero",
        "time_implausible",
        "time_unreadable",
    ]
    assert all(one["expected"] and one["raw_row"] for one in rows)


def test_the_restricted_zone_is_closed_to_others(company: Company) -> None:
    project = company.project
    for zone in ("raw", "quarantine", "restricted"):
        assert (project.lake_path / zone).stat().st_mode & 0o077 == 0
