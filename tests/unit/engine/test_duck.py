"""The engine: reading by contract, holding results, streams that nothing ends early."""

import gc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import Engine
from pipeline.engine.protocol import BATCH_ROWS
from pipeline.engine.values import held
from pipeline.tables import fields as f
from pipeline.tables.entities import ENTITIES
from pipeline.tables.model import table

LINES = table("clean", "lines", "one line", "period line_key", (f.period, f.line_key, f.quantity))


def held_tables(duckdb: Engine) -> int:
    """Results that stand in the duckdb."""
    return sum(name.startswith("ibis_held") for name in duckdb.backend.list_tables())


def test_rows_are_read_with_the_columns_and_types_of_the_contract(duckdb: Engine, tmp_path: Path) -> None:
    path = tmp_path / "it's" / "period=2024-01" / "part-0.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"quantity": pa.array([2], pa.int32()), "line_key": ["a"], "more": ["x"]}), path)

    rows = duckdb.read([path], LINES)

    assert list(rows.columns) == LINES.columns
    assert rows.schema() == duckdb.read([], LINES).schema()
    assert [str(one) for one in duckdb.to_arrow(rows).to_pylist()[0].values()] == ["2024-01", "a", "2.0000"]


def test_contracts_have_one_schema_whether_read_held_or_brought(duckdb: Engine, tmp_path: Path) -> None:
    for entity in ENTITIES.values():
        empty = entity.clean.schema.empty_table()
        path = tmp_path / entity.name / "period=2024-01" / "part-0.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(empty.drop_columns("period") if "period" in empty.column_names else empty, path)
        read = duckdb.read([path], entity.clean)
        asked = duckdb.backend.table(read.get_name()).schema()
        assert read.schema() == asked == held(read).schema() == duckdb.from_arrow(empty).schema()


def test_a_result_is_held_until_nothing_refers_to_it(duckdb: Engine) -> None:
    rows = duckdb.from_arrow(pa.table({"n": [1, 2, 3]}))
    gc.collect()  # what earlier tests held and left in cycles would be given back in the midst of this one
    duckdb.to_arrow(rows)
    before = held_tables(duckdb)
    kept = held(rows.mutate(double=rows.n * 2))
    later = kept.filter(kept.double > 2)
    del kept
    gc.collect()
    assert later.double.sum().to_pyarrow().as_py() == 10

    del later
    gc.collect()
    duckdb.to_arrow(rows)
    assert held_tables(duckdb) == before


def test_a_stream_is_whole_though_a_held_result_goes_in_its_midst(duckdb: Engine) -> None:
    kept = held(duckdb.from_arrow(pa.table({"n": [1]})))
    wanted = BATCH_ROWS * 4
    stream = duckdb.batches(duckdb.from_arrow(pa.table({"n": range(wanted)})))
    first = next(stream)
    del kept
    gc.collect()

    assert first.num_rows + sum(one.num_rows for one in stream) == wanted
