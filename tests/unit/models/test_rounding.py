import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.rounding import told
from pipeline.tables import fields
from pipeline.tables.model import NUMBER, Field

DIGITS = Field("value", NUMBER, "A value.").rounded_to(digits=4)
numbers = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=30).map(np.array)


def test_a_field_says_its_precision_to_readers_and_to_the_writer():
    assert (fields.confidence.decimals, fields.score.decimals) == (4, 2)
    assert fields.confidence.meaning.endswith("Rounded to 4 decimals.")
    assert fields.confidence.zh.endswith("保留 4 位小数。")
    assert fields.reason_part("value").meaning.endswith("Rounded to 3 significant digits.")


def test_significant_digits_are_those_of_the_decimal_that_is_read():
    values = np.array([0.0, -0.0, 12345.6, 0.000123456, -99.9951, 1000.0, 7.0, np.nan])
    found = told(values, DIGITS)
    assert found[:7].tolist() == [0.0, 0.0, 12350.0, 0.0001235, -100.0, 1000.0, 7.0]
    assert math.isnan(found[7])
    assert not np.signbit(found[:2]).any()


@settings(deadline=None)  # numpy may take its time to start
@given(numbers)
def test_what_is_told_is_as_near_as_its_digits_and_keeps_order(values):
    found = told(np.sort(values), DIGITS)
    assert (np.diff(found) >= 0).all()
    assert (np.abs(found - np.sort(values)) <= 0.00051 * np.abs(np.sort(values)) + 1e-22).all()
    assert (told(found, DIGITS) == found).all()
    assert all(one == float(f"{one:.4g}") for one in found.tolist())


def test_a_column_without_a_stated_precision_is_told_as_it_is():
    assert told(np.array([0.123456789]), fields.mean_value).tolist() == [0.123456789]
