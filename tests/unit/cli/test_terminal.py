"""What comes from data, settings or paths is shown as it is: never markup, never an order to the terminal."""

import ast
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipeline.cli import app, terminal, views
from pipeline.cli.commands import watched
from pipeline.cli.customer import show_customer
from pipeline.settings import Project

ROOT = Path(__file__).parents[3]
#: What a reader must see, by what was there.
HOSTILE = {
    "[/]": "[/]",
    "[bold]loud[/bold]": "[bold]loud[/bold]",
    "[amount]": "[amount]",
    "[link=http://x.example]y[/link]": "[link=http://x.example]y[/link]",
    "a:smile:b": "a:smile:b",
    "back\\[slash]": "back\\[slash]",
    "\x1b[31mred\x1b[0m": "\\x1b[31mred\\x1b[0m",
    "\x1b]0;title\x07": "\\x1b]0;title\\x07",
    "c1\x9b2J": "c1\\x9b2J",
    "two\nlines\tand\r": "two\\nlines\\tand\\r",
    "u\u2028v": "u\\u2028v",
    "\u202egnp.exe": "\\u202egnp.exe",
    "bytes\udcff": "bytes\\udcff",
    "王小明 Zoë 👩‍👧": "王小明 Zoë 👩‍👧",
}
PRINTING = ("print", "echo", "secho", "Console")
hostile = pytest.mark.parametrize(("text", "seen"), HOSTILE.items(), ids=range(len(HOSTILE)))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """What stands on both consoles, without styles, and wide enough to break nothing."""
    file = io.StringIO()
    for name in ("out", "err"):
        console = terminal.console(file=file, width=4000)
        monkeypatch.setattr(terminal, name, console)

    def read() -> str:
        return file.getvalue()

    return read


@hostile
def test_text_is_shown_as_it_is(text: str, seen: str, shown: Callable[[], str]) -> None:
    terminal.say("before ", terminal.styled(text, "bold"), " ", text, " after")
    terminal.say_error(text)
    assert shown() == f"before {seen} {seen} after\n{seen}\n"


@hostile
def test_tables_show_titles_columns_and_cells_as_they_are(
    text: str, seen: str, shown: Callable[[], str]
) -> None:
    views.grid(text, [{text: text}])
    views.grid(text, [])
    title, header, cell, none = [one for one in shown().splitlines() if seen in one]
    assert title.strip() == seen
    assert seen in header
    assert seen in cell
    assert none.strip() == f"{seen}: none"


@hostile
def test_a_period_is_shown_with_labels_and_explanations_as_they_are(
    text: str, seen: str, shown: Callable[[], str]
) -> None:
    segment = {"scheme": "rfm", "scheme_label": f"s{text}", "segment": "rfm:x", "label": f"l{text}"}
    numbers = {"customers": 1, "share": 1.0, "change": 0, "moved_in": 0, "moved_out": 0}
    finding = {"severity": "major", "explanation": f"e{text}"}
    counts = (
        "rows_read",
        "rows_kept",
        "duplicates_dropped",
        "rows_withdrawn",
        "rows_quarantined",
        "rows_excluded",
        "late_rows",
    )
    found: dict[str, Any] = {
        "project": "shop",
        "period": f"p{text}",
        "revision": 1,
        "population": 1,
        "sources": [],
        "segments": [segment | numbers],
        "moves": [],
        "moves_doubt": "",
        "verdict": f"v{text}",
        "quiet": "",
        "findings": [finding],
        "rows": {f"{one}_count": 0 for one in counts},
        "identity": {},
        "restatements": [{"revision": 2, "cause": f"c{text}", "customers": 1}],
    }
    views.came_out(found, f"f{text}")
    for letter in "slepfv":
        assert f"{letter}{seen}" in shown()
    assert "\x1b[31m" not in shown()


@hostile
def test_a_customer_is_shown_with_values_as_they_are(text: str, seen: str, shown: Callable[[], str]) -> None:
    account = {"account_id": f"a{text}", "evidence": {"rule": f"r{text}"}}
    value = {"attribute": "family_name", "value": f"v{text}"}
    found = {"customer_id": f"i{text}", "as_of": "2024-01", "status": "live"}
    show_customer(
        found
        | {
            "accounts": [account],
            "pairs": [],
            "values": [value],
            "events": [],
            "segments": [],
            "explanations": [{"sentence": f"s{text}"}],
            "crosswalk": [],
        },
        True,
        "en",
    )
    for letter in "aivs":
        assert f"{letter}{seen}" in shown()


@hostile
def test_json_is_json_and_holds_no_control_characters(
    text: str, seen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    views.as_json({"value": text})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"value": text}
    assert all(one.isprintable() or one in "\n\u200d" for one in printed)


@pytest.mark.parametrize("name", ["[/]", "[amount]", ":smile:", "[red]x[/red]", "esc\x1b[31m"])
def test_headers_files_and_folders_are_named_in_errors_as_they_are(
    name: str, write_project: Callable[..., Project], tmp_path: Path
) -> None:
    # a title with control characters is refused when settings are loaded
    project = write_project(title="A shop" if "\x1b" in name else f"Shop {name}")
    seen = name.replace("\x1b", "\\x1b")
    columns = "customer,order,at,product,quantity"
    (tmp_path / "orders.csv").write_text(f'{columns},"{name}"\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--project", str(project.folder)], env={"COLUMNS": "4000"})
    assert (result.exit_code, result.exception.__class__) == (3, SystemExit)
    assert seen in result.output
    assert "\x1b[31m" not in result.output

    result = CliRunner().invoke(app, ["run", "--project", str(project.folder)])
    assert result.exit_code == 2
    assert seen in result.output

    result = CliRunner().invoke(app, ["run", "--project", str(tmp_path / name.replace("/", "_"))])
    assert result.exit_code == 2
    assert seen.replace("/", "_") in result.output
    assert "\x1b[31m" not in result.output


def test_progress_shows_tables_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    console = terminal.console(file=file, width=200, force_terminal=True)
    monkeypatch.setattr(terminal, "err", console)
    with watched(quiet=False) as watch:
        watch("raw/[/][amount]\x1b[31m", ["2024-01"], 5)
    assert "raw/[/][amount]\\x1b[31m  5 rows" in file.getvalue()


def test_there_is_one_way_to_print() -> None:
    """Nothing but ``terminal`` makes a console, knows markup, or prints."""
    wrong: list[str] = []
    for path in [*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "assets").rglob("*.py")]:
        place = path.relative_to(ROOT).as_posix()
        if place == "pipeline/cli/terminal.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom) and "rich" in ast.unparse(node):
                wrong.append(f"{place}:{node.lineno} {ast.unparse(node)}")
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in PRINTING:
                wrong.append(f"{place}:{node.lineno} {ast.unparse(node.func)}")
    assert not wrong


def test_consoles_know_no_markup() -> None:
    for console in (terminal.out, terminal.err, terminal.console()):
        assert isinstance(console, Console)
        with console.capture() as printed:
            console.print("[bold]x[/bold] :smile: [/]")
        assert printed.get() == "[bold]x[/bold] :smile: [/]\n"
