"""Several projects in one UI: a Dagster workspace with a code location for each.

Belongs here: writing that workspace. Does not belong here: what a code location holds (``scheduled``),
or starting the UI (``pipeline.cli``).
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from assets.lib.instance import made, registered
from pipeline.errors import InputError
from pipeline.settings import Project

_LOCATION = """\
# Written by segments ui: the code location of the project {name}.
from pathlib import Path

from assets.scheduled import location
from pipeline.settings import load_project

defs = location(load_project(Path({file!r})))
"""


def write_workspace(home: Path, projects: Mapping[Path, Project]) -> Path:
    """Write the workspace of ``projects``, by their YAML files, into the shared instance ``home``; its path.

    Raises ``InputError`` for two projects of one name: their tables would have the same keys.
    """
    named: dict[str, Path] = {}
    for file, project in projects.items():
        if project.project in named:
            raise InputError(
                f"{named[project.project]} and {file}",
                f"both are projects of the name {project.project}",
                "one project of a name in a UI: its tables are known by it",
                "Change project: in one of them (ids follow the secret, not the name), or open each alone.",
            )
        named[project.project] = file
    made(home)
    for project in projects.values():
        registered(home, project)
    locations = []
    for name, file in named.items():
        place = home / "segments_locations" / f"{name}.py"
        place.parent.mkdir(exist_ok=True)
        place.write_text(_LOCATION.format(name=name, file=str(file.resolve())), encoding="utf-8")
        locations.append({"python_file": {"relative_path": str(place.resolve()), "location_name": name}})
    workspace = home / "workspace.yaml"
    workspace.write_text(yaml.safe_dump({"load_from": locations}, sort_keys=False), encoding="utf-8")
    return workspace
