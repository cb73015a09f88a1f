"""The Dagster code location of one project: its assets, and the job that keeps it up to date.

``workspace.yaml`` loads ``defs``. Which project that is says ``SEGMENTS_PROJECT``, a folder
with a project.yaml, or a YAML file; by default the Complete Journey.

Belongs here: choosing that project. Does not belong here: what is shown of it (``scheduled``), or
several projects at once (``assets.lib.workspace``).
"""

import os
from pathlib import Path

from assets.scheduled import location
from pipeline.settings import load_project

DEFAULT_PROJECT = Path(__file__).parents[1] / "data" / "complete_journey"

defs = location(load_project(Path(os.environ.get("SEGMENTS_PROJECT", DEFAULT_PROJECT))))
