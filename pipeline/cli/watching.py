"""Progress of a run, for whoever waits for it.

Belongs here: what is said while a run is under way. Does not belong here: what came of it (``summary``,
``views``).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pipeline.cli import terminal
from pipeline.cli.terminal import say_error

#: Told after each table is written: its place, the periods, the rows.
Progress = Callable[[str, Sequence[str], int], None]


@contextmanager
def watched(quiet: bool) -> Iterator[Progress]:
    """Progress by stage and period: a moving line on a terminal, one line a stage elsewhere."""
    if quiet:
        yield _told_by_line
        return
    with terminal.moving_line("starting") as tell:
        yield lambda table, periods, count: tell(_progress(table, periods, count))


def _told_by_line(table: str, periods: Sequence[str], count: int) -> None:
    """One line a period, for logs: when its publication is complete, or a range is prepared."""
    if table == "published" or table.startswith(("raw/", "clean/")):
        say_error(_progress(table, periods, count))


def _progress(table: str, periods: Sequence[str], count: int) -> str:
    return f"{_span(periods)}  {table}  {count:,} rows"


def _span(periods: Sequence[str]) -> str:
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
