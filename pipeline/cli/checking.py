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
from pipeline.collect import condition_cautions, silent_profiles, summary_of, unknown_numbers
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
    doubts: list[dict[str, Any]] = []
    with _engine(project) as engine:
        tried = Trial(engine, project, now)
        for name in tried.order:
            try:
                source, rows = tried.source(name), tried.rows[name]
                seen = asdict(summary_of(project, name, rows, now))
                advice = about_source(engine, project, source, now)
                met = condition_cautions(project, name, rows.wanted, tried.accounts.get(name))
            except InputError as error:
                problems.append(_named(name, str(error)))
                continue
            doubts += [_doubt("exclusion_condition", name, one) for one in met]
            columns = seen.pop("columns")
            notes += seen.pop("warnings")
            facts = {"source": name, "entity": source.sample.source.entity} | seen
            shown = facts | bad_rows(source.sample) | {"columns": ", ".join(columns)}
            sources.append(shown | {"sample": shown.pop("sample")})
            if seen["rows"] > seen["rows_left_out"] and not seen["rows_inside"]:
                said = none_inside(engine, project, source.sample, seen["rows_without_time"], now)
                problems.append(f"source {name}: {said}")
                advice = [one for one in advice if one.code != "rows_quarantined"]
            found += advice
        found += about_all(project, list(tried.tried.values()))
        if len(tried.tried) == len(project.sources):  # without one of them, its accounts would look silent
            accounts = list(tried.accounts.values())
            if not any(one.code == "account_space_alone" for one in found):  # the reason why they are silent
                doubts += [_doubt("profiles_silent", "", one) for one in silent_profiles(project, accounts)]
            doubts += [_doubt("exclusion_unknown", "", one) for one in unknown_numbers(project, accounts)]
    lake = Lake(project.lake_path)
    if wrong := problem(project, lake):
        problems.append(str(wrong))
    problems += verify(lake)
    order = list(project.sources)
    return {
        "project": project.project,
        "sources": sorted(sources, key=lambda one: order.index(one["source"])),
        "problems": problems,
        "warnings": [asdict(one) | {"text": one.text} for one in found] + doubts,
        "notes": notes,
    }


def _doubt(code: str, source: str, text: str) -> dict[str, Any]:
    """A warning about who counts, in the form of advice."""
    sources = (source,) if source else ()
    return {"code": code, "sources": sources, "seen": text, "why": "", "remedy": "", "yaml": "", "text": text}


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
