"""``segments check``: are the settings, the sources and the publication as they must be?

Belongs here: trying things out and saying in words what is wrong. Does not belong here:
repairing anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ibis.expr import types as ir

from pipeline.cli.summary import manifest_of
from pipeline.collect import Shared, silent_profiles, summary, unknown_numbers
from pipeline.engine import Engine, Lake
from pipeline.errors import InputError
from pipeline.ids.secret import problem
from pipeline.publish.manifest import published_folder, verify
from pipeline.publish.report import report
from pipeline.publish.texts import Language
from pipeline.settings import Project


def checked(project: Project) -> dict[str, Any]:
    """Every source with what it holds and ten masked rows, every problem, and every warning: what
    is probably not meant, but stops nothing. A source that cannot be read is a problem, and the
    next is tried."""
    sources, problems, warnings, shared = [], [], [], Shared()
    accounts: list[ir.Table] = []
    with _engine(project) as engine:
        for name, source in project.sources.items():
            try:
                found = asdict(summary(engine, project, name, datetime.now(UTC), shared, accounts))
            except InputError as error:
                problems.append(_named(name, str(error)))
                continue
            columns = found.pop("columns")
            warnings += found.pop("warnings")
            sources.append({"source": name, "entity": source.entity, **found, "columns": ", ".join(columns)})
            if found["rows"] and not found["rows_inside"]:
                problems.append(
                    f"source {name}: none of its {found['rows']} rows falls into the project's periods"
                )
        if not problems:  # without the rows of a source, its accounts would look silent
            warnings += silent_profiles(project, accounts) + unknown_numbers(project, accounts)
    lake = Lake(project.lake_path)
    if wrong := problem(project, lake):
        problems.append(str(wrong))
    problems += verify(lake)
    return {"project": project.project, "sources": sources, "problems": problems, "warnings": warnings}


def _named(source: str, problem: str) -> str:
    """The problem with the source that has it: messages about files name only the file."""
    return problem if problem.startswith(f"source {source}") else f"source {source}: {problem}"


def write_report(project: Project, language: Language, period: str | None, target: Path) -> None:
    """Write the HTML report of a published period in ``language`` to ``target``."""
    folder = published_folder(Lake(project.lake_path))
    with _engine(project) as engine:
        page = report(engine, folder, manifest_of(project), project, language, period)
    target.write_text(page, encoding="utf-8")


@contextmanager
def _engine(project: Project) -> Iterator[Engine]:
    engine = Engine.of(project)
    try:
        yield engine
    finally:
        engine.close()
