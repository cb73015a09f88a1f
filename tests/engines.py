"""Engines that tests of pure functions run on: DuckDB, and Spark where it is installed (``make spark``).

Where Spark is missing its tests are skipped with the reason, in CI they fail. Further cases of what one
case shows on every engine are marked ``duckdb_suffices``: Spark takes a second for each query.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from shutil import which
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.duck import DuckEngine
from pipeline.settings import EngineSettings

WHY_NO_SPARK = "pyspark or Java is missing: make spark installs pyspark; Java 17 comes from your system"


def has_spark() -> bool:
    """Whether Spark can be started here."""
    has_java = which("java") is not None or "JAVA_HOME" in os.environ
    return find_spec("pyspark") is not None and has_java


class SparkEngine:
    """What tests need of an engine, on a local Spark session."""

    def __init__(self) -> None:
        from pyspark.sql import SparkSession

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2]").appName("segments-tests")
        settings = {
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "2",
            "spark.default.parallelism": "2",
            "spark.ui.enabled": "false",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.sql.execution.arrow.pyspark.enabled": "true",
            # Plans of many small unions are compiled faster than they are optimised.
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.adaptive.enabled": "false",
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")
        self.backend: Any = ibis.pyspark.connect(self.session)

    def from_arrow(self, table: pa.Table) -> ir.Table:
        """An Arrow table as a table of the engine, all columns nullable."""
        name = ibis.util.gen_name("arrow")
        nullable = table.cast(pa.schema([one.with_nullable(True) for one in table.schema]))
        frame = self.session.createDataFrame(nullable)
        frame.createOrReplaceTempView(name)
        schema = ibis.Schema.from_pyarrow(nullable.schema)
        held: ir.Table = self.backend.table(name)
        return held.cast(dict(schema.items()))

    def to_arrow(self, expression: ir.Table) -> pa.Table:
        """Run ``expression``."""
        return expression.to_pyarrow()

    def close(self) -> None:
        """Stop the session."""
        self.session.stop()


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
