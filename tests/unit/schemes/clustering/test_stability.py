import numpy as np
import pytest

from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.stability import Candidate, jaccard_of_clusters, measure


def blobs(size: int = 300) -> np.ndarray:
    random = np.random.default_rng(5)
    centres = np.array([[0, 0], [6, 0], [0, 6]])
    return (centres[np.arange(size) % 3] + random.normal(0, 0.5, (size, 2))).T


def measured(k: int, bootstraps: int, seed: int, method: str = "k_means") -> Candidate:
    way = Way(method, seed)
    return measure(blobs(), way.find(blobs(), k, None), bootstraps, way)


def test_the_true_number_is_stable_and_a_larger_one_less():
    true, more = measured(3, 5, seed=1), measured(6, 5, seed=1)
    assert true.adjusted_rand_index == pytest.approx(1)
    assert true.cluster_jaccard == pytest.approx(1)
    assert more.cluster_jaccard < 0.75
    assert true.silhouette > more.silhouette


def test_the_same_seed_gives_the_same_measures():
    one, other = measured(4, 3, seed=7), measured(4, 3, seed=7)
    assert one.shapes.centres.tolist() == other.shapes.centres.tolist()
    assert one.adjusted_rand_index == other.adjusted_rand_index


def test_jaccard_does_not_mind_other_numbers_and_sees_a_dissolved_cluster():
    reference = np.repeat([0, 1], 10)
    assert jaccard_of_clusters(reference, 1 - reference, 2).tolist() == [1, 1]
    dissolved = np.repeat([0, 1], [15, 5])
    assert jaccard_of_clusters(reference, dissolved, 2).tolist() == [10 / 15, 0.5]
