"""The example with figures of docs/population.md: each account is in or out as the page says."""

import re
from pathlib import Path

import pytest
import yaml

import pipeline
from pipeline.identity import customers, resolve, seen_accounts
from pipeline.ledgers import LEDGERS
from pipeline.settings import Project
from pipeline.tables.zones import ACCOUNT_LINKS
from tests.conftest import KEY, shop_settings
from tests.unit.ledgers.lines import at, profiles, rows_of

PAGE = (Path(pipeline.__file__).parents[1] / "docs" / "population.md").read_text(encoding="utf-8")
[SETTINGS] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
RULES = ("events", "profiles", "either")
#: Account: last order, created (both may be unknown), first and last month of the snapshots that list it.
PEOPLE = {
    "A": ("2024-11-03", None, "2022-01", "2024-12"),
    "B": (None, None, "2022-01", "2024-12"),
    "C": (None, "2024-05-02", "2022-01", "2024-12"),
    "D": (None, "2022-01-02", "2022-01", "2024-12"),
    "E": ("2024-11-03", None, None, None),
    "F": ("2023-06-05", None, "2022-01", "2023-07"),
}
CRM = {
    "entity": "profiles",
    "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
    "columns": {"source_account_id": "customer"},
}


def on_the_page(rule: str) -> tuple[set[str], int]:
    """Accounts that the table says are in, and the number that it gives."""
    rows = [[one.strip() for one in line.split("|")[1:-1]] for line in PAGE.splitlines() if "|" in line]
    header = next(row for row in rows if row[0] == "account")
    column = header.index(f"`{rule}`")
    told = {row[0][0]: row[column] for row in rows if re.match(r"[A-F] ", row[0])}
    assert set(told) == set(PEOPLE)
    [count] = [row[column] for row in rows if row[0] == "customers in the population"]
    return {one for one, text in told.items() if text.startswith("in")}, int(count)


@pytest.mark.parametrize("rule", RULES)
def test_the_table_is_true(engine, write_project, rule):
    project: Project = write_project(
        sources={**shop_settings()["sources"], "crm": CRM},
        first_period="2022-01",
        last_period="2024-12",
        **yaml.safe_load(SETTINGS) | {"population": rule},
    )
    links = register = None
    periods = project.calendar.between("2022-01", "2024-12")
    for period in periods:
        bought = [
            {"period": period, "account_id": f"a_{one}", "first_event_at": at(f"{day} 10:00"),
             "last_event_at": at(f"{day} 10:00")}
            for one, (day, *_) in PEOPLE.items() if day and day.startswith(period)
        ]  # fmt: skip
        ledger = rows_of(LEDGERS["orders"].table, bought)
        listed = [
            {"account_id": f"a_{one}", "created_at": at(f"{created} 00:00") if created else None}
            for one, (_, created, first, last) in PEOPLE.items()
            if first and first <= period <= last
        ]
        seen = seen_accounts(
            engine.from_arrow(rows_of(ACCOUNT_LINKS, [])) if links is None else links,
            [engine.from_arrow(ledger.select(["period", "account_id", "first_event_at", "last_event_at"]))],
            engine.from_arrow(profiles(*listed, period=period)),
            period,
            project,
        )
        found = resolve(seen, links, register, None, period, project, KEY)
        links, register = engine.from_arrow(found.links), engine.from_arrow(found.register)
    rows = customers(links, None, periods[-1], project).to_pyarrow().to_pylist()
    inside = {row["customer_id"].removeprefix("c_") for row in rows if row["is_in_population"]}
    assert (inside, len(inside)) == on_the_page(rule)


def test_the_rule_of_the_page_is_the_default(write_project):
    assert write_project(**yaml.safe_load(SETTINGS)).population_rule == write_project().population_rule
