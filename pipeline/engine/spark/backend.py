"""Ibis's backend for Spark, with results as Arrow and functions over Arrow arrays.

Belongs here: what Ibis hands to Spark, and what comes back. Does not belong here: SQL (``compiler``).
"""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pyarrow as pa
from ibis.backends.pyspark import Backend
from ibis.expr import datatypes as dt
from ibis.expr import operations as ops
from ibis.expr.operations.udf import InputType
from ibis.formats.pandas import PandasData
from ibis.formats.pyarrow import PyArrowData
from pyspark.sql import DataFrame
from pyspark.sql.functions import col
from pyspark.sql.pandas.functions import ArrowUDFType, arrow_udf
from pyspark.sql.types import DataType

from pipeline.engine.spark.compiler import SparkCompiler
from pipeline.engine.spark.functions import (
    CAPITALS,
    TEXT_OF_FLOATS,
    WORKERS_WORDS,
    WorkersWord,
    of_duckdb,
    of_values,
    reading,
)
from pipeline.engine.spark.jobs import waited
from pipeline.engine.spark.types import spark_type


class SparkBackend(Backend):  # type: ignore[misc]
    """Runs expressions in a session; what comes back is Arrow all the way."""

    compiler = SparkCompiler()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._registered: set[str] = set()

    def frame(self, expression: Any, **kwargs: Any) -> DataFrame:
        """The expression as Spark's frame, with the types that Ibis says."""
        self._run_pre_execute_hooks(expression)
        table = expression.as_table()
        found = self._session.sql(self.compile(table, **kwargs))
        types = {one.name: one.dataType for one in found.schema.fields}  # asks the server, by Connect
        columns = (_typed(types[name], name, kind).alias(name) for name, kind in table.schema().items())
        typed: DataFrame = found.select(*columns)
        return typed

    def to_pyarrow(self, expr: Any, /, **kwargs: Any) -> Any:
        """Run the expression; its result is of bounded size."""
        table = expr.as_table()
        kwargs.pop("params", None)
        frame = self.frame(expr, **{k: v for k, v in kwargs.items() if v is not None})
        found = waited(self._session, frame.toArrow)
        return expr.__pyarrow_result__(PyArrowData.convert_table(found, table.schema()))

    def execute(self, expr: Any, /, **kwargs: Any) -> Any:
        """As ``to_pyarrow``, for pandas."""
        table = expr.as_table()
        frame: pd.DataFrame = self.to_pyarrow(table, **kwargs).to_pandas()
        return expr.__pandas_result__(PandasData.convert_table(frame, table.schema()))

    def know(self, words: Iterable[WorkersWord]) -> None:
        """Let queries of the session use ``words``."""
        for word in words:
            self._register(word.name, of_duckdb(word), word.type)

    def _register_udfs(self, expr: Any) -> None:
        node = expr.op()
        for one in node.find(ops.ScalarUDF):
            if one.__input_type__ == InputType.PYARROW:
                self._register(self.compiler.__sql_name__(one), of_values(one.__func__), one.dtype)
            elif word := WORKERS_WORDS.get(one.__func_name__):
                self.know([word])
        if any(one.to.is_string() and one.arg.dtype.is_floating() for one in node.find(ops.Cast)):
            self.know([TEXT_OF_FLOATS])
        if node.find(ops.Uppercase):
            self.know([CAPITALS])
        for one in node.find(ops.TryCast):
            if one.arg.dtype.is_string() and not one.to.is_string():
                self.know([reading(one.to)])

    def _register(self, name: str, function: Callable[..., pa.Array], kind: dt.DataType) -> None:
        if name not in self._registered:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it would rather be told by annotations
                made = arrow_udf(function, returnType=spark_type(kind), functionType=ArrowUDFType.SCALAR)
            self._session.udf.register(name, made)
            self._registered.add(name)


def _typed(found: DataType, name: str, kind: dt.DataType) -> Any:
    column = col(f"`{name.replace('`', '``')}`")
    if kind.is_decimal() and kind.precision is None:
        return column
    wanted = spark_type(kind)
    return column if found == wanted else column.cast(wanted)
