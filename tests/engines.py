"""Engines that tests of pure functions run on: DuckDB, and Spark where it is installed (``make spark``).

Where Spark is missing its tests are skipped with the reason, in CI they fail. Further cases of what one
case shows on every engine are marked ``duckdb_suffices``: Spark takes a second for each query. Of each stage
a test or two run on Spark by ``make test``; the others are marked ``duckdb_daily``, for ``make test-spark``.
"""

import os
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from shutil import which
from typing import Any

import pytest

from pipeline.engine import Engine
from pipeline.engine.duck import DuckEngine
from pipeline.settings import EngineSettings

#: Plans of many small unions are run faster as they stand than compiled to bytecode first.
FAST_ON_FEW_ROWS: dict[str, str | int | bool] = {
    "spark.sql.codegen.wholeStage": False,
    "spark.sql.adaptive.enabled": False,
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
WHY_NO_SPARK = "pyspark or Java is missing: make spark installs pyspark; Java 17 comes from your system"


def has_spark() -> bool:
    """Whether Spark can be started here."""
    has_java = which("java") is not None or "JAVA_HOME" in os.environ
    return find_spec("pyspark") is not None and has_java


def spark_engine() -> Iterator[Engine]:
    """One engine on a local Spark for all tests of a process."""
    from pipeline.engine.spark.engine import SparkEngine

    one = SparkEngine(EngineSettings(kind="spark", threads=2, memory_limit="1GB", conf=FAST_ON_FEW_ROWS))
    yield one
    one.close()


def each_engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The engine named by the fixture's parameter; Spark is skipped with its reason where it is missing."""
    if request.param == "spark":
        if not has_spark():
            if os.environ.get("CI"):
                pytest.fail(WHY_NO_SPARK)
            pytest.skip(WHY_NO_SPARK)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield request.getfixturevalue("spark")
    else:
        yield request.getfixturevalue("duckdb")


def duckdb_engine() -> Iterator[Engine]:
    """One DuckDB engine for all tests of a process."""
    one = DuckEngine(EngineSettings(threads=2, memory_limit="1GB"))
    yield one
    one.close()
