"""Excluded customers are in no table, ledger or count but the accounts of rows.

A simulated company with every entity. Some persons are excluded by their CRM row, some by their numbers, some
by country from the second period on; whatever the lake holds beside what was read and set aside is searched
for their accounts, ids, numbers and e-mail addresses.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from assets.running import bring_up_to_date
from pipeline.collect import read_source
from pipeline.engine import open_engine
from pipeline.ids.accounts import account_id, account_space, source_account, source_account_text
from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, simulate
from pipeline.tables.entities import ENTITIES
from tests.conftest import KEY, SECRET_NAME
from tests.lakes import lake_rows

PLAN = Plan(customers=60, periods=2, seed=5)
FIRST, SECOND = PLAN.keys
#: Where rows may stand as they were read, and who is excluded.
READ = ("raw", "quarantine", "restricted/excluded_accounts", "restricted/excluded_identities")
#: Ids that ever lived are never forgotten (law L9), nor until when they were in a segment.
REGISTERS = ("customers/register", "/customer_register", "drift/ended_stays", "/customer_history")


@dataclass(frozen=True)
class Company:
    """The company after its run, and by account id who is excluded: since when, and how."""

    project: Project
    excluded: dict[str, dict[str, Any]]
    named: dict[str, tuple[str, str]]
    emails: dict[str, list[str]]

    def since(self, period: str) -> set[str]:
        """Accounts that are excluded since ``period``."""
        return {one for one, row in self.excluded.items() if row["excluded_from_period"] == period}


def rows(project: Project, table: str, period: str) -> list[dict[str, Any]]:
    return lake_rows(project.lake_path, table, period)


def busiest(project: Project) -> dict[str, set[str]]:
    """By account space, the number with most rows in each of its sources: no source is without theirs."""
    found: dict[str, set[str]] = defaultdict(set)
    with closing(open_engine(project)) as engine:
        for name, source in project.sources.items():
            if ENTITIES[source.entity].has_account:
                raw = read_source(engine, project, name)
                numbers = raw.select(number=source_account(raw, source)).to_pyarrow()["number"].to_pylist()
                counted = Counter(one for one in numbers if one is not None)
                most = min(counted, key=lambda one: (-counted[one], one))
                found[account_space(name, source)].add(most)
    return dict(found)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("excluded")
    simulate(folder / "company", PLAN, folder / "truth")
    accounts = pq.read_table(folder / "truth" / "accounts.parquet").to_pylist()
    planted = busiest(load_project(folder / "company"))
    in_crm = ", ".join(f"'{number}'" for number in sorted(planted.pop("crm")))
    settings = yaml.safe_load((folder / "company" / "project.yaml").read_text(encoding="utf-8"))
    # its overrides stay: father and son, who look like one customer, are kept apart by one
    settings["identity"] |= {"secret": f"${{{SECRET_NAME}}}"}
    settings["exclude"] = [
        {"name": "employees", "source": "crm", "where": f"customer_no IN ({in_crm})"},
        {"name": "test_accounts", "accounts": {space: sorted(some) for space, some in planted.items()}},
        {"name": "abroad", "entity": "profiles", "where": "country = 'FR'", "from_period": SECOND},
    ]
    (folder / "company" / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    project = load_project(folder / "company")
    assert bring_up_to_date(project).published == PLAN.keys
    persons = pq.read_table(folder / "truth" / "persons.parquet").to_pylist()
    cases = pq.read_table(folder / "truth" / "identity_events.parquet").to_pylist()
    # father and son: an account of the one was opened with the other's address
    mixed = {person for one in cases if one["event"] == "undone" for person in one["person_ids"]}
    emails = {one["person_id"]: [] if one["person_id"] in mixed else one["emails"] for one in persons}
    named = {
        account_id(KEY, project, one["source"], source_account_text(one["source_account_id"])): (
            one["source_account_id"],
            one["person_id"],
        )
        for one in accounts
    }
    excluded = {row["account_id"]: row for row in rows(project, "restricted/excluded_accounts", SECOND)}
    return Company(project, excluded, named, emails)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, at any nesting."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def files(project: Project, period: str) -> list[Path]:
    """Every table of ``period`` beside those of what was read."""
    inner = project.lake_path.glob(f"**/period={period}/**/*.parquet")
    found = sorted([*inner, *project.lake_path.glob(f"**/{period}*.parquet")])
    kept = [path for path in found if not _place(project, path).startswith(READ)]
    assert len({_place(project, path) for path in kept}) > 50
    return kept


def _place(project: Project, path: Path) -> str:
    return path.relative_to(project.lake_path).as_posix()


def told_of(company: Company, accounts: set[str]) -> set[str]:
    """All that could tell of ``accounts``: ids, the company's numbers, e-mail addresses."""
    people = {company.named[one][1] for one in accounts}
    everyone_else = {person for one, (_, person) in company.named.items() if one not in accounts}
    addresses = {text for one in people - everyone_else for text in company.emails[one]}
    shared = {text for one in company.emails if one not in people for text in company.emails[one]}
    ids = accounts | {one.replace("a_", "c_", 1) for one in accounts}
    return ids | {company.named[one][0] for one in accounts} | (addresses - shared)


