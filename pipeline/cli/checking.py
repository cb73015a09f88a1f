"""``segments check``: are the settings, the sources and the publication as they must be?

Belongs here: trying things out and saying in words what is wrong. Does not belong here:
repairing anything.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ibis.expr import types as ir

from pipeline.advice import Advice, about_all, about_source, bad_rows, none_inside
from pipeline.cli.summary import manifest_of
from pipeline.cli.trying import Trial
from pipeline.collect import condition_cautions, silent_profiles, summary_of, unknown_numbers
from pipeline.engine import Engine, Lake, open_engine
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
    found = _Found()
    with _engine(project) as engine:
        tried = Trial(engine, project, datetime.now(UTC))
        for name in tried.order:
            try:
                _check_source(tried, name, found)
            except InputError as error:
                found.problems.append(_named(name, str(error)))
        together = about_all(project, list(tried.tried.values()))
        found.warnings += [asdict(one) | {"text": one.text} for one in together]
        if len(tried.tried) == len(project.sources):  # without one of them, its accounts would look silent
            found.warnings += _who_counts(project, list(tried.accounts.values()), together)
    lake = Lake(project.lake_path)
    if wrong := problem(project, lake):
        found.problems.append(str(wrong))
    found.problems += verify(lake)
    order = list(project.sources)
    return {
        "project": project.project,
        "sources": sorted(found.sources, key=lambda one: order.index(one["source"])),
        "problems": found.problems,
        "warnings": found.warnings,
        "notes": found.notes,
    }


@dataclass
class _Found:
    """What was found so far."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _check_source(tried: Trial, name: str, found: _Found) -> None:
    """Read one source and add what is found. Raises ``InputError``."""
    engine, project, now = tried.engine, tried.project, tried.now
    source, rows = tried.source(name), tried.rows[name]
    seen = asdict(summary_of(project, name, rows, now))
    advice = about_source(engine, project, source, now)
    met = condition_cautions(project, name, rows.wanted, tried.accounts.get(name))
    found.warnings += [_doubt("exclusion_condition", (name,), one) for one in met]
    columns = seen.pop("columns")
    found.notes += seen.pop("warnings")
    facts = {"source": name, "entity": source.sample.source.entity} | seen
    shown = facts | bad_rows(source.sample) | {"columns": ", ".join(columns)}
    found.sources.append(shown | {"sample": shown.pop("sample")})
    wanted = seen["rows"] - seen["rows_left_out"]
    if seen["rows"] and not wanted:
        said = f"source {name}: where is true for none of its {seen['rows']:,} rows, so all are left out"
        found.warnings.append(_doubt("where_leaves_nothing", (name,), said))
    elif wanted and not seen["rows_inside"]:
        said = none_inside(engine, project, source.sample, seen["rows_without_time"], now)
        found.problems.append(f"source {name}: {said}")
        advice = [one for one in advice if one.code != "rows_quarantined"]
    found.warnings += [asdict(one) | {"text": one.text} for one in advice]


def _who_counts(project: Project, accounts: list[ir.Table], advice: Sequence[Advice]) -> list[dict[str, Any]]:
    """Warnings about who is in the population: profiles without events, numbers that nobody has."""
    found = [_doubt("exclusion_unknown", (), one) for one in unknown_numbers(project, accounts)]
    if any(one.code == "account_space_alone" for one in advice):  # the reason why they are silent
        return found
    return found + [_doubt("profiles_silent", (), one) for one in silent_profiles(project, accounts)]


def _doubt(code: str, sources: tuple[str, ...], text: str) -> dict[str, Any]:
    """A warning about which rows and customers count, in the form of advice."""
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
    engine = open_engine(project)
    try:
        yield engine
    finally:
        engine.close()
