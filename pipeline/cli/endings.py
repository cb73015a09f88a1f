"""How every command ends: done, with one readable paragraph, or because it was asked to.

Belongs here: exit codes that commands share. Does not belong here: commands.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from pipeline.cli.terminal import say_error, styled
from pipeline.engine import ends_tidily
from pipeline.errors import InputError

#: All was done and published, and holds what the caller asked to be told of.
FOUND = 4
_SEVERITIES = ("minor", "major")
#: How severe it is that a source is not whole.
_OF_SOURCES = {"suspect": "minor", "broken": "major"}


def is_found(findings: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]], least: str) -> bool:
    """Whether any of ``findings`` is as severe as ``least`` (minor or major), or any of ``sources`` that are
    not whole: a suspect one is minor, a broken one, which was accepted, major."""
    asked = _SEVERITIES[_SEVERITIES.index(least) :]
    severities = [one["severity"] for one in findings]
    severities += [_OF_SOURCES[one["source_state"]] for one in sources]
    return any(one in asked for one in severities)


@contextmanager
def readable_errors() -> Iterator[None]:
    """One paragraph and exit code 2 for what the user can mend; a tidy end for who is asked to end."""
    try:
        with ends_tidily():
            yield
    except InputError as error:
        say_error(styled("Error", "bold red"), f" {error}")
        raise typer.Exit(2) from error
