"""``segments init``: a first ``project.yaml`` from what a company has.

Belongs here: arguments, writing the file, what is said at the end. Does not belong here: any guess
(``drafting``).
"""

import os
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import terminal
from pipeline.cli.endings import readable_errors
from pipeline.cli.terminal import Grid, say, styled
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.drafting import Draft


class PeriodChoice(Enum):
    """Lengths of a period."""

    month = "month"
    week = "week"


def init(
    places: Annotated[
        list[str],
        typer.Argument(
            help="Folders, files, package:NAME/path, URLs of databases, or '${NAME}' of a variable with one."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Folder of the new project.yaml; default: the first folder given, else this one."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="What the company is called.")] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="Zone of its days, as Europe/Paris.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Currency to report in, as EUR.")] = None,
    period: Annotated[PeriodChoice | None, typer.Option(help="Length of a period.")] = None,
) -> None:
    """Draft a commented project.yaml: what each file or table is, column by column, and what to decide.

    Never writes over a project.yaml. Shows no value of a row.
    """
    with readable_errors():
        home = output or next((Path(one) for one in places if Path(one).is_dir()), Path())
        target = home / "project.yaml"
        _check_free(target)
        from pipeline.drafting import Wishes, drafted

        wishes = Wishes(title, _zone(time_zone), _currency(currency), period.value if period else None)
        if terminal.err.is_terminal:
            with terminal.moving_line("reading") as tell:
                draft = drafted(places, home, wishes, datetime.now(UTC), lambda name: tell(f"read {name}"))
        else:
            draft = drafted(places, home, wishes, datetime.now(UTC))
        _write(target, draft.text)
        _tell(draft, target)


def _zone(name: str | None) -> str | None:
    from pipeline.settings.base import known_zone

    if name is not None:
        try:
            known_zone(name)
        except ValueError as error:
            raise InputError(
                "--time-zone", str(error), "a zone such as Europe/Paris", "Correct it."
            ) from error
    return name


def _currency(code: str | None) -> str | None:
    if code is not None and not (len(code) == 3 and code.isascii() and code.isupper()):
        raise InputError("--currency", f"{code!r} is no code", "three capital letters, as EUR", "Correct it.")
    return code


def _check_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise InputError(
            str(target),
            "there is a project.yaml already",
            "a folder without one: what somebody wrote is never written over",
            "Move it away, or name another folder by --output.",
        )


def _write(target: Path, text: str) -> None:
    """The whole file or none; never over another, not even one that came meanwhile. Raises ``InputError``."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        try:
            os.link(beside, target)
        except FileExistsError:
            _check_free(target)
        finally:
            beside.unlink()
    except OSError as error:
        raise InputError(
            str(target),
            f"it cannot be written ({error.strerror})",
            "a folder that may be written to",
            "Name another folder by --output.",
        ) from error


def _tell(draft: "Draft", target: Path) -> None:
    table = Grid("Sources")
    for name in ("source", "entity", "how sure"):
        table.column(name, folds=True)
    for name in ("rows", "mapped", "not used"):
        table.column(name, is_number=True)
    for one in draft.sources:
        mapped = len(one.columns) + len(one.told) if one.entity else 0
        counts = [f"{one.rows:,}", str(mapped), str(len(one.unused))]
        entity = f"{one.entity}, profiles" if one.told else one.entity or "none"
        table.row([one.name, entity, one.sure if one.entity else one.why, *counts])
    table.show()
    guessed = ", ".join(f"{key} {guess.value}" for key, guess in draft.project.items() if key != "title")
    say(styled("Project", "bold"), f": {guessed}")
    asked = [*draft.asks, *(f"{one.name}: {ask}" for one in draft.sources for ask in one.asks)]
    for ask in asked:
        say(styled("ASK", "bold yellow"), f" {ask}")
    for place, why in draft.unread:
        say(styled("Not read", "bold"), f" {place}: {why}")
    for name in draft.environment:
        say(styled("Set", "bold"), f" {name} in the environment: the URL of the database stands nowhere else")
    say(f"Wrote {target}.", unbroken=True)
    if draft.problem:
        say(styled("It cannot be run yet", "bold red"), f": {draft.problem}")
    else:
        say(f"Decide what ASK asks, then: segments check --project {target.parent}", unbroken=True)
