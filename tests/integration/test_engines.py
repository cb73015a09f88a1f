"""A small company on both engines, from collecting to publishing: every table of the lake, row for row."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.benchmarks.engines import differences, on_each_engine, tables
from tests.company import write_company
from tests.engines import FAST_ON_FEW_ROWS, WHY_NO_SPARK, has_spark

NOW = datetime(2024, 6, 1, tzinfo=UTC)
#: A scheme of each kind: all of them, of more customers, are compared by the benchmark ``engines``.
OF_EACH_KIND = ["purchase_frequency", "rfm", "lifecycle", "behaviour_clusters"]


@pytest.mark.slow
@pytest.mark.skipif(not has_spark() and "CI" not in os.environ, reason=WHY_NO_SPARK)
def test_every_table_of_the_lake_is_equal_on_both_engines(tmp_path: Path) -> None:
    def write(home: Path) -> None:
        fitting = {"warm_up_periods": 1, "refit_every_periods": 2}
        write_company(home, customers=60, months=2, segments=fitting | {"schemes": OF_EACH_KIND})

    runs = on_each_engine(tmp_path, write, NOW, FAST_ON_FEW_ROWS)
    on_duckdb, on_spark = (tables(runs[name].lake) for name in ("duckdb", "spark"))

    zones = {name.split("/")[0] for name in on_duckdb}
    assert {"raw", "clean", "quarantine", "customers", "activity", "features", "segments", "drift"} <= zones
    published = {name.split("/")[1] for name in on_duckdb if name.startswith("published/")}
    assert {"customer_segments", "segment_assignments", "current_segments", "customer_history"} <= published
    assert differences(on_duckdb, on_spark) == {}
