"""``segments schema``: the JSON Schema of project.yaml, for editors.

Belongs here: arguments and where the text goes. Does not belong here: the schema
(``pipeline.settings.json_schema``).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.endings import readable_errors
from pipeline.cli.terminal import say, say_line
from pipeline.errors import InputError


def schema(
    to: Annotated[Path | None, typer.Option(help="File to write; default: print it.")] = None,
) -> None:
    """Write the JSON Schema of project.yaml: editors complete, explain and check settings by it."""
    with readable_errors():
        from pipeline.settings.json_schema import schema_text

        if to is None:
            for line in schema_text().splitlines(keepends=True):
                say_line(line)
            return
        try:
            to.write_text(schema_text(), encoding="utf-8")
        except OSError as error:
            raise InputError(
                str(to),
                f"it cannot be written ({error.strerror})",
                "a file in a folder that is there",
                "Name another.",
            ) from None
        say(f"First line of project.yaml: # yaml-language-server: $schema={to.name}", unbroken=True)
