import math

import pytest

from pipeline.models.parameters import from_json, rounded, to_json


def test_the_same_content_gives_the_same_text_whatever_the_order():
    assert to_json({"b": 1.0, "a": (1, 2)}) == to_json({"a": [1, 2], "b": 1.0}) == '{"a":[1,2],"b":1.0}'


def test_reading_gives_exactly_what_was_rounded():
    value = {"x": [math.pi, -0.0, 1e-12], "y": {"z": 2 / 3}}
    assert from_json(to_json(value)) == rounded(value)
    assert to_json(from_json(to_json(value))) == to_json(value)


def test_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"x": math.nan})
