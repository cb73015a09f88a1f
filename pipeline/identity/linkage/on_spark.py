"""Splink's database interface on Spark.

Belongs here: where Splink's tables stand while it works, and its settings in Spark's words. Does not belong
here: what is asked of Splink (``splinked``).
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Tables that Splink reads more than once; the others are parts of one query.
_KEPT = re.compile("__splink__(blocked_id_pairs|df_concat_with_tf|df_predict)")


@contextmanager
def splink_on_spark(engine: Any) -> Iterator[Any]:
    """Splink's interface on the session of ``engine``: its tables stand in the scratch, since they hold names
    (law L6), and are removed at the end.

    Its jar is not used: likeness of texts is computed as on DuckDB (``pipeline.engine.spark.queries``).
    """
    from splink.internals.spark.database_api import SparkAPI

    session, folders = engine.session_for_queries(), []

    class InScratch(SparkAPI):
        words = staticmethod(engine.in_its_words)

        def _break_lineage_and_repartition(
            self, spark_df: Any, templated_name: str, physical_name: str
        ) -> Any:
            if not _KEPT.fullmatch(templated_name):
                return spark_df
            folder, kept = engine.kept(spark_df)
            folders.append(folder)
            return kept

    try:
        api: Any = InScratch
        yield api(spark_session=session, register_udfs_automatically=False)
    finally:
        # not catalog.listTables: it asks for generated code, which conf may forbid
        for one in session.sql("SHOW VIEWS LIKE '__splink__*'").collect():
            session.catalog.dropTempView(one.viewName)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def spoken(db_api: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Splink's ``settings``, which are written and frozen in DuckDB's words, in those of ``db_api``."""
    if db_api.sql_dialect.sql_dialect_str == "duckdb":
        return settings
    comparisons = [
        one | {"comparison_levels": [_level(db_api, level) for level in one["comparison_levels"]]}
        for one in settings["comparisons"]
    ]
    return settings | {"comparisons": comparisons, "sql_dialect": db_api.sql_dialect.sql_dialect_str}


def _level(db_api: Any, level: dict[str, Any]) -> dict[str, Any]:
    condition = level["sql_condition"]
    return level if condition == "ELSE" else level | {"sql_condition": db_api.words(condition)}
