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

from pipeline.advice import Advice, about_all, about_source, bad_rows, none_inside
from pipeline.cli.summary import manifest_of
from pipeline.cli.trying import Trial
from pipeline.collect import summary_of
from pipeline.engine import Engine, Lake
from pipeline.errors import InputError
from pipeline.ids.secret import problem
from pipeline.publish.manifest import published_folder, verify
from pipeline.publish.report import report
from pipeline.publish.texts import Language
from pipeline.settings import Project


def checked(project: Project) -> dict[str, Any]:
    """Every source with what it holds and ten masked rows; every problem; every warning (what is
    probably not meant, but stops nothing, with a stable code); and notes, which need no answer. A
    source that cannot be read is a problem, and the next is tried."""
    sources, problems, notes = [], [], []
    now = datetime.now(UTC)
    found: list[Advice] = []
    with _engine(project) as engine:
        tried = Trial(engine, project, now)
        for name in tried.order:
            try:
                source = tried.source(name)
                seen = asdict(summary_of(project, name, source.raw, now))
                advice = about_source(engine, project, source, now)
            except InputError as error:
                problems.append(_named(name, str(error)))
                continue
            columns = seen.pop("columns")
            notes += seen.pop("warnings")
            facts = {"source": name, "entity": source.sample.source.entity} | seen
            shown = facts | bad_rows(source.sample) | {"columns": ", ".join(columns)}
            sources.append(shown | {"sample": shown.pop("sample")})
            if seen["rows"] and not seen["rows_inside"]:
                said = none_inside(engine, project, source.sample, seen["rows_without_time"], now)
                problems.append(f"source {name}: {said}")
                advice = [one for one in advice if one.code != "rows_quarantined"]
            found += advice
        found += about_all(project, list(tried.tried.values()))
    lake = Lake(project.lake_path)
    if wrong := problem(project, lake):
        problems.append(str(wrong))
    problems += verify(lake)
    order = list(project.sources)
    return {
        "project": project.project,
        "sources": sorted(sources, key=lambda one: order.index(one["source"])),
        "problems": problems,
        "warnings": [asdict(one) | {"text": one.text} for one in found],
        "notes": notes,
    }


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
