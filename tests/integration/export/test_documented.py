"""``segments export`` as its page tells it, and wrong uses of it."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pipeline
from pipeline.cli import app
from pipeline.settings import Project
from pipeline.tables.exports import CONTACT_NAMES, EXPORT_LOG, EXPORTED_ASSIGNMENTS, EXPORTED_MOVES
from tests.integration.export.company import PASSWORD, export, made

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
        "a folder": ([*rfm, "--to", str(made(folder / "f.csv"))], "it is a folder"),
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
