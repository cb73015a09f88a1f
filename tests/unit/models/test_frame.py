"""What a fit reads: a bounded sample, the same on every engine and in any order of rows."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.models.frame import Frame, Sample, code_of, frame_of, take_sample

NAMES = ["recency_days", "order_days_count_12p", "is_tenure_censored"]
SCHEME = "behaviour_clusters"


def table(size: int, shift: float = 0.0) -> pa.Table:
    """Customers with a number, a count that some lack, and a flag."""
    return pa.table(
        {
            "customer_id": [f"c{number:03}" for number in range(size)],
            "recency_days": [number + shift for number in range(size)],
            "order_days_count_12p": pa.array(
                [None if number % 3 == 0 else number for number in range(size)], pa.int64()
            ),
            "is_tenure_censored": [number % 2 == 0 for number in range(size)],
        }
    )


def assignments(size: int) -> pa.Table:
    """Segments of the customers with an even number, of two schemes."""
    ids = [f"c{number:03}" for number in range(0, size, 2)]
    return pa.table(
        {
            "customer_id": ids * 2,
            "scheme": [SCHEME] * len(ids) + ["loyalty"] * len(ids),
            "segment_id": [f"{SCHEME}:s01"] * len(ids) + ["loyalty:low"] * len(ids),
        }
    )


def sampled(engine, now: pa.Table, before: pa.Table | None, previous: pa.Table | None, size: int) -> Sample:
    given = [None if one is None else engine.from_arrow(one) for one in (now, before, previous)]
    return take_sample(*given, [*NAMES, "recency_days"], [SCHEME], size)


def test_a_sample_are_those_whose_ids_hash_lowest_by_id(engine):
    now = table(40)
    shuffled = now.take(list(range(39, -1, -1)))
    sample = sampled(engine, shuffled, table(30, 0.5), assignments(40), 12)
    ids = now["customer_id"].to_pylist()
    expected = sorted(sorted(ids, key=lambda one: hashlib.md5(one.encode()).hexdigest())[:12])
    assert sample.now.customer_id.to_pylist() == expected
    rows = now.filter(pc.is_in(now["customer_id"], pa.array(expected)))
    for name in NAMES:
        assert sample.now.number(name).dtype == np.float64
        np.testing.assert_equal(sample.now.number(name), rows[name].cast("float64").to_numpy())
    segments = [f"{SCHEME}:s01" if int(one[1:]) % 2 == 0 else None for one in expected]
    assert sample.now.previous_segments[SCHEME].to_pylist() == segments
    assert sample.before is not None
    earlier = [one for one in expected if int(one[1:]) < 30]
    assert sample.before.customer_id.to_pylist() == earlier
    assert sample.before.number("recency_days").tolist() == [int(one[1:]) + 0.5 for one in earlier]


def test_every_scheme_has_the_segments_of_its_own_before(engine):
    given = [engine.from_arrow(one) for one in (table(10), table(10), assignments(8))]
    sample = take_sample(*given, NAMES, [SCHEME, "loyalty", "of_no_one_yet"], 100)
    even = [number % 2 == 0 and number < 8 for number in range(10)]
    assert {name: segments.to_pylist() for name, segments in sample.now.previous_segments.items()} == {
        SCHEME: [f"{SCHEME}:s01" if one else None for one in even],
        "loyalty": ["loyalty:low" if one else None for one in even],
        "of_no_one_yet": [None] * 10,
    }


def test_in_a_first_period_nothing_is_known_of_before(engine):
    sample = sampled(engine, table(5), None, None, 100)
    assert len(sample.now) == 5
    assert sample.before is None
    assert sample.now.previous_segments[SCHEME].null_count == 5
    assert [one.tolist() for one in sample.paired()] == [[], []]


def frame(**numbers: list[float]) -> Frame:
    size = len(next(iter(numbers.values())))
    ids = pa.array([f"c{number}" for number in range(size)])
    return Frame(ids, {name: np.array(one) for name, one in numbers.items()}, {"x": pa.nulls(size)})


def test_unknown_is_not_a_number():
    found = frame_of(table(4), NAMES)
    assert found.known("order_days_count_12p").tolist() == [False, True, True, False]
    assert found.number("is_tenure_censored").tolist() == [1, 0, 1, 0]


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="previous_segment_x, shoe_size"):
        frame_of(table(4), ["shoe_size"], ["x"])


def test_some_customers_of_a_frame_keep_all_that_is_theirs():
    taken = frame(a=[1.0, 2.0, 3.0]).taken(np.array([True, False, True]))
    assert taken.customer_id.to_pylist() == ["c0", "c2"]
    assert taken.number("a").tolist() == [1, 3]
    assert len(taken.previous_segments["x"]) == 2


def test_pairs_are_the_customers_of_both_periods():
    now, before = frame(a=[1.0, 2.0, 3.0]), frame(a=[1.0, 2.0, 3.0]).taken(np.array([True, False, True]))
    assert [one.tolist() for one in Sample(now, before).paired()] == [[0, 2], [0, 1]]


def test_a_text_is_a_number_that_says_whether_two_texts_are_the_same():
    texts = ["urban", None, "rural", "urban", "农村"]
    plain = pa.table({"customer_id": list("abcde"), "settlement": texts})
    coded = plain.set_column(1, "settlement", plain["settlement"].combine_chunks().dictionary_encode())
    for table in (plain, coded, plain.slice(0, 0)):
        found = frame_of(table, ["settlement"]).number("settlement")
        expected = [code_of(one) for one in texts[: len(table)]]
        np.testing.assert_array_equal(found, expected)
    known = [code_of(one) for one in texts if one]
    assert len(set(known)) == 3
    assert all(one.is_integer() and 0 <= one < 2**48 for one in known)
