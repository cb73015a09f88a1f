"""Writing a company: equal bytes for equal plans, sources as of a period, truth apart."""

import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import InputError
from pipeline.settings import load_project
from pipeline.simulate import Plan, simulate
from pipeline.tables.entities import ENTITIES
from tests.unit.simulate.conftest import PLAN


def _files(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


def test_the_company_has_every_entity_and_the_settings_are_good(company: Path):
    assert load_project(company / "company").entities == set(ENTITIES)


def test_equal_plans_write_equal_bytes_and_other_seeds_others(company: Path, tmp_path: Path):
    simulate(tmp_path / "again", PLAN, tmp_path / "truth")
    assert _files(tmp_path / "again") == _files(company / "company")
    assert _files(tmp_path / "truth") == _files(company / "truth")
    simulate(tmp_path / "other", Plan(PLAN.customers, PLAN.periods, seed=12))
    assert (
        _files(tmp_path / "other")["shop/orders_2024-01.csv"]
        != _files(company / "company")["shop/orders_2024-01.csv"]
    )


def test_sources_grow_from_period_to_period_into_the_final_ones(company: Path, tmp_path: Path):
    """A period's export is written anew when its rows are corrected; later files do not exist yet."""
    simulate(tmp_path / "c", PLAN, as_of="2024-02")
    early = _files(tmp_path / "c")
    assert "shop/orders_2024-02.csv" in early
    assert "shop/orders_2024-03.csv" not in early
    simulate(tmp_path / "c", PLAN)
    late = _files(tmp_path / "c")
    assert late == _files(company / "company")
    assert late["shop/orders_2024-02.csv"] != early["shop/orders_2024-02.csv"]
    assert late["shop/orders_2024-01.csv"] == early["shop/orders_2024-01.csv"]


def test_the_truth_counts_every_row_of_every_source(company: Path):
    """Rows in the files, counted by hand, are those that the truth says are held at the end."""
    planted = pq.read_table(company / "truth" / "planted.parquet").to_pylist()

    def held(source: str) -> int:
        return sum(
            one["rows_count"] for one in planted if one["source"] == source and one["gone_period"] is None
        )

    folder = company / "company"
    lines = sum(len(one.read_text("gb18030").splitlines()) - 1 for one in folder.glob("mall/订单_*.csv"))
    assert lines == held("mall_orders")
    lines = sum(len(one.read_text().splitlines()) - 1 for one in folder.glob("shop/orders_*.csv"))
    assert lines == held("shop_orders")
    visits = sum(len(one.read_text().splitlines()) for one in folder.glob("app/visits_*.jsonl"))
    assert visits == held("app_visits")
    with sqlite3.connect(folder / "crm.db") as crm:
        for source, table in (("crm", "customers"), ("crm_leads", "leads"), ("crm_quotes", "quotes")):
            assert crm.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == held(source)


def test_the_truth_names_accounts_as_overrides_do_and_knows_no_id_of_the_pipeline(company: Path):
    """Ids are made with a secret that the truth does not know: the crosswalk leads from one to the other."""
    accounts = pq.read_table(company / "truth" / "accounts.parquet")
    cases = pq.read_table(company / "truth" / "identity_events.parquet").to_pylist()
    named = {f"{one['source']}/{one['source_account_id']}" for one in accounts.to_pylist()}
    assert {one for case in cases for one in case["accounts"]} <= named
    assert len(named) == accounts.num_rows
    assert "account_id" not in accounts.column_names
    project = load_project(company / "company")
    assert {one for case in project.identity.overrides for one in case.accounts} <= named


def test_truth_is_not_in_the_company(company: Path):
    text = b"".join(_files(company / "company").values())
    for word in (b"person1", b"loyal_premium", b"problem_returner", b"key_duplicate"):
        assert word not in text


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not simulated"):
        simulate(tmp_path, PLAN)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_arguments_that_make_no_company():
    with pytest.raises(InputError, match="--customers"):
        Plan(customers=3, periods=4, seed=1)
    with pytest.raises(InputError, match="--language"):
        Plan(customers=100, periods=4, seed=1, language="tlh")
    with pytest.raises(InputError, match="--as-of"):
        Plan(customers=100, periods=4, seed=1).number("2031-01")


def test_the_command_writes_the_company_and_its_truth_beside_it(tmp_path: Path):
    folder = tmp_path / "firm"
    words = [
        "simulate",
        str(folder),
        "--customers",
        "60",
        "--periods",
        "2",
        "--seed",
        "5",
        "--as-of",
        "2024-01",
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert load_project(folder).last_period == "2024-01"
    assert (tmp_path / "firm-truth" / "planted.parquet").is_file()
    assert CliRunner().invoke(app, ["simulate", str(folder), "--periods", "99"]).exit_code == 2
