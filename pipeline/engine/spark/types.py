"""Types of Ibis, Spark and Arrow.

Belongs here: which type of Spark is written for which of Ibis. Does not belong here: casting rows.
"""

from collections.abc import Sequence

import ibis
import pyarrow as pa
from ibis.backends.pyspark.datatypes import PySparkType
from ibis.expr import datatypes as dt
from ibis.expr import types as ir
from pyspark.sql import types as st


def spark_type(kind: dt.DataType) -> st.DataType:
    """Spark's type; unlike Ibis's own mapping it tells instants from wall times."""
    if kind.is_timestamp():
        return st.TimestampType() if kind.timezone else st.TimestampNTZType()
    if kind.is_array():
        return st.ArrayType(spark_type(kind.value_type), True)
    if kind.is_null():
        return st.StringType()
    found: st.DataType = PySparkType.from_ibis(kind)
    return found


def spark_schema(schema: ibis.Schema) -> st.StructType:
    """Columns as Spark knows them, all nullable."""
    return st.StructType([st.StructField(name, spark_type(kind), True) for name, kind in schema.items()])


def ibis_schema(schema: st.StructType) -> ibis.Schema:
    """Columns as Ibis knows them; the other way of ``spark_schema``."""
    return ibis.schema({one.name: _ibis_type(one.dataType) for one in schema.fields})


def _ibis_type(kind: st.DataType) -> dt.DataType:
    if isinstance(kind, st.TimestampType):
        return dt.Timestamp(timezone="UTC", scale=6)
    if isinstance(kind, st.TimestampNTZType):
        return dt.Timestamp(scale=6)
    if isinstance(kind, st.ArrayType):
        return dt.Array(_ibis_type(kind.elementType))
    found: dt.DataType = PySparkType.to_ibis(kind)
    return found


def portable(kind: dt.DataType) -> dt.DataType:
    """The type that Spark has for values of ``kind``."""
    if kind.is_timestamp():
        return dt.Timestamp(timezone="UTC" if kind.timezone else None, scale=6)
    if kind.is_unsigned_integer():
        return dt.Decimal(20, 0) if kind.nbytes == 8 else dt.int64
    if kind.is_array():
        return dt.Array(portable(kind.value_type))
    if kind.is_time() or kind.is_uuid() or kind.is_interval() or kind.is_null():
        return dt.string
    return kind(nullable=True)


def as_portable(table: ir.Table) -> ir.Table:
    """``table`` with types that Spark has."""
    found = {name: portable(kind) for name, kind in table.schema().items()}
    return table.cast({name: kind for name, kind in found.items() if kind != table[name].type()})


def portable_schema(schema: pa.Schema) -> ibis.Schema:
    """Columns of Arrow with types that Spark has."""
    found = ibis.Schema.from_pyarrow(schema.remove_metadata())
    return ibis.schema({name: portable(kind) for name, kind in found.items()})


def shared(schemas: Sequence[ibis.Schema]) -> ibis.Schema:
    """Columns of all files, in the order in which they first stand, with a type that holds all values: equal
    ones stay, the wider of numbers, else text."""
    kinds: dict[str, list[dt.DataType]] = {}
    for schema in schemas:
        for name, kind in schema.items():
            kinds.setdefault(name, []).append(kind)
    return ibis.schema({name: _widest(some) for name, some in kinds.items()})


def _widest(kinds: Sequence[dt.DataType]) -> dt.DataType:
    different = list(dict.fromkeys(kinds))
    if len(different) == 1:
        return different[0]
    if all(one.is_numeric() for one in different):
        return dt.highest_precedence(different)
    return dt.string
