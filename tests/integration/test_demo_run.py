"""The demo company from its sources to the publication: identity against the truth, privacy, row accounts."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, expected_accounts, expected_rules, simulate
from tests.benchmarks.demo import found_accounts, found_rules, identity

DEMO = Path(__file__).parents[2] / "data" / "demo_company"
PLAN = Plan(customers=300, periods=4, seed=7)
RESTRICTED = ("raw", "quarantine", "restricted")
#: Shorter runs of digits stand in any number.
LEAST_DIGITS = 8


@dataclass(frozen=True)
class Demo:
    """The company's project, what is true of it, and all that the run printed."""

    project: Project
    truth: Path
    printed: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    simulate(folder / "again", PLAN, folder / "truth")
    shutil.copytree(DEMO, folder / "company", ignore=shutil.ignore_patterns("lake"))
    run = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "run", "--project", str(folder / "company")],
        capture_output=True,
        text=True,
        timeout=800,
        env={**os.environ, "DAGSTER_HOME": ""},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return Demo(load_project(folder / "company"), folder / "truth", run.stdout + run.stderr)


def rows(demo: Demo, table: str) -> list[dict[str, Any]]:
    paths = sorted((demo.project.lake_path / table).glob("period=*/part-0.parquet"))
    return [
        {"period": path.parent.name.removeprefix("period="), **row}
        for path in paths
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def test_every_row_is_accounted_for_and_equals_what_was_planted(demo: Demo) -> None:
    planted = pq.read_table(demo.truth / "planted.parquet").to_pylist()
    once = [PLAN.keys[-1]]
    assert found_rules(demo.project) == expected_rules(planted, PLAN.keys, once)
    expected = expected_accounts(planted, PLAN.keys, once)
    found = {key: one for key, one in found_accounts(demo.project).items() if any(one.values())}
    assert found == expected


def test_customers_are_persons(demo: Demo) -> None:
    """Bounds for so small a company; the benchmark has the figures of a large one."""
    quality = identity(demo.project, demo.truth, PLAN.keys[-1])
    assert quality["true_pairs"] > 450
    assert quality["precision"] >= 0.98
    assert quality["recall"] >= 0.94


def test_overrides_of_the_settings_become_events(demo: Demo) -> None:
    events = [one for one in rows(demo, "customers/events") if one["event_cause"] == "override"]
    assert {(one["period"], one["customer_event"]) for one in events} == {
        ("2024-04", "merged"),
        ("2024-04", "split"),
    }
    planted = {
        one["event"]: one["account_ids"]
        for one in pq.read_table(demo.truth / "identity_events.parquet").to_pylist()
    }
    customer_of = {
        (one["period"], one["account_id"]): one["customer_id"]
        for one in rows(demo, "customers/account_links")
    }
    for event, together_before in (("undone", True), ("same", False)):
        one, other = planted[event]
        assert (customer_of["2024-03", one] == customer_of["2024-03", other]) is together_before
        assert (customer_of["2024-04", one] == customer_of["2024-04", other]) is not together_before


def test_flows_say_who_left_by_a_merge_and_came_by_a_split(demo: Demo) -> None:
    flows = [one for one in rows(demo, "drift/flows") if one["period"] == "2024-04"]
    schemes = {one["scheme"] for one in flows}
    merged = sum(one["left_by_merge_count"] for one in flows) / len(schemes)
    split = sum(one["entered_by_split_count"] for one in flows) / len(schemes)
    published = rows(demo, "published/customer_events")
    ended = [one for one in published if (one["period"], one["customer_event"]) == ("2024-04", "merged")]
    assert 0 < merged <= len(ended)
    assert split <= 1
    moved = [one for one in rows(demo, "drift/moves") if one["cause"] == "identity"]
    assert all(one["identity_state"] != one["from_state"] for one in moved)


def test_no_identifier_leaves_the_restricted_zone(demo: Demo) -> None:
    """Law L6: every byte of tables, reports, logs and metadata, against all identifiers of all persons."""
    persons = pq.read_table(demo.truth / "persons.parquet").to_pylist()
    texts, digits = _identifiers(persons)
    assert len(texts) > 900
    assert len(digits) > 300
    inside, outside = _told(demo.project.lake_path)
    assert sum(one in inside for one in texts) > 300, "the restricted zone holds what is looked for"
    outside += demo.printed.lower()
    assert [one for one in texts if one in outside] == []
    assert [one for one in digits if one in outside] == []


def _identifiers(persons: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """Texts (small letters) and runs of digits that identify a person."""
    texts, digits = set(), set()
    for one in persons:
        texts.update(value.lower() for value in (*one["emails"], *one["addresses"]) if value)
        for given in filter(None, [one["given_name"]]):
            texts.update({f"{given} {one['family_name']}".lower(), f"{one['family_name']}, {given}".lower()})
        for number in (*one["phones"], one["national_id"]):
            found = re.sub(r"\D", "", number or "")[-9:]
            digits |= {found} if len(found) >= LEAST_DIGITS else set()
    return texts, digits


def _told(lake: Path) -> tuple[str, str]:
    """All text in files of the restricted zone, and of everything else: values, footers, raw bytes."""
    inside, outside = [], []
    for path in sorted(lake.rglob("*")):
        if path.is_file() and not path.is_symlink():
            zone = path.relative_to(lake).parts[0]
            (inside if zone in RESTRICTED else outside).append(_text(path))
    return "\n".join(inside), "\n".join(outside)


def _text(path: Path) -> str:
    if path.suffix != ".parquet":
        return path.read_bytes().decode("utf-8", "replace").lower()
    file = pq.ParquetFile(path)
    found = [json.dumps({str(k): str(v) for k, v in (file.metadata.metadata or {}).items()})]
    table = file.read()
    for name in table.column_names:
        if not pa.types.is_floating(table.schema.field(name).type):
            found += {str(one) for one in table[name].to_pylist() if one is not None}
    return "\n".join(found).lower()
