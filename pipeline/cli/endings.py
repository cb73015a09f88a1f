"""How every command ends: done, with one readable paragraph, or because it was asked to.

Belongs here: exit codes that commands share. Does not belong here: commands.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pipeline.cli.terminal import say_error, styled
from pipeline.engine import ends_tidily
from pipeline.errors import InputError


@contextmanager
def readable_errors() -> Iterator[None]:
    """One paragraph and exit code 2 for what the user can mend; a tidy end for who is asked to end."""
    try:
        with ends_tidily():
            yield
    except InputError as error:
        say_error(styled("Error", "bold red"), f" {error}")
        raise typer.Exit(2) from error
