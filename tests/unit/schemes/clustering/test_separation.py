"""Two clusters are two when there is a valley between them, one when there is none."""

import numpy as np
import pytest

from pipeline.models.frame import Floats
from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.refinement import fullest, refined
from pipeline.schemes.clustering.separation import own_valley, valleys
from pipeline.schemes.clustering.shapes import Shapes
from pipeline.schemes.clustering.shapes import normal as shapes_of

LIMIT = 0.7


def normal(*centres: tuple[float, float], size: int = 400, seed: int = 3) -> Floats:
    """``size`` customers about each centre, features x customers."""
    random = np.random.default_rng(seed)
    every = np.repeat(np.array(centres), size, axis=0)
    return np.ascontiguousarray((every + random.normal(0, 1, every.shape)).T)


def correlated(size: int = 1_600) -> Floats:
    """One long cluster, as k-means would cut it."""
    return np.array([[4.0, 1.0], [4.0, -0.5]]) @ normal((0, 0), size=size)


@pytest.mark.parametrize("z", [normal((0, 0), size=1_600), correlated(), np.exp(normal((0, 0), size=1_600))])
@pytest.mark.parametrize("method", ["k_means", "mixture"])
def test_a_continuum_is_one_cluster_of_whatever_form(z, method):
    way = Way(method, 1)
    assert own_valley(z, z, way).most > LIMIT
    assert refined(z, z, way.find(z, 5, None), way, 8, LIMIT, is_held=False).k == 1


@pytest.mark.parametrize("method", ["k_means", "mixture"])
def test_clusters_that_lie_apart_are_found_from_too_many_and_from_too_few(method):
    z, way = normal((0, 0), (7, 0), (0, 7), (7, 7)), Way(method, 1)
    for k in (2, 7):
        found = refined(z, z, way.find(z, k, None), way, 8, LIMIT, is_held=False)
        assert found.k == 4
        assert fullest(valleys(z, z, found, way), is_held=False) < LIMIT
        mostly = {int(np.bincount(found.labels(z)[at : at + 400]).argmax()) for at in range(0, 1600, 400)}
        assert mostly == {0, 1, 2, 3}


def test_long_clusters_side_by_side_are_found_as_a_mixture_and_refused_as_round_ones():
    z = normal((0, 0), (0, 7), size=800)
    z[0] *= 6
    k = {}
    for way in (Way("k_means", 1), Way("mixture", 1)):
        k[way.method] = refined(z, z, way.find(z, 5, None), way, 8, LIMIT, is_held=False).k
    assert k == {"k_means": 1, "mixture": 2}


def test_clusters_that_were_there_stay_until_the_valley_is_surely_too_full():
    """A little farther apart than is asked: of so few customers not surely two, and not surely one."""
    z, way = normal((0, 0), (3.4, 0), size=200), Way("k_means", 1)
    start = Shapes(np.array([[0.0, 0.0], [3.4, 0.0]]))
    assert refined(z, z, start, way, 8, LIMIT, is_held=True).k == 2
    assert refined(z, z, start, way, 8, LIMIT, is_held=False).k == 1
    together = normal((0, 0), (1, 0), size=1_500)
    assert refined(together, together, start, way, 8, LIMIT, is_held=True).k == 1


def test_a_cluster_without_customers_is_let_go():
    z, way = normal((0, 0), (7, 0)), Way("k_means", 1)
    start = Shapes(np.array([[0.0, 0.0], [7.0, 0.0], [90.0, 90.0]]))
    assert refined(z, z, start, way, 8, LIMIT, is_held=True).k == 2


def test_clusters_of_a_mixture_within_each_other_are_one():
    z, way = normal((0, 0), size=800), Way("mixture", 1)
    z[:, ::2] *= 3
    start = shapes_of(np.zeros((2, 2)), np.array([0.5, 0.5]), np.array([np.eye(2), 9 * np.eye(2)]))
    assert refined(z, z, start, way, 8, LIMIT, is_held=True).k == 1
