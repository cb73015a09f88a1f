import numpy as np

from pipeline.schemes.clustering.alignment import carried_ids, overlaps


def test_overlap_is_jaccard_and_leaves_the_unassigned_out():
    jaccard = overlaps(np.array([0, 0, 0, 1, -1]), np.array([1, 1, 0, 0, 0]), 2, 2)
    assert jaccard.tolist() == [[1 / 4, 2 / 3], [1 / 2, 0]]


def test_ids_follow_the_customers_not_the_numbering():
    old = np.repeat([0, 1, 2], 10)
    new = np.repeat([2, 0, 1], 10)
    assert carried_ids(overlaps(old, new, 3, 3), ["a", "b", "c"], 0.3) == ["b", "c", "a"]


def test_one_old_id_is_given_once_and_a_weak_match_is_no_match():
    old = np.repeat([0, 1], [20, 20])
    new = np.repeat([0, 1, 2], [12, 8, 20])
    assert carried_ids(overlaps(old, new, 2, 3), ["a", "b"], 0.3) == ["a", None, "b"]


def test_the_total_overlap_decides_not_the_first_come():
    jaccard = np.array([[0.6, 0.5], [0.55, 0.0]])
    assert carried_ids(jaccard, ["a", "b"], 0.3) == ["b", "a"]
