"""A company whose customers consent or do not, its exports, and what is expected of them.

What is expected is computed with pandas from the files of the lake, apart from the program.
"""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Project
from tests.company import write_company
from tests.lakes import lake_files

CUSTOMERS, FIRST, LAST = 60, "2024-01", "2024-03"
PASSWORD = "correct-horse"
#: Our numbers of the club: the first begins like a formula.
CLUB = {number: f"=M{number}" if number == 0 else f"M{number}" for number in range(0, CUSTOMERS, 3)}


def mail(number: int) -> str:
    return f"buyer{number}.zyx@example.com"


def person(number: int) -> tuple[str, str]:
    """Given and family name, unlike those of others."""
    letters = "bdfgklmnprstv"
    return (
        f"A{letters[number % 13]}o{letters[number // 13]}a",
        f"O{letters[number // 13]}i{letters[number % 13]}er",
    )


def decisions() -> list[tuple[str, str, str, str]]:
    """Account, time, purpose, decision: yes, withdrawn, granted again, never asked; nobody wants calls."""
    rows = []
    for number in range(CUSTOMERS):
        said = ((), ("yes",), ("yes", "no"), ("no", "yes"))[number % 4]
        rows += [
            (f"k{number}", f"2024-{place + 1:02d}-15 09:00:00", "newsletter", one)
            for place, one in enumerate(said)
        ]
        rows.append((f"k{number}", "2024-01-20 10:00:00", "calls", "no"))
    rows.append(("k0", "2024-01-21 10:00:00", "calls", "perhaps"))
    return rows


def write_sources(folder: Path) -> None:
    """E-mail addresses in the CRM, a club whose members are known by theirs, and consents."""
    write_company(folder, customers=CUSTOMERS, months=3)
    people = [
        {
            "customer": f"k{number}",
            "mail": mail(number),
            "given": person(number)[0],
            "family": person(number)[1],
        }
        for number in range(CUSTOMERS)
    ]
    (folder / "profiles.jsonl").write_text(
        "".join(json.dumps(one) + "\n" for one in people), encoding="utf-8"
    )
    for name, header, rows in (
        (
            "club",
            ("member", "mail", "given", "family"),
            [(own, mail(one), *person(one)) for one, own in CLUB.items()],
        ),
        (
            "visits",
            ("member", "at"),
            [(own, f"2024-0{one % 3 + 1}-11 08:00:00") for one, own in CLUB.items()],
        ),
        ("consents", ("customer", "at", "what", "said"), decisions()),
    ):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
    settings = yaml.safe_load((folder / "project.yaml").read_text(encoding="utf-8"))
    sources = settings["sources"]
    known = {"email": "mail", "given_name": "given", "family_name": "family"}
    sources["crm"]["columns"] = {"source_account_id": "customer", **known}
    sources["club"] = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "club.csv"},
        "columns": {"source_account_id": "member", **known},
    }
    sources["visits"] = {
        "entity": "web_visits",
        "account_space": "club",
        "connector": {"kind": "file", "format": "csv", "path": "visits.csv"},
        "columns": {"source_account_id": "member", "started_at": "at"},
    }
    sources["consents"] = {
        "entity": "consents",
        "account_space": "shop",
        "connector": {"kind": "file", "format": "csv", "path": "consents.csv"},
        "columns": {
            "source_account_id": "customer",
            "decided_at": "at",
            "purpose": "what",
            "is_granted": {"column": "said", "values": {"yes": "true", "no": "false"}},
        },
    }
    (folder / "project.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


def export(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", "--project", str(project.folder), *arguments])


def exported(project: Project, *arguments: str) -> dict[str, Any]:
    result = export(project, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


# --- what is expected, by pandas alone ---------------------------------------------------


def lake_table(project: Project, table: str, period: str | None = None) -> pd.DataFrame:
    found = lake_files(project.lake_path, table).items()
    return pd.concat(
        [
            pd.read_parquet(one, partitioning=None).assign(period=key)
            for key, one in found
            if period in (None, key)
        ]
    )


def customers_who_said_yes(project: Project, purpose: str) -> set[str]:
    said = lake_table(project, "clean/consents").query("purpose == @purpose")
    owner = lake_table(project, "restricted/crosswalk", LAST).set_index("account_id")["customer_id"]
    said = said.assign(customer=said["account_id"].map(owner)).sort_values("decided_at")
    last = said.groupby("customer")["is_granted"].last()
    return set(last[last].index)


def expected(
    project: Project, table: str, period: str, space: str, purpose: str | None = None
) -> pd.DataFrame:
    rows = lake_table(project, f"published/{table}", period)
    crosswalk = lake_table(project, "restricted/crosswalk", period).query("account_space == @space")
    numbers = crosswalk[["customer_id", "account_space", "source_account_id"]]
    joined = rows.merge(numbers, on="customer_id")
    if purpose:
        joined = joined[joined["customer_id"].isin(customers_who_said_yes(project, purpose))]
    return joined.sort_values(["source_account_id", "scheme"], ignore_index=True)


def as_texts(rows: pd.DataFrame, columns: list[str]) -> list[tuple[str, ...]]:
    """Rows as CSV would have them, sorted: null as nothing, numbers as they are written shortest."""

    def text(value: Any) -> str:
        return "" if pd.isna(value) else str(value)

    return sorted(tuple(map(text, row)) for row in rows[columns].itertuples(index=False))


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


ASSIGNMENT = ["period", "account_space", "source_account_id", "scheme", "segment_id", "status", "confidence"]
MOVE = ["period", "account_space", "source_account_id", "scheme", "from_state", "to_state", "cause"]


def naming(*folders: Path) -> list[Path]:
    """Files that hold an address of a customer."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if b".zyx@example.com" in path.read_bytes()]


def outside(project: Project) -> list[Path]:
    """Folders of the lake that are not the restricted zone."""
    return [one for one in project.lake_path.iterdir() if one.name not in ("raw", "quarantine", "restricted")]


def newest_status(project: Project) -> str:
    log = CliRunner().invoke(app, ["export", "--log", "--project", str(project.folder), "--json"]).stdout
    return str(json.loads(log)[0]["export_status"])


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
