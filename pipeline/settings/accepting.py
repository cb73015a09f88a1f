"""What operations accepted by name: periods of sources that are right as they are.

Belongs here: the small file in the lake that remembers it, beside ``health.accepted`` of the settings. Does
not belong here: judging a source (``pipeline.health``).
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import InputError
from pipeline.settings.noted import note, noted
from pipeline.settings.project import Project

_FILE = Path("health") / "accepted.json"


def with_accepted(project: Project) -> Project:
    """``project`` with what its lake says was accepted."""
    names = noted(project.lake_path / _FILE)
    if not names:
        return project
    given = sorted({*project.health.accepted, *names})
    return project.model_copy(update={"health": project.health.model_copy(update={"accepted": given})})


def accept(project: Project, names: Sequence[str]) -> Project:
    """Remember ``names`` (source:period) as accepted, and give ``project`` with them.

    Raises ``InputError`` for a source or a period that the project does not have.
    """
    for name in names:
        source, _, period = name.partition(":")
        try:
            project.calendar.start_date(period)
            is_known = source in project.sources
        except ValueError:
            is_known = False
        if not is_known:
            raise InputError(
                f"--accept {name}",
                "it names no source and period of this project",
                f"source:period, with one of the sources {', '.join(sorted(project.sources))}",
                "Take it from the last run's words, such as --accept orders:2017-12.",
            )
    note(project.lake_path / _FILE, names)
    return with_accepted(project)
