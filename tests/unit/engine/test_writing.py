"""Files of rows in blocks: what belongs to one block of customers stands in one row group."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import writing
from pipeline.engine.coded import as_codes, repeated
from pipeline.engine.writing import whole_blocks, write_partitions

SCHEMES, CUSTOMERS_AT_ONCE, CUSTOMERS = ("loyalty", "rfm", "value"), 4, 10
SCHEMA = pa.schema([(one, pa.string()) for one in ("period", "customer_id", "scheme")])


def blocks() -> list[pa.RecordBatch]:
    """Each scheme's rows of four customers, then of the next four, the last block of two."""
    ids = [f"c{number}" for number in range(CUSTOMERS)]
    parts = [ids[start : start + CUSTOMERS_AT_ONCE] for start in range(0, CUSTOMERS, CUSTOMERS_AT_ONCE)]
    return [
        pa.RecordBatch.from_arrays(
            [repeated("2024-01", len(part)), as_codes(pa.array(part)), repeated(scheme, len(part))],
            names=SCHEMA.names,
        )
        for part in parts
        for scheme in SCHEMES
    ]


def written(folder: Path, batches: list[pa.RecordBatch], block_rows: int | None) -> Path:
    path = folder / "part.parquet"
    write_partitions(batches, SCHEMA, {"2024-01": path}, block_rows=block_rows)
    return path


def customers_by_group(path: Path) -> list[set[str]]:
    with pq.ParquetFile(path) as file:
        groups = [file.read_row_group(one) for one in range(file.num_row_groups)]
    return [set(one["customer_id"].to_pylist()) for one in groups]


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups have room for 28 rows: two blocks of twelve and some of a third."""
    monkeypatch.setattr(writing, "ROW_GROUP_ROWS", 28)


def test_a_row_group_holds_as_many_whole_blocks_as_there_is_room_for_and_one_at_least(small_groups: None):
    assert [whole_blocks(one) for one in (12, 28, 29, 100)] == [24, 28, 29, 100]


def test_customers_of_a_block_stand_in_one_row_group_alone(small_groups: None, tmp_path: Path):
    block_rows = CUSTOMERS_AT_ONCE * len(SCHEMES)
    assert customers_by_group(written(tmp_path, blocks(), block_rows)) == [
        {f"c{number}" for number in range(8)},
        {"c8", "c9"},
    ]
    together, apart = customers_by_group(written(tmp_path, blocks(), None))
    assert together & apart


def test_rows_are_the_same_however_they_are_laid_out_or_cut(small_groups: None, tmp_path: Path):
    rows = pa.Table.from_batches(blocks()).cast(SCHEMA)
    found = pq.read_table(written(tmp_path, blocks(), 12))
    assert found.equals(rows)
    whole = written(tmp_path, blocks(), 12).read_bytes()
    cut = [one.slice(at, 1) for one in blocks() for at in range(one.num_rows)]
    assert written(tmp_path, cut, 12).read_bytes() == whole
