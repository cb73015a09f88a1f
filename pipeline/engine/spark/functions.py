"""Functions that Spark's workers run in Python, over Arrow arrays.

Belongs here: the project's own functions, and DuckDB's where Spark has none or another meaning: each worker
asks a DuckDB of its own. Does not belong here: how they are called in SQL (``compiler``).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr import datatypes as dt


@dataclass(frozen=True)
class WorkersWord:
    """A function of DuckDB: its name in Spark, its expression over the column ``a`` and, as ``{b}``, either
    the second column or its one value; its type."""

    name: str
    sql: str
    type: dt.DataType


#: Words of ``engine.dialect`` that DuckDB computes on the workers.
WORKERS_WORDS = {
    "try_strptime": WorkersWord("duckdb_strptime", "try_strptime(a, {b})", dt.Timestamp(scale=6)),
    "damerau_levenshtein": WorkersWord("duckdb_edits", "damerau_levenshtein(a, b)", dt.int64),
}
#: Text of floats: engines write large and small ones in their own way.
TEXT_OF_FLOATS = WorkersWord("duckdb_text", "cast(a AS VARCHAR)", dt.string)

#: Capital letters, one for each.
CAPITALS = WorkersWord("duckdb_upper", "upper(a)", dt.string)


def reading_name(kind: dt.DataType) -> str:
    """Name in Spark of the function that reads text as ``kind``."""
    return "duckdb_read_" + re.sub("[^a-z0-9]+", "_", str(kind(nullable=True)).lower())


def reading(kind: dt.DataType) -> WorkersWord:
    """The function that reads text as ``kind``; null where it cannot be read."""
    return WorkersWord(reading_name(kind), f"try_cast(a AS {DuckDBType.to_string(kind)})", kind)


def of_duckdb(word: WorkersWord) -> Callable[..., pa.Array]:
    """A function over Arrow arrays that asks DuckDB."""
    return partial(_asked, word.sql, word.type.to_pyarrow())


def of_values(function: Callable[..., Any]) -> Callable[..., pa.Array]:
    """A function of ``dialect.on_arrays`` as DuckDB calls it: rows with a null give null unasked."""
    return partial(_without_nulls, function)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """A DuckDB of the worker's process."""
    database = duckdb.connect(config={"threads": 1})
    database.execute("SET TimeZone = 'UTC'")
    return database


def _asked(sql: str, kind: pa.DataType, *arrays: pa.Array) -> pa.Array:
    if not len(arrays[0]):
        return pa.array([], kind)
    # the pattern of strptime has to be a constant
    sql = sql.replace("{b}", "'" + str(arrays[-1][0]).replace("'", "''") + "'")
    database = _database()
    columns = pa.table([_plain(one) for one in arrays], names=["a", "b"][: len(arrays)])
    database.register("rows", columns)
    try:
        found = database.execute(f"SELECT {sql} AS found FROM rows").to_arrow_table()["found"]
    finally:
        database.unregister("rows")
    return found.cast(kind).combine_chunks()


def _without_nulls(function: Callable[..., Any], *arrays: pa.Array) -> pa.Array:
    given = [_plain(one) for one in arrays]
    known = np.logical_and.reduce([one.is_valid().to_numpy(zero_copy_only=False) for one in given])
    if known.all():
        return _plain(function(*given))
    kept = pa.array(known)
    found = _plain(function(*(one.filter(kept) for one in given)))
    return found.take(pa.array(np.cumsum(known) - 1, pa.int64(), mask=~known))


def _plain(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
