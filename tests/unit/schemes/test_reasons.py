import numpy as np

from pipeline.schemes.reasons import weightiest

FEATURES = ["a", "b", "c", "d"]
CONTRIBUTIONS = np.array([[1.0, np.nan], [-4.0, np.nan], [3.0, 0.5], [2.0, np.nan]])
VALUES = np.arange(8.0).reshape(4, 2)


def test_the_three_largest_by_size_come_first_with_their_direction():
    rows = weightiest(FEATURES, VALUES, CONTRIBUTIONS).to_arrow(np.array([True, True])).to_pylist()
    assert [(one["feature"], one["direction"]) for one in rows[0]] == [
        ("b", "lowers"),
        ("c", "raises"),
        ("d", "raises"),
    ]
    assert rows[0][0] == {"feature": "b", "value": 2.0, "direction": "lowers", "contribution": -4.0}


def test_an_unknown_contribution_is_no_reason():
    rows = weightiest(FEATURES, VALUES, CONTRIBUTIONS).to_arrow(np.array([True, True])).to_pylist()
    assert [one["feature"] for one in rows[1]] == ["c"]


def test_without_an_assignment_there_are_no_reasons():
    rows = weightiest(FEATURES, VALUES, CONTRIBUTIONS).to_arrow(np.array([False, True])).to_pylist()
    assert rows[0] is None
    assert rows[1] is not None


def test_ties_are_broken_by_the_order_of_features():
    equal = np.ones((4, 1))
    rows = weightiest(FEATURES, equal, equal).to_arrow(np.array([True])).to_pylist()
    assert [one["feature"] for one in rows[0]] == ["a", "b", "c"]


def test_a_withheld_feature_is_named_last_and_nothing_else_of_it_is_told():
    contributions = np.array([[1.0, 1.0], [-4.0, np.nan], [3.0, 9.0], [0.5, np.nan]])
    rows = weightiest(FEATURES, VALUES, contributions, {"c"}).to_arrow(np.array([True, True])).to_pylist()
    assert [one["feature"] for one in rows[0]] == ["b", "a", "d"]
    named = {"feature": "c", "value": None, "direction": None, "contribution": None}
    assert rows[1] == [{"feature": "a", "value": 1.0, "direction": "raises", "contribution": 1.0}, named]
