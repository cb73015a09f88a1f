"""``segments notify``: telling people now what they were not told yet, or trying whether they can be told.

Belongs here: what the command prints. Does not belong here: what is told (``pipeline.notify``).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.endings import readable_errors
from pipeline.cli.terminal import say, styled
from pipeline.errors import InputError
from pipeline.settings import Project, load_project


def notify(
    project: Annotated[
        Path, typer.Option("--project", help="Folder with a project.yaml, or a YAML file.")
    ] = Path(),
    preview: Annotated[
        bool, typer.Option("--preview", help="Print what would be sent; send and remember nothing.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test to every receiver, and nothing else.")
    ] = False,
) -> None:
    """Tell the project's receivers what they were not told yet: findings, sources, failed runs.

    Runs and the sensor of the Dagster UI do the same by themselves; this is for schedulers of your own, and
    for trying.
    """
    with readable_errors():
        settings = load_project(project)
        if preview:
            _preview(settings)
            return
        if not settings.notify.receivers:
            raise InputError(
                "notify.urls",
                "no receiver is named",
                "at least one address",
                "Write notify: {urls: [${NAME}]} and set NAME in the environment (docs/operations.md).",
            )
        problems = _tested(settings) if test else _told(settings)
    if problems:
        raise typer.Exit(3)


def _preview(settings: Project) -> None:
    from assets.lib.instance import key_prefix, open_instance
    from assets.lib.telling import failed_runs
    from pipeline.notify import preview

    with open_instance(settings) as instance:
        of_runs = failed_runs(settings, instance, datetime.now(UTC))
    messages = preview(settings, of_runs, datetime.now(UTC), key_prefix(settings))
    for one in messages:
        say(styled(one.title, "bold"))
        for line in one.body.splitlines():
            say(f"  {line}", unbroken=True)
        say()
    say(f"{_counted(messages)} would be sent." if messages else "Nothing to tell.")


def _tested(settings: Project) -> list[str]:
    from pipeline.notify import try_receivers

    problems = try_receivers(settings)
    taken = len(settings.notify.receivers) - len(problems)
    say(f"{taken} of {len(settings.notify.receivers)} receivers took the test.")
    for one in problems:
        say(styled("Problem", "bold red"), f" {one}")
    return problems


def _told(settings: Project) -> list[str]:
    from assets.lib.instance import open_instance
    from assets.lib.telling import tell_news

    with open_instance(settings) as instance:
        told = tell_news(settings, instance, datetime.now(UTC))
    for one in told.sent:
        say(f"Sent: {one}")
    for one in told.problems:
        say(styled("Problem", "bold red"), f" {one}")
    if told.waiting:
        say(f"Not sent yet: {_counted(told.waiting)}; tried again next time.")
    if not (told.sent or told.waiting):
        say("Nothing to tell.")
    return told.problems


def _counted(messages: Sequence[object]) -> str:
    return "1 message" if len(messages) == 1 else f"{len(messages)} messages"
