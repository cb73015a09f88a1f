"""Where transformations run: Ibis expressions on an engine.

Belongs here: opening the engine, reading files into table expressions, writing expressions
as Parquet. Does not belong here: any rule of the business. No other package imports duckdb or pyspark, or
knows which engine it has.
"""

from pipeline.engine.lake import Lake
from pipeline.engine.opening import open_engine, open_engine_at
from pipeline.engine.protocol import Engine
from pipeline.engine.scratch import clear_dead, ends_tidily
from pipeline.engine.writing import Written, content_digest

__all__ = [
    "Engine",
    "Lake",
    "Written",
    "clear_dead",
    "content_digest",
    "ends_tidily",
    "open_engine",
    "open_engine_at",
]
