"""Scales of the features that clusters are found on."""

import numpy as np

from pipeline.schemes.clustering.fit import fit_scaling


def test_a_skewed_feature_is_scaled_after_log1p_and_a_constant_one_is_left_out():
    random = np.random.default_rng(0)
    skewed = fit_scaling("recency_days", np.exp(random.normal(0, 1.5, 500)))
    even = fit_scaling("recency_days", random.uniform(0, 1, 500))
    assert skewed is not None
    assert skewed["log"]
    assert even is not None
    assert not even["log"]
    assert fit_scaling("recency_days", np.full(500, 3.0)) is None


def test_a_feature_most_customers_share_is_scaled_by_its_standard_deviation():
    values = np.array([0.0] * 90 + [1.0] * 10)
    scaling = fit_scaling("discount_share_12p", values)
    assert scaling is not None
    assert scaling["scale"] > 0.1
