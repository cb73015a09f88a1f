"""``segments sql``: the published tables asked with SQL, once, by a program, or in a shell."""

import csv
import io
import json
import os
import pty
import re
import select
import signal
import sys
import time

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.publish.contracts import PUBLISHED
from tests.integration.conftest import Company

#: What a terminal is told beside text: colours, modes.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def sql(company: Company, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["sql", "--project", company.folder, *arguments], input=typed)


def test_there_is_a_view_a_table_with_all_its_rows(company: Company) -> None:
    tables = [row["name"] for row in json.loads(sql(company, "SHOW TABLES", "--json").stdout)]
    published = company.project.lake_path / "published"
    assert tables == sorted(one.name for one in published.iterdir() if one.is_dir())
    for table in tables:
        files = sorted((published / table).glob("*.parquet"))
        every, newest = (
            json.loads(sql(company, f"SELECT count(*) AS n FROM {name}", "--json").stdout)[0]["n"]
            for name in (table, f"newest.{table}")
        )
        assert every == sum(pq.read_metadata(one).num_rows for one in files)
        assert newest == pq.read_metadata(files[-1]).num_rows


def test_answers_come_as_a_table_as_json_and_as_csv(company: Company) -> None:
    asked = (
        "SELECT period, scheme, segment_id, confidence, reasons FROM newest.segment_assignments ORDER BY ALL"
    )
    rows = json.loads(sql(company, asked, "--json").stdout)
    written = list(csv.DictReader(io.StringIO(sql(company, "-c", asked, "--csv").stdout, newline="")))
    assert len(rows) == len(written) > 100
    assert [row["segment_id"] or "" for row in rows] == [row["segment_id"] for row in written]
    confidences = [float(row["confidence"]) if row["confidence"] else None for row in written]
    assert [row["confidence"] for row in rows] == confidences
    assert [row["reasons"] or [] for row in rows] == [json.loads(row["reasons"] or "[]") for row in written]
    shown = sql(company, asked).stdout
    assert "segment_id" in shown
    assert "These are the first 40 rows; --csv and --json give all." in shown


def test_statements_may_come_from_the_standard_input(company: Company) -> None:
    result = sql(company, "--csv", typed="SELECT 1 AS a; -- and\nSELECT 2 AS b;\n")
    assert (result.exit_code, result.stdout) == (0, "a\n1\nb\n2\n")


def test_what_json_does_not_know_is_null_and_names_are_distinct(company: Company) -> None:
    asked = "SELECT 'nan'::DOUBLE AS a, 1.5::DECIMAL(4, 2) AS a, DATE '2024-01-31' AS c, [1, NULL] AS d"
    [row] = json.loads(sql(company, asked, "--json").stdout)
    assert row == {"a": None, "a_2": 1.5, "c": "2024-01-31", "d": [1, None]}
    assert json.loads(sql(company, "SELECT 1 WHERE false", "--json").stdout) == []


def test_the_dictionary_stands_in_the_shell_and_beside_the_columns(company: Company) -> None:
    assert "one customer of the population" in sql(company, ".tables").stdout
    assert "Why the customer moved" in " ".join(sql(company, ".columns segment_moves").stdout.split())
    asked = (
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'segment_moves' AND column_name = 'cause'"
    )
    [first, _] = json.loads(sql(company, asked, "--json").stdout)
    assert first["comment"].startswith("Why the customer moved")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["SELECT nope FROM segment_moves"], '"nope" not found'),
        (["SELEC 1"], "syntax error"),
        (["FROM segment_mvoes"], "Did you mean"),
        (["COPY segment_moves TO 'x.csv'"], "COPY is no statement that reads"),
        (
            ["FROM read_parquet('{lake}/restricted/crosswalk/period=2024-03/part-0.parquet')"],
            "published tables alone",
        ),
        (["FROM '{lake}/raw/crm/period=2024-03/part-0.parquet'"], "published tables alone"),
        (
            ["FROM '{lake}/published/../restricted/crosswalk/period=2024-03/part-0.parquet'"],
            "published tables alone",
        ),
        ([""], "there is no statement"),
        ([".columns segment_mvoes"], "Did you mean segment_moves?"),
        ([".columns"], "no table is named"),
        ([".read x.sql"], "the shell has no such command"),
        (["SELECT 1", "-c", "SELECT 2"], "two statements are given"),
        (["SELECT 1", "--json", "--csv"], "--json and --csv are both given"),
    ],
)
def test_what_is_wrong_is_one_paragraph_without_a_traceback(
    company: Company, arguments: list[str], said: str
) -> None:
    lake = str(company.project.lake_path)
    result = sql(company, *(one.replace("{lake}", lake) for one in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_nothing_published_is_said(tmp_path_factory: pytest.TempPathFactory, company: Company) -> None:
    folder = tmp_path_factory.mktemp("new")
    text = (company.project.folder / "project.yaml").read_text(encoding="utf-8")
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["sql", "SELECT 1", "--project", str(folder)])
    assert result.exit_code == 2
    assert "nothing has been published yet" in result.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
def test_the_shell_goes_on_after_errors_and_interrupts_and_ends_with_the_input(company: Company) -> None:
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-m", "pipeline.cli", "sql", "--project", company.folder])

    def until(text: str, prompt: str = "segments> ", seconds: float = 60) -> None:
        """Wait for ``text`` and then the prompt: what is typed before it is up belongs to nobody."""
        seen, end = "", time.monotonic() + seconds
        while text not in seen or not CONTROL.sub("", seen).endswith(prompt):
            assert time.monotonic() < end, seen
            if select.select([terminal], [], [], 0.2)[0]:
                seen += os.read(terminal, 65536).decode(errors="replace")

    def type_in(line: bytes, text: str, prompt: str = "segments> ") -> None:
        os.write(terminal, line)
        until(text, prompt)

    def interrupt() -> None:
        """Ctrl-C, no sooner than a person can: one that comes between the prompt and the waiting for keys is
        noticed by Python's readline with the next key only."""
        time.sleep(1)
        type_in(b"\x03", "")

    try:
        until(f"{len(PUBLISHED)} published tables")
        type_in(b"SELECT 40\n", "", "...> ")
        type_in(b"+ 2 AS found;\n", "42")
        type_in(b"SELECT nope;\n", "Error")
        type_in(b"SELECT sum(hash(a.range * b.range)) FROM range(10000000) a, range(1000000) b;\n", "b;", "")
        interrupt()
        type_in(b"SELECT 'left open\n", "", "...> ")
        interrupt()
        type_in(b"SELECT 6 * 7 + 1 AS found;\n", "43")
        os.write(terminal, b"\x04")
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    except BaseException:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        raise
    finally:
        os.close(terminal)
