"""Opening the engine that a project asks for.

Belongs here: which implementation that is. Does not belong here: the implementations (``duck``).
"""

from pathlib import Path

from pipeline.engine.duck import DuckEngine
from pipeline.engine.lake import Lake
from pipeline.engine.protocol import Bounded, Engine, Limits


def open_engine(project: Bounded) -> Engine:
    """The engine of a project, with its scratch in the project's lake. Close it."""
    return open_engine_at(project.engine, project.lake_path)


def open_engine_at(settings: Limits, lake: Path) -> Engine:
    """An engine with its scratch in the restricted zone of ``lake``, which need not be there yet."""
    return DuckEngine(settings, Lake(lake).scratch)
