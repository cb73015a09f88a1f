"""``segments sql``: SQL over the published tables, asked once or in a shell.

Belongs here: arguments, the shell, showing answers. Does not belong here: what SQL may do (``engine``), what
is published (``publish``).
"""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import views
from pipeline.cli.endings import readable_errors
from pipeline.cli.summary import manifest_of
from pipeline.cli.terminal import Grid, say, say_document, say_error, say_line, styled
from pipeline.engine import Lake
from pipeline.engine.published import NEWEST, Answer, PublishedSql, PublishedView, is_whole
from pipeline.errors import InputError
from pipeline.export import csv_line, csv_text
from pipeline.publish.contracts import published_tables
from pipeline.publish.manifest import Manifest, table_file
from pipeline.settings import Project, load_project
from pipeline.settings.problems import meant, shown

#: Rows that a person is shown of one answer; programs are given all.
SHOWN_ROWS = 40
_NUMBERS = (int, float, Decimal)
#: Shows one answer.
Show = Callable[[Answer], None]
_HELP = (
    "A statement ends with a semicolon, and may have several lines.",
    f"Each table holds all published periods; {NEWEST}.TABLE holds the newest one alone.",
    ".tables         the published tables",
    ".columns TABLE  its columns, with unit and meaning",
    ".help           this",
    ".quit           the end; so is Ctrl-D",
)


def sql(
    statement: Annotated[str | None, typer.Argument(help="SQL to run; default: a shell.")] = None,
    command: Annotated[str | None, typer.Option("-c", "--command", help="The same as the argument.")] = None,
    project: Annotated[Path, typer.Option("--project", help="Folder with a project.yaml.")] = Path(),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: an array of objects an answer.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV: a header and all rows.")] = False,
) -> None:
    """Ask the published tables with SQL (DuckDB): a view a table, all periods; newest.TABLE: the newest one.

    Nothing can be changed, and nothing but the published tables can be read. Without a statement it opens a
    shell, or reads statements from the standard input.
    """
    with readable_errors():
        if statement is not None and command is not None:
            raise InputError(
                "segments sql", "two statements are given", "one", "Leave -c out, and separate them with ;."
            )
        if as_json and as_csv:
            raise InputError("segments sql", "--json and --csv are both given", "one of them", "Choose one.")
        settings = load_project(project)
        show: Show = _json if as_json else _csv if as_csv else _table
        manifest = manifest_of(settings)
        with opened(settings, manifest) as database:
            asked = statement if statement is not None else command
            if asked is None and not sys.stdin.isatty():
                asked = sys.stdin.read()
            if asked is None:
                _shell(settings, manifest, database, show)
            elif asked.lstrip().startswith("."):
                _dot(asked.strip(), settings, manifest)
            else:
                _answer(database, asked, show)


def opened(project: Project, manifest: Manifest) -> PublishedSql:
    """SQL over the publication of ``manifest``."""
    lake = Lake(project.lake_path)
    folder = lake.root / "publications" / str(manifest.publication)
    contracts = published_tables(project.every_scheme, with_texts=True, with_actions=True)
    tables = [
        PublishedView(
            name,
            table.row,
            {period: table_file(folder, name, period) for period in table.periods},
            {one.name: one.meaning for one in contracts[name].fields} if name in contracts else {},
        )
        for name, table in manifest.tables.items()
    ]
    return PublishedSql(tables, project.engine, lake.scratch)


def _answer(database: PublishedSql, text: str, show: Show) -> None:
    answers = 0
    for answer in database.ask(text):
        show(answer)
        answers += 1
    if not answers and not text.strip(" \t\r\n;"):
        raise InputError("segments sql", "there is no statement", "SQL", "For instance: SHOW TABLES.")


# --- answers ----------------------------------------------------------------------------


