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

#: All was done and published, and has a finding that the caller asked to be told of.
FOUND = 4


def is_found(findings: Sequence[Mapping[str, Any]], least: str) -> bool:
    """Whether any of ``findings`` is as severe as ``least`` (minor or major)."""
    severities = ("minor", "major")
    return any(one["severity"] in severities[severities.index(least) :] for one in findings)


@contextmanager
def readable_errors() -> Iterator[None]:
    """One paragraph and exit code 2 for what the user can mend; a tidy end for who is asked to end."""
    try:
        with ends_tidily():
            yield
    except InputError as error:
        say_error(styled("Error", "bold red"), f" {error}")
        raise typer.Exit(2) from error
