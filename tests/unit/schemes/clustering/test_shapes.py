"""Shapes of clusters: frozen and read again, and what a mixture says of a customer."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from pipeline.models.parameters import from_json, rounded, to_json
from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.shapes import Shapes, frozen, normal, thawed

COVARIANCES = np.array([[[4.0, 1.5], [1.5, 1.0]], [[1.0, -0.2], [-0.2, 0.5]]])
MIXTURE = normal(np.array([[0.0, 0.0], [3.0, 1.0]]), np.array([0.7, 0.3]), COVARIANCES)
Z = np.random.default_rng(1).normal(0, 2, (2, 50))


@pytest.mark.parametrize("extra", [0.0, 0.8])
def test_a_mixture_weighs_customers_as_its_normal_densities_do(extra):
    logs = MIXTURE.log_weights(Z, np.full(50, extra))
    for place, weight in enumerate((0.7, 0.3)):
        density = multivariate_normal(MIXTURE.centres[place], COVARIANCES[place] + np.eye(2) * extra)
        expected = np.log(weight) + density.logpdf(Z.T) + np.log(2 * np.pi)
        assert logs[place] == pytest.approx(expected)


def test_shapes_are_read_as_they_were_frozen():
    for shapes in (MIXTURE, Shapes(MIXTURE.centres)):
        read = thawed(from_json(to_json(rounded(frozen(shapes)))))
        assert read.labels(Z).tolist() == shapes.labels(Z).tolist()
        assert read.is_mixture == shapes.is_mixture


def test_two_made_one_have_the_mean_and_the_covariance_of_both():
    one = MIXTURE.merged(0, 1, np.array([1, 1]))
    assert one.centres[0] == pytest.approx(0.3 * np.array([3.0, 1.0]))
    away = np.array([3.0, 1.0])
    expected = 0.7 * COVARIANCES[0] + 0.3 * COVARIANCES[1] + 0.7 * 0.3 * np.outer(away, away)
    assert one.covariances[0] == pytest.approx(expected)


def test_a_mixture_is_found_as_it_was_drawn():
    random = np.random.default_rng(2)
    every = zip(MIXTURE.centres * 4, COVARIANCES, (2_100, 900), strict=True)
    drawn = [random.multivariate_normal(*one) for one in every]
    found = Way("mixture", 1).find(np.ascontiguousarray(np.vstack(drawn).T), 2, None)
    order = np.argsort(found.centres[:, 0])
    assert found.weights[order] == pytest.approx([0.7, 0.3], abs=0.01)
    assert found.covariances[order] == pytest.approx(COVARIANCES, abs=0.25)
