"""Rows that are taken as they stand, and refused where they stand otherwise."""

import pyarrow as pa
import pytest

from pipeline.engine.blocks import Along, MisplacedError, ascending


def _batches(*keys: list[str]) -> list[pa.RecordBatch]:
    return [pa.record_batch({"customer_id": pa.array(one, pa.string())}) for one in keys]


def test_rows_in_order_pass_as_they_are() -> None:
    given = _batches(["a", "b"], [], ["c"], ["d", "e"])
    passed = [one.column(0).to_pylist() for one in ascending(given, "customer_id")]
    assert passed == [["a", "b"], ["c"], ["d", "e"]]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([["b", "a"]], id="within a batch"),
        pytest.param([["a", "c"], ["b"]], id="from one batch to the next"),
        pytest.param([["a", "a"]], id="a customer twice"),
        pytest.param([["a"], ["a"]], id="a customer again in the next batch"),
    ],
)
def test_rows_out_of_order_are_refused(given: list[list[str]]) -> None:
    with pytest.raises(MisplacedError, match="order of customer_id"):
        list(ascending(_batches(*given), "customer_id"))


def test_rows_along_others_are_those_of_the_same_keys() -> None:
    along = Along(_batches(["a"], ["b", "c"]), "customer_id")
    assert along.taken(pa.array(["a", "b"])).num_rows == 2
    with pytest.raises(MisplacedError, match="in the same order"):
        along.taken(pa.array(["d"]))
    with pytest.raises(MisplacedError, match="end before"):
        along.taken(pa.array(["e"]))
