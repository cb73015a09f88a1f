"""What files prove is so: a proof is never given where the rows say otherwise."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.proofs import Footers, are_equal, is_unique, proves_key, texts_in
from pipeline.tables.entities import ORDERS

keys = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("abcdef")), max_size=14)


def written(rows: list[tuple[str | None, ...]], folder: Path, name: str = "rows", group: int = 3) -> Path:
    path = folder / f"{name}.parquet"
    columns = list(zip(*rows, strict=True)) or [(), ()]
    table = pa.table([pa.array(one, pa.string()) for one in columns], names=["scheme", "customer_id"])
    pq.write_table(table, path, row_group_size=group)
    return path


@settings(deadline=None)  # files are written
@given(keys, st.integers(1, 5))
def test_rows_in_order_prove_their_key_and_repeated_ones_never_do(rows, group):
    with TemporaryDirectory() as folder:
        ordered = written(sorted(set(rows)), Path(folder), group=group)
        assert is_unique(ordered, "customer_id", "scheme")
        any_order = written(rows, Path(folder), "any", group)
        if len(set(rows)) < len(rows):
            assert not is_unique(any_order, "customer_id", "scheme")
            assert not is_unique(
                written(sorted(rows), Path(folder), "sorted", group), "customer_id", "scheme"
            )


def test_rows_by_customer_prove_their_key_as_those_by_scheme_do(tmp_path):
    rows = sorted(((scheme, one) for scheme in "xy" for one in "abc"), key=lambda row: row[::-1])
    assert is_unique(written(rows, tmp_path), "customer_id", "scheme")
    assert not is_unique(written(rows, tmp_path), "customer_id")
    assert is_unique(written(rows[::2], tmp_path), "customer_id")


def test_rows_of_one_group_prove_their_key_by_its_growing_alone(tmp_path):
    grows = [("x", one) for one in "abcdefg"]
    assert is_unique(written(grows, tmp_path), "customer_id", "scheme")
    assert is_unique(written(grows, tmp_path), "customer_id")
    assert is_unique(written([*grows, ("y", "a"), ("y", "b")], tmp_path), "customer_id", "scheme")
    assert not is_unique(written([*grows, ("y", "a"), ("y", "b")], tmp_path), "customer_id")
    for odd in (
        [*grows[:3], *grows[2:]],
        [*grows, ("x", "a")],
        [*grows[:4], ("x", None)],
        [*grows, ("y", "a"), grows[-1]],
    ):
        assert not is_unique(written(odd, tmp_path), "customer_id", "scheme"), odd


def test_keys_of_sources_are_proven_group_by_group(tmp_path):
    table = ORDERS.clean
    assert table.key == ("period", "source", "line_key")
    path = tmp_path / "orders.parquet"
    for keys, proven in ((["1", "2", "1", "3"], True), (["1", "1", "2", "3"], False)):
        pq.write_table(pa.table({"source": ["crm", "crm", "till", "till"], "line_key": keys}), path)
        assert proves_key(path, table) is proven


def test_an_unknown_key_proves_nothing(tmp_path):
    assert not is_unique(written([("x", "a"), ("x", None)], tmp_path), "customer_id", "scheme")
    assert not is_unique(written([("x", "a"), (None, "b")], tmp_path), "customer_id", "scheme")


@settings(deadline=None)
@given(keys, keys)
def test_equal_columns_are_equal_row_by_row(rows, others):
    with TemporaryDirectory() as folder:
        one, other = written(rows, Path(folder)), written(others, Path(folder), "others")
        assert are_equal(one, other, ["scheme", "customer_id"]) == (rows == others)


def test_footers_say_nulls_and_extremes_of_all_files(tmp_path):
    paths = [tmp_path / "one.parquet", tmp_path / "other.parquet"]
    pq.write_table(pa.table({"a": [0.5, None], "b": ["x", "y"], "c": [1, 2]}), paths[0], row_group_size=1)
    pq.write_table(pa.table({"a": [float("nan"), -1.0], "b": ["z", None], "c": [7, 8]}), paths[1])
    whole = Footers(paths)
    assert [whole.nulls(one) for one in "abc"] == [1, 1, 0]
    assert whole.extremes("c") == (1.0, 8.0)
    assert whole.extremes("b") is None  # no numbers
    assert whole.nulls("d") is None
    assert Footers(paths[1:]).extremes("a") == (-1.0, -1.0)
    assert whole.extremes("a") == (-1.0, 0.5)  # a group of nulls has nothing to say
    pq.write_table(pa.table({"a": [float("nan")]}), paths[0])
    assert whole.rows == 4
    assert Footers(paths).extremes("a") is None  # a group without any number, but with values, says nothing


def test_footers_say_times_amounts_and_that_nothing_is_known(tmp_path):
    moments = [datetime(2024, 1, 5, tzinfo=UTC), None, datetime(2024, 3, 1, tzinfo=UTC)]
    columns = {
        "at": pa.array(moments, pa.timestamp("us", "UTC")),
        "local": pa.array([None if one is None else one.replace(tzinfo=None) for one in moments]),
        "amount": pa.array([Decimal("1.5"), None, Decimal("-2.25")], pa.decimal128(18, 4)),
        "nothing": pa.nulls(3, pa.float64()),
    }
    pq.write_table(pa.table(columns), tmp_path / "one.parquet", row_group_size=1)
    footers = Footers([tmp_path / "one.parquet"])
    assert footers.moments("at") == (moments[0], moments[2])
    assert footers.moments("local") is None  # whose clock?
    assert footers.moments("nothing") is None
    assert footers.extremes("amount") == (-2.25, 1.5)
    assert [footers.are_all_null(one) for one in columns] == [False, False, False, True]
    assert not footers.are_all_null("absent")


def test_a_footer_without_statistics_says_nothing(tmp_path):
    path = tmp_path / "silent.parquet"
    pq.write_table(pa.table({"a": [0.5]}), path, write_statistics=False)
    assert (Footers([path]).nulls("a"), Footers([path]).extremes("a")) == (None, None)


@pytest.mark.parametrize("group", [1, 10])
def test_texts_are_found_inside_lists_of_structs(tmp_path, group):
    path = tmp_path / "nested.parquet"
    reasons = [
        [{"feature": "a", "value": 1.0}, {"feature": "b", "value": 2.0}],
        None,
        [],
        [{"feature": "c", "value": 0.0}],
    ]
    pq.write_table(pa.table({"reasons": reasons}), path, row_group_size=group)
    assert texts_in(path, "reasons.list.element.feature") == {"a", "b", "c"}