def _table(answer: Answer) -> None:
    names, rows = _distinct(answer.columns), list(islice(answer.rows, SHOWN_ROWS + 1))
    if not rows:
        say(f"No rows ({', '.join(names)}).")
        return
    grid = Grid("")
    for place, name in enumerate(names):
        grid.column(name, is_number=any(isinstance(row[place], _NUMBERS) for row in rows), folds=True)
    for row in rows[:SHOWN_ROWS]:
        grid.row(
            ["-" if one is None else csv_text(one) if isinstance(one, list) else str(one) for one in row]
        )
    grid.show()
    if len(rows) > SHOWN_ROWS:
        say(f"These are the first {SHOWN_ROWS} rows; --csv and --json give all.")


def _json(answer: Answer) -> None:
    """An array of objects, streamed; numbers that JSON does not know (NaN, infinity) are null."""
    names, waiting = _distinct(answer.columns), "["
    for row in answer.rows:
        known = dict(zip(names, map(_known, row), strict=True))
        written = json.dumps(known, ensure_ascii=False, default=views.plain_value)
        if waiting != "[":
            say_document(f"{waiting},")
            waiting = " "
        waiting += written
    say_document(f"{waiting}]")


def _known(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_known(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _known(one) for name, one in value.items()}
    return value


def _csv(answer: Answer) -> None:
    """All rows, streamed."""
    for row in chain([answer.columns], answer.rows):
        say_line(csv_line(row))


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of columns; one that stands before gets its place."""
    return [f"{name}_{at + 1}" if name in names[:at] else name for at, name in enumerate(names)]


# --- the shell --------------------------------------------------------------------------


def _shell(project: Project, manifest: Manifest, database: PublishedSql, show: Show) -> None:
    """Statements from a terminal until Ctrl-D; the history of lines lives as long as the shell."""
    with suppress(ImportError):
        import readline  # noqa: F401 (input() edits lines with it)
    newest = max(manifest.periods)
    say(
        f"{len(manifest.tables)} published tables of {project.project}, publication {manifest.publication},"
        f" newest period {newest}. .help says how; Ctrl-D ends."
    )
    waiting = ""
    while True:
        try:
            line = input("     ...> " if waiting else "segments> ")
            if not waiting and line.strip() in (".quit", ".exit"):
                return
            if not waiting and line.strip().startswith("."):
                _dot(line.strip(), project, manifest)
                continue
            waiting = f"{waiting}{line}\n" if waiting or line.strip() else ""
            if is_whole(waiting):
                asked, waiting = waiting, ""
                _answer(database, asked, show)
        except EOFError:
            say()
            return
        except KeyboardInterrupt:
            waiting = ""
            say()
        except InputError as error:
            say_error(styled("Error", "bold red"), f" {error}")


def _dot(line: str, project: Project, manifest: Manifest) -> None:
    """A command of the shell itself. Raises ``InputError`` for one that there is not."""
    command, _, rest = line.partition(" ")
    name = rest.strip().rstrip(";").removeprefix(f"{NEWEST}.")
    known = sorted(manifest.tables)
    if command == ".tables":
        views.grid("Published tables", [_told(one, manifest) for one in known])
    elif command == ".columns" and name in known:
        # Ibis and Jinja take a second to load: only this command pays for it.
        from pipeline.publish.dictionary import dictionary_table

        told = dictionary_table(project.every_scheme, with_texts=True, with_actions=True).to_pylist()
        columns = ["column", "type", "unit", "meaning", "allowed_values", "null_meaning"]
        views.grid(f"Columns of {name}", [one for one in told if one["table"] == name], columns)
    elif command == ".columns":
        close = meant(name, known)
        raise InputError(
            f".columns {shown(name)}" if name else ".columns",
            "there is no such published table" if name else "no table is named",
            f"one of {', '.join(known)}",
            f"Did you mean {close}?" if close else "See .tables.",
        )
    elif command == ".help":
        for one in _HELP:
            say(one)
    else:
        raise InputError(
            shown(command),
            "the shell has no such command",
            ".tables, .columns TABLE, .help or .quit",
            "Files and other databases cannot be opened here.",
        )


def _told(name: str, manifest: Manifest) -> dict[str, Any]:
    table = manifest.tables[name]
    rows = sum(one.rows for one in table.periods.values())
    return {"table": name, "rows": rows, "periods": len(table.periods), "a row is": table.row}
