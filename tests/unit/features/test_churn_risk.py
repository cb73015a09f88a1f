"""The probability of silence: against values by hand, and the laws it keeps."""

import math

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.features.churn_risk import silence_probability

DAYS = st.integers(3, 366)
OVERDUE = st.floats(0, 1e6)


def probability(engine: Engine, order_days: int, overdue: float | None) -> float | None:
    value = silence_probability(ibis.literal(order_days, "int64"), ibis.literal(overdue, "float64"))
    [row] = engine.backend.to_pyarrow(value.name("value").as_table()).to_pylist()
    return row["value"]


@pytest.mark.parametrize(
    ("order_days", "overdue", "expected"),
    [
        (3, 0.0, 1 / 5),  # ordered just now: the prior alone
        (8, 0.0, 1 / 10),
        (8, 1.0, 1 / (1 + 9 * math.exp(-1))),
        (8, math.log(9), 1 / 2),  # silence has become as likely as not
        (98, math.log(99), 1 / 2),  # a long record takes a longer silence
        (8, 1e6, 1.0),
    ],
)
def test_values_by_hand(engine, order_days, overdue, expected):
    assert probability(engine, order_days, overdue) == pytest.approx(expected, rel=1e-12)


def test_without_a_rhythm_nothing_is_known(engine):
    assert probability(engine, 5, None) is None


@pytest.mark.duckdb_suffices
@settings(max_examples=25, deadline=None)
@given(DAYS, OVERDUE, OVERDUE)
def test_a_longer_silence_is_never_less_probable_and_never_below_the_prior(engine, order_days, one, other):
    shorter, longer = sorted((one, other))
    least = probability(engine, order_days, shorter)
    assert 1 / (order_days + 2) * (1 - 1e-12) <= least <= probability(engine, order_days, longer) <= 1


@pytest.mark.duckdb_suffices
@settings(max_examples=15, deadline=None)
@given(DAYS, DAYS, st.floats(0, 20))
def test_a_longer_record_never_makes_the_same_silence_more_probable(engine, one, other, overdue):
    fewer, more = sorted((one, other))
    assert probability(engine, more, overdue) <= probability(engine, fewer, overdue)
