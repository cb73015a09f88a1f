"""A company whose sources say what they mean, from a file, a database and JSON lines to the publication."""

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest
from pipeline.settings import load_project
from tests.company import order_lines

pytestmark = pytest.mark.slow

MONTHS, CUSTOMERS = 3, 60
LANDS = ("fr", "de", "it")
SETTINGS = """
project: company
title: A company that says what it means
currency: EUR
time_zone: Europe/Paris
first_period: "2024-01"
last_period: "2024-03"
sources:
  till:                                     # a database: orders, and the country of who bought
    connector: {kind: sql, url: "sqlite:///till.db", query: "SELECT * FROM lines"}
    account_space: shop
    where: customer <> 'test'
    compute:
      number: CAST(CAST(customer AS integer) AS text)        # 17.0 -> 17
      branch: upper(left(receipt, 1))
    lookups:
      - table: {S: store, W: web}
        match: {branch: letter}
        columns: [channel]
    gives:
      orders:
        where: CAST(quantity AS number) > 0
        columns:
          source_account_id: number
          order_id: receipt
          ordered_at: at
          product_id: product
          quantity: quantity
          unit_price_amount: {expression: "round(cents / 100, 2)"}
          channel: channel
      profiles:
        where: land IS NOT NULL
        latest_by: at
        columns:
          source_account_id: number
          country: {expression: "upper(land)"}
  members:                                  # a file
    entity: profiles
    account_space: shop
    priority: 1
    connector: {kind: file, format: csv, path: members.csv}
    where: [member = 'yes', staff IS NULL OR staff <> 'yes']
    columns:
      source_account_id: {expression: "replace(id, 'K-', '')"}
      gender: {column: sex, values: {f: female, m: male}}
  site:                                     # JSON lines
    entity: web_visits
    account_space: shop
    connector: {kind: file, format: jsonl, path: visits.jsonl}
    where: NOT bot
    columns:
      source_account_id: {expression: "CAST(who AS text)"}
      started_at: at
      pages_count: {expression: "CASE WHEN pages > 100 THEN 100 ELSE pages END"}
segments: {warm_up_periods: 2, refit_every_periods: 2, schemes: [purchase_frequency, recent_trend]}
drift: {min_customers: 50}
identity: {secret: "${SEGMENTS_TEST_SECRET}"}
engine: {threads: 2, memory_limit: 1GB}
"""


def write(folder: Path) -> dict[str, Counter[str]]:
    """The company; by source, how many rows stand there and how many of them are left out."""
    lines = [one for one in order_lines(CUSTOMERS, MONTHS) if one["at"] < "2024-03-31"]
    rows = [
        (
            "test" if at % 17 == 0 else f"{one['customer'][1:]}.0",
            ("s" if at % 2 else "w") + one["order"],
            one["at"],
            one["product"],
            "-1" if at % 11 == 0 else one["quantity"],
            round(float(one["price"]) * 100),
            None if at % 5 == 0 else LANDS[int(one["customer"][1:]) % 3],
        )
        for at, one in enumerate(lines)
    ]
    with sqlite3.connect(folder / "till.db") as database:
        database.execute("CREATE TABLE lines (customer, receipt, at, product, quantity, cents, land)")
        database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    members = [
        (f"K-{at}", "mf"[at % 2], "no" if at % 4 == 0 else "yes", "yes" if at == 1 else "")
        for at in range(CUSTOMERS)
    ]
    (folder / "members.csv").write_text(
        "id,sex,member,staff\n" + "".join(f"{','.join(one)}\n" for one in members), encoding="utf-8"
    )
    visits = [
        {"who": at % CUSTOMERS, "at": one["at"], "pages": at, "bot": at % 3 == 0}
        for at, one in enumerate(lines)
    ]
    (folder / "visits.jsonl").write_text("".join(json.dumps(one) + "\n" for one in visits), encoding="utf-8")
    (folder / "project.yaml").write_text(SETTINGS, encoding="utf-8")
    return {
        "till_orders": Counter(read=len(rows), out=sum(one[0] == "test" or one[4] == "-1" for one in rows)),
        "till_profiles": Counter(read=len(rows), out=sum(one[0] == "test" or one[6] is None for one in rows)),
        "members": Counter(read=len(members), out=sum(one[2] == "no" or one[3] == "yes" for one in members)),
        "site": Counter(read=len(visits), out=sum(one["bot"] is True for one in visits)),
    }


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        ds.dataset(folder / "lake" / name, partitioning="hive", exclude_invalid_files=True)
        .to_table()
        .to_pylist()
    )
    return found


def test_sources_of_every_kind_say_what_they_mean(tmp_path: Path) -> None:
    planted = write(tmp_path)
    done = CliRunner().invoke(app, ["run", "--project", str(tmp_path)])
    assert done.exit_code == 0, done.output

    manifest = read_manifest(Lake(tmp_path / "lake"))
    assert manifest is not None
    readings = {one.source: one for one in manifest.readings}
    assert {
        name: Counter(read=one.rows_read_count, out=one.rows_left_out_count) for name, one in readings.items()
    } == planted
    shown = CliRunner().invoke(app, ["show", "rows", "--json", "--project", str(tmp_path)])
    told = {one["source"]: one["rows_left_out_count"] for one in json.loads(shown.stdout)}
    assert told == {name: one["out"] for name, one in planted.items()}

    # an account is one whatever the source calls it: 17.0, K-17, 17
    accounts = {one["account_id"] for one in table(tmp_path, "clean/orders")}
    profiles = table(tmp_path, "clean/profiles")
    assert len(accounts) <= CUSTOMERS
    assert {one["account_id"] for one in profiles if one["source"] == "till_profiles"} <= accounts
    assert {one["channel"] for one in table(tmp_path, "clean/orders")} == {"store", "web"}
    assert {one["country"] for one in profiles if one["source"] == "till_profiles"} == {"FR", "DE", "IT"}
    assert max(one["pages_count"] for one in table(tmp_path, "clean/web_visits")) == 100
    assert not table(tmp_path, "quarantine/orders")

    # one row an account and period, not one a line of an order
    raw = table(tmp_path, "raw/till_profiles")
    assert len(raw) == len({(one["period"], one["number"]) for one in raw}) <= CUSTOMERS * MONTHS

    again = CliRunner().invoke(app, ["run", "--project", str(tmp_path)])
    assert "Nothing to do" in again.output

    text = (tmp_path / "project.yaml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text.replace("NOT bot", "NOT bot AND pages > 5"))
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    status = CliRunner().invoke(app, ["status", "--json", "--project", str(tmp_path)])
    states = {one["source"]: one["state"] for one in json.loads(status.stdout)["sources"]}
    assert states.pop("site") != "collected"
    assert set(states.values()) == {"collected"}
    assert load_project(tmp_path).sources["site"].where[0].text == "NOT bot AND pages > 5"
