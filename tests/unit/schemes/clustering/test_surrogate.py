"""The tree that describes clusters: right about customers whom it has not seen, or not told."""

import numpy as np
import pyarrow as pa

from pipeline.models.frame import Frame
from pipeline.schemes.clustering.surrogate import surrogate
from pipeline.schemes.teaching.questions import rules_of

FEATURES = ["recency_days", "orders_count_12p"]


def frame_of(values: np.ndarray, believed: np.ndarray | None = None) -> Frame:
    """Customers with the rows of ``values`` as what was seen of the two features."""
    ids = pa.array([f"c{number:05}" for number in range(values.shape[1])])
    seen = dict(zip(FEATURES, values, strict=True))
    numbers = seen if believed is None else dict(zip(FEATURES, believed, strict=True))
    return Frame(ids, numbers, {}, {} if believed is None else seen)


def test_corners_are_told_by_a_question_a_feature():
    random = np.random.default_rng(3)
    labels = random.integers(0, 3, 900)
    centres = np.array([[10, 200, 200], [20, 20, 3]])
    values = centres[:, labels] + random.normal(0, 1, (2, 900))
    found = surrogate(frame_of(values), FEATURES, labels, 3, seed=1)
    assert found["right_share"] > 0.99
    assert found["tested_count"] == 450
    rules = rules_of(found["tree"]["root"], ["a", "b", "c"])
    assert {one.segment for one in rules} == {"a", "b", "c"}
    assert all(0 < one.probability <= 1 for one in rules)


def test_it_asks_of_what_was_seen_not_of_what_is_believed():
    random = np.random.default_rng(4)
    labels = np.arange(600) // 2 % 2
    seen = np.array([np.where(labels == 1, 90.0, 10.0), np.full(600, 5.0)])
    found = surrogate(frame_of(seen, random.normal(0, 1, (2, 600))), FEATURES, labels, 2, seed=1)
    assert found["right_share"] == 1.0
    assert found["tree"]["root"]["at_least"] == 90.0


def test_what_it_cannot_tell_of_others_is_not_told():
    random = np.random.default_rng(5)
    labels = random.integers(0, 2, 800)
    assert surrogate(frame_of(random.normal(0, 1, (2, 800))), FEATURES, labels, 2, seed=1) == {}


def test_no_better_than_calling_all_by_the_largest_is_not_told():
    random = np.random.default_rng(6)
    labels = (random.uniform(size=800) < 0.05).astype(np.int64)
    assert surrogate(frame_of(random.normal(0, 1, (2, 800))), FEATURES, labels, 2, seed=1) == {}
