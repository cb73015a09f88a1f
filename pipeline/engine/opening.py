"""Opening the engine that a project asks for.

Belongs here: which implementation that is. Does not belong here: the implementations (``duck``,
``spark``).
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from pipeline.engine.duck import DuckEngine
from pipeline.engine.lake import Lake
from pipeline.engine.protocol import Bounded, Engine, Limits
from pipeline.errors import InputError


def open_engine(project: Bounded) -> Engine:
    """The engine of a project, with its scratch in the project's lake. Close it."""
    return open_engine_at(project.engine, project.lake_path)


def open_engine_at(settings: Limits, lake: Path) -> Engine:
    """An engine with its scratch in the restricted zone of ``lake``, which need not be there yet."""
    home = Lake(lake).scratch
    if settings.kind == "spark":
        if find_spec("pyspark") is None:
            raise InputError(
                "engine.kind: spark",
                "Spark is not installed here",
                "the package pyspark",
                "Install it with make spark, or pip install 'customer-segments[spark]'.",
            )
        # By name: a project on DuckDB needs no Spark, and what a value is made of is the same on both.
        return cast(Engine, import_module("pipeline.engine.spark.engine").SparkEngine(settings, home))
    return DuckEngine(settings, home)
