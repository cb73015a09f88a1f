"""Maximum likelihood: what is found, and what is refused."""

import numpy as np
import pytest

from pipeline.models.lifetime.likelihood import maximise

NUMBERS = np.random.default_rng(1).gamma(3.0, 1 / 2.0, 5000)


def gamma(parameters):
    from scipy.special import gammaln, psi

    shape, rate = parameters
    count, total, logs = len(NUMBERS), NUMBERS.sum(), np.log(NUMBERS).sum()
    value = count * (shape * np.log(rate) - gammaln(shape)) + (shape - 1) * logs - rate * total
    return value, np.array([count * (np.log(rate) - psi(shape)) + logs, count * shape / rate - total])


def test_the_maximum_and_its_standard_errors():
    found = maximise(["shape", "rate"], gamma, [(1.0, 1.0), (10.0, 0.1)], len(NUMBERS))
    assert [gate.name for gate in found.gates if not gate.passed] == []
    shape, rate = found.parameters["shape"], found.parameters["rate"]
    assert shape / rate == pytest.approx(NUMBERS.mean(), rel=1e-9)
    # Fisher information of the gamma law: the error of the shape is √(shape / (n (shape ψ′(shape) − 1))).
    from scipy.special import polygamma

    error = np.sqrt(shape / (len(NUMBERS) * (shape * polygamma(1, shape) - 1)))
    assert found.notes["standard_errors"]["shape"] == pytest.approx(error, rel=1e-4)


def test_a_rough_likelihood_to_try_the_starts_on_does_not_change_the_maximum():
    def rough(parameters):
        value, gradient = gamma(parameters)
        return value + 50 * np.log(parameters[0]), gradient + np.array([50 / parameters[0], 0])

    fine = maximise(["shape", "rate"], gamma, [(1.0, 1.0)], len(NUMBERS))
    found = maximise(["shape", "rate"], gamma, [(1.0, 1.0)], len(NUMBERS), rough)
    assert found.parameters == pytest.approx(fine.parameters, rel=1e-8)


def failed(fit):
    assert fit.parameters is None
    return {gate.name for gate in fit.gates if not gate.passed}


def test_a_parameter_that_runs_away_is_refused():
    def ever_better(parameters):
        return -1e3 / parameters[0], np.array([1e3 / parameters[0] ** 2])

    assert "inside_bounds" in failed(maximise(["one"], ever_better, [(1.0,)], 1.0))


def test_parameters_that_the_data_do_not_tell_apart_are_refused():
    def ridge(parameters):
        off = np.log(parameters[0] * parameters[1])
        return -100 * off**2, -200 * off / parameters

    assert "loosest_direction" in failed(maximise(["one", "other"], ridge, [(2.0, 1.0)], 100.0))


def test_what_is_nowhere_finite_is_refused():
    def nowhere(parameters):
        return np.nan, np.full(1, np.nan)

    assert failed(maximise(["one"], nowhere, [(1.0,)], 1.0)) == {"finite"}