@pytest.mark.slow
def test_exclusions_reach_whom_they_name_and_who_is_linked_to_them(company: Company) -> None:
    ways = {(row["exclusion"], row["exclusion_route"]) for row in company.excluded.values()}
    assert {("employees", "condition"), ("test_accounts", "listed"), ("abroad", "condition")} <= ways
    assert ("employees", "linked") in ways, "accounts of other spaces that belong to the same person"
    linked = [row for row in company.excluded.values() if row["exclusion_route"] == "linked"]
    for row in linked:
        mine, other = company.named[row["account_id"]], company.named[row["excluded_by_account_id"]]
        assert mine[1] == other[1], "nobody else is taken for them"
    assert {row["excluded_from_period"] for row in company.excluded.values()} == {FIRST, SECOND}
    assert all(
        row["excluded_from_period"] == SECOND
        for row in company.excluded.values()
        if row["exclusion"] == "abroad"
    )


@pytest.mark.slow
def test_every_entity_has_rows_of_theirs_which_are_set_aside_and_counted(company: Company) -> None:
    for name in sorted(company.project.entities):
        if not ENTITIES[name].has_account:
            continue
        aside = [row for period in PLAN.keys for row in rows(company.project, f"quarantine/{name}", period)]
        mine = [row for row in aside if row["disposition"] == "excluded"]
        assert mine, f"nobody is planted in {name}"
        assert {row["rule"] for row in mine} <= {"employees", "test_accounts", "abroad"}
    for period in PLAN.keys:
        for row in rows(company.project, "published/data_quality", period):
            assert row["rows_read_count"] == sum(
                row[one]
                for one in (
                    "rows_kept_count",
                    "duplicates_dropped_count",
                    "rows_withdrawn_count",
                    "rows_quarantined_count",
                    "rows_excluded_count",
                )
            )


@pytest.mark.slow
@pytest.mark.parametrize("period", PLAN.keys)
def test_nothing_that_tells_of_them_is_in_any_table(company: Company, period: str) -> None:
    accounts = company.since(FIRST) | (company.since(SECOND) if period == SECOND else set())
    hidden = told_of(company, accounts)
    late = {one.replace("a_", "c_", 1) for one in company.since(SECOND)} | company.since(SECOND)
    found: dict[str, set[str]] = defaultdict(set)
    for path in files(company.project, period):
        place = _place(company.project, path).split("/period=")[0].split(f"/{period}.")[0]
        for column in pq.read_table(path, partitioning=None).columns:
            found[place] |= hidden.intersection(texts(column.to_pylist()))
    for place in [one for one in found if one.endswith(REGISTERS)]:
        assert found.pop(place) <= late
    assert {place: some for place, some in found.items() if some} == {}


@pytest.mark.slow
def test_who_is_excluded_later_keeps_an_id_that_is_out_of_use(company: Company) -> None:
    before = {row["customer_id"]: row for row in rows(company.project, "customers/register", FIRST)}
    now = {row["customer_id"]: row for row in rows(company.project, "customers/register", SECOND)}
    gone = {key for key, row in now.items() if row["customer_status"] == "excluded"}
    assert gone, "some customers were known before they were excluded"
    assert gone <= before.keys()
    assert {now[one]["retired_period"] for one in gone} == {SECOND}
    links = {row["customer_id"] for row in rows(company.project, "customers/account_links", SECOND)}
    assert not links & gone
    assert links == {key for key, row in now.items() if row["customer_status"] == "live"}
    left = rows(company.project, "drift/flows", SECOND)
    [scheme] = {row["scheme"] for row in left if row["scheme"] == "loyalty"}
    assert sum(row["left_count"] for row in left if row["scheme"] == scheme) >= len(
        gone & {row["customer_id"] for row in rows(company.project, "published/customer_segments", FIRST)}
    )
