"""Where transformations run: Ibis expressions on DuckDB.

Belongs here: opening the engine, reading files into table expressions, writing expressions
as Parquet. Does not belong here: any rule of the business. No other package imports duckdb.
"""

from pipeline.engine.lake import Lake
from pipeline.engine.scratch import clear_dead, ends_tidily
from pipeline.engine.session import Engine
from pipeline.engine.writing import Written, content_digest

__all__ = ["Engine", "Lake", "Written", "clear_dead", "content_digest", "ends_tidily"]
