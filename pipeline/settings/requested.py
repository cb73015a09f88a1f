"""Refits and rollbacks that operations asked for by hand.

Belongs here: the small files in the lake that remember them, beside ``versions`` of the settings. Does not
belong here: fitting, or whether a challenger is good enough (``segments.versions``).
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import InputError
from pipeline.settings.noted import note, noted
from pipeline.settings.project import Project

_REFITS, _ROLLBACKS = (Path("models") / name for name in ("refits.json", "rollbacks.json"))


def with_requested(project: Project) -> Project:
    """``project`` with the refits and rollbacks that its lake remembers.

    Raises ``InputError`` where these, or the settings, name a scheme or a period that the project does not
    have.
    """
    refits, rollbacks = (noted(project.lake_path / one) for one in (_REFITS, _ROLLBACKS))
    said = project.versions
    given = {
        "refit": sorted({*said.refit, *refits}),
        "rollback": list(dict.fromkeys([*said.rollback, *rollbacks])),
    }
    for name in given["refit"]:
        _check("refit", name, project, *name.split(":", 1))
    for name in given["rollback"]:
        version, _, period = name.rpartition(":")
        _check("rollback", name, project, version.partition("@")[0], period, version.partition("@")[2])
    return project.model_copy(update={"versions": said.model_copy(update=given)})


def _check(what: str, name: str, project: Project, scheme: str, *periods: str) -> None:
    """Raises ``InputError`` unless the scheme is one of ``project``, and periods are such."""
    try:
        for period in periods:
            project.calendar.start_date(period)
        is_known = scheme in project.every_scheme
    except ValueError:
        is_known = False
    if not is_known:
        raise InputError(
            f"versions.{what}: {name}",
            "it names no scheme and period of this project",
            f"periods such as {project.first_period}, and one of {', '.join(project.every_scheme)}",
            f"Correct it in the settings, or in {project.lake_path / 'models'}.",
        )


def request_refits(project: Project, schemes: Sequence[str], period: str) -> Project:
    """Remember that ``schemes`` are fitted in ``period``, and give ``project`` with it.

    Raises ``InputError`` for a scheme that the project does not have.
    """
    for scheme in schemes:
        check_scheme(project, scheme)
    note(project.lake_path / _REFITS, [f"{scheme}:{period}" for scheme in schemes])
    return with_requested(project)


def request_rollback(project: Project, version: str, period: str) -> Project:
    """Remember that ``version`` is in force again from ``period`` on, and give ``project`` with it."""
    note(project.lake_path / _ROLLBACKS, [f"{version}:{period}"])
    return with_requested(project)


def check_scheme(project: Project, scheme: str) -> None:
    """Raises ``InputError`` for a scheme that the project does not have."""
    if scheme not in project.every_scheme:
        raise InputError(
            scheme,
            "there is no such scheme in this project",
            f"one of {', '.join(project.every_scheme)}",
            "See segments show segments.",
        )
