"""Columns that nothing gives are found, left out of the sort, and there again in what comes."""

import ibis
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.engine.unknown import in_batches, unknown_columns

ROWS = pa.table({"key": ["c", "a", "b"], "n": [3.0, None, 2.0], "empty": pa.nulls(3, pa.string())})


def test_literal_nulls_are_found_through_selections_and_casts(engine: Engine) -> None:
    rows = engine.from_arrow(ROWS)
    one = rows.select("key", "empty", given=rows["n"] + 1, nothing=ibis.null("float64"))
    other = one.mutate(later=one["nothing"].cast("int64")).select("key", "empty", "given", "later", "nothing")

    assert unknown_columns(rows) == []
    assert unknown_columns(one) == ["nothing"]
    assert unknown_columns(other) == ["later", "nothing"], "a column that happens to be empty is none of them"


@pytest.mark.parametrize("with_unknown", [False, True])
def test_rows_come_in_order_with_every_column_at_its_place(engine: Engine, with_unknown: bool) -> None:
    rows = engine.from_arrow(ROWS)
    if with_unknown:
        rows = rows.select("key", nothing=ibis.null("timestamp('UTC')"), n="n", text=ibis.null("string"))

    batches = list(in_batches(engine, rows, ["key"]))

    whole = pa.Table.from_batches(batches)
    assert whole.column_names == list(rows.columns)
    assert whole["key"].to_pylist() == ["a", "b", "c"]
    assert whole["n"].to_pylist() == [None, 2.0, 3.0]
    if with_unknown:
        assert whole["nothing"].type == pa.timestamp("us", "UTC")
        assert whole["text"].null_count == whole["nothing"].null_count == 3


def test_a_key_that_is_null_throughout_is_sorted_by_all_the_same(engine: Engine) -> None:
    rows = engine.from_arrow(ROWS).select(key=ibis.null("string"), n="n")

    assert sum(one.num_rows for one in in_batches(engine, rows, ["key", "n"])) == 3
