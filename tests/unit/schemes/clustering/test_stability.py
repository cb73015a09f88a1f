import numpy as np
import pytest

from pipeline.schemes.clustering.stability import jaccard_of_clusters, measure


def blobs(size: int = 300) -> np.ndarray:
    random = np.random.default_rng(5)
    centres = np.array([[0, 0], [6, 0], [0, 6]])
    return (centres[np.arange(size) % 3] + random.normal(0, 0.5, (size, 2))).T


def test_the_true_number_is_stable_and_a_larger_one_less():
    true, more = measure(blobs(), 3, 5, seed=1), measure(blobs(), 6, 5, seed=1)
    assert true.adjusted_rand_index == pytest.approx(1)
    assert true.cluster_jaccard == pytest.approx(1)
    assert more.cluster_jaccard < 0.75
    assert true.silhouette > more.silhouette


def test_the_same_seed_gives_the_same_measures():
    one, other = measure(blobs(), 4, 3, seed=7), measure(blobs(), 4, 3, seed=7)
    assert one.centres.tolist() == other.centres.tolist()
    assert one.adjusted_rand_index == other.adjusted_rand_index


def test_jaccard_does_not_mind_other_numbers_and_sees_a_dissolved_cluster():
    reference = np.repeat([0, 1], 10)
    assert jaccard_of_clusters(reference, 1 - reference, 2).tolist() == [1, 1]
    dissolved = np.repeat([0, 1], [15, 5])
    assert jaccard_of_clusters(reference, dissolved, 2).tolist() == [10 / 15, 0.5]
