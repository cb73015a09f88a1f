"""The one way to the terminal: text as it is, style apart from it.

What is printed comes from data, settings and paths. It is never markup, and no control character of it
reaches the terminal: it could move the cursor, colour what follows, or hide what a file is called.

Belongs here: consoles, showing a text, styling it, tables, progress. Does not belong here: what is
shown (``views``).
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Protocol

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

#: Where there is no terminal to fit into, lines are this wide.
_WIDE = 110
#: Control characters, separators of lines, marks that turn the direction of writing, and halves of
#: characters, as file names with undecodable bytes have them.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def console(
    *,
    stderr: bool = False,
    file: IO[str] | None = None,
    width: int | None = None,
    force_terminal: bool | None = None,
) -> Console:
    """A console that takes every text for plain text."""
    return Console(
        stderr=stderr,
        file=file,
        width=width,
        force_terminal=force_terminal,
        markup=False,
        highlight=False,
        emoji=False,
    )


out = console(width=None if sys.stdout.isatty() else _WIDE)
err = console(stderr=True)


def plain(text: str) -> str:
    r"""``text`` on one line, with what must not reach a terminal written out: ``\x1b``, ``\n``."""
    return _UNSHOWN.sub(lambda found: _written(ord(found.group())), text)


def _written(code: int) -> str:
    short = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def json_plain(document: str) -> str:
    """A JSON document with the same values, that may be shown on a terminal."""
    return _UNSHOWN.sub(
        lambda found: found.group() if found.group() == "\n" else f"\\u{ord(found.group()):04x}", document
    )


def styled(text: str, style: str) -> Text:
    """``text`` in a style, to be said."""
    return Text(plain(text), style=style)


def say(*parts: str | Text, unbroken: bool = False) -> None:
    """Print one line of texts, plain or styled; ``unbroken``: however long, for paths to copy."""
    out.print(_line(parts), soft_wrap=unbroken)


def say_error(*parts: str | Text) -> None:
    """Print one line for people beside what was asked for, to the standard error."""
    err.print(_line(parts), soft_wrap=True)


def say_document(document: str) -> None:
    """Print a JSON document for programs, and nothing else."""
    print(json_plain(document))


def say_line(line: str) -> None:
    """Print a line as it is, for a program; on a terminal, without what could move its cursor."""
    sys.stdout.write(plain(line.rstrip("\r\n")) + "\n" if sys.stdout.isatty() else line)


def _line(parts: Sequence[str | Text]) -> Text:
    return Text.assemble(*(plain(one) if isinstance(one, str) else one for one in parts))


class Grid:
    """A table under way: every title, name and cell is text as it is."""

    def __init__(self, title: str) -> None:
        self._table = Table(title=styled(title, "bold"), title_justify="left")

    def column(self, name: str, *, is_number: bool = False, folds: bool = False) -> None:
        """Add a column; numbers to the right."""
        overflow, justify = ("fold" if folds else "ellipsis"), ("right" if is_number else "left")
        self._table.add_column(Text(plain(name)), justify=justify, overflow=overflow)  # type: ignore[arg-type]

    def row(self, cells: Sequence[str]) -> None:
        """Add a row."""
        self._table.add_row(*(Text(plain(one)) for one in cells))

    def section(self) -> None:
        """Draw a line below the last row."""
        self._table.add_section()

    def show(self) -> None:
        """Print the table."""
        out.print(self._table)


class Tell(Protocol):
    """Says how far a long work is."""

    def __call__(self, text: str) -> None:
        """Replace what is said by ``text``."""


@contextmanager
def moving_line(text: str) -> Iterator[Tell]:
    """A line with a clock that says what goes on, gone when the block ends."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(plain(text))
        yield lambda text: progress.update(task, description=plain(text))
