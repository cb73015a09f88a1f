import numpy as np

from pipeline.schemes.clustering.labels import cluster_labels

FEATURES = ["recency_days", "orders_per_30_days_12p", "discount_share_12p"]


def test_the_two_features_farthest_from_the_middle_name_the_segment():
    labels = cluster_labels(FEATURES, np.array([[2.0, -1.0, 0.1], [-1.0, 2.0, 0.3]]), ["x:s01", "x:s02"])
    assert labels == {
        "x:s01": ["Long silent, infrequent", "久未购买、低频"],
        "x:s02": ["Frequent, recently active", "高频、近期活跃"],
    }


def test_segments_alike_in_two_features_take_a_third():
    labels = cluster_labels(FEATURES, np.array([[2.0, -1.0, 0.5], [2.0, -1.0, -0.5]]), ["x:s01", "x:s02"])
    assert labels["x:s01"][0] == "Long silent, infrequent, discount seeking"
    assert labels["x:s02"][0] == "Long silent, infrequent, full price"


def test_segments_alike_in_everything_take_their_id():
    labels = cluster_labels(FEATURES, np.array([[2.0, -1.0, 0.5]] * 2), ["x:s01", "x:s02"])
    assert labels["x:s01"][0] != labels["x:s02"][0]
    assert labels["x:s02"][0].endswith("(s02)")


def test_a_feature_without_words_of_its_own_is_named_plainly():
    labels = cluster_labels(
        ["household_size_count", "order_days_count_12p"], np.array([[1.0, -2.0]]), ["x:s01"]
    )
    assert labels["x:s01"] == ["Low order days, high household size", "下单天数低、家庭人数高"]
