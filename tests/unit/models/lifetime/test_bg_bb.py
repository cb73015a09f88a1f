"""BG/BB: as published on the donors, and as many small stories added up."""

import itertools

import numpy as np
import pytest
from scipy.special import betaln

from pipeline.models.lifetime import Histories, fit, score
from pipeline.models.lifetime.bg_bb import BgBb, log_likelihood
from pipeline.models.lifetime.histories import Counted
from tests.unit.models.lifetime.buyers import by_periods, donors, per_level

PARAMETERS = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}


def one(history):
    return Histories(*(np.array([float(value)]) for value in history))


def test_published_parameters_and_forecasts_of_the_donors():
    """Fader, Hardie, Shang (2010), table 4 and figure 6: of those who gave in all six years 3.75 of five."""
    found = fit("bg_bb", donors())
    assert list(found.parameters.values()) == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=1e-3)
    assert found.notes["log_likelihood"] == pytest.approx(-33_225.6, abs=0.06)
    scores = score("bg_bb", found.parameters, one((6, 6, 6)), [5.0])
    assert scores.outlooks[0].expected_orders[0] == pytest.approx(3.75, abs=0.005)
    assert scores.alive_probability[0] == pytest.approx(0.93, abs=0.005)


def chance(path, periods_there):
    """Of a path of orders (1) and none (0) by a customer who is there in so many of its periods."""
    if any(path[periods_there:]):
        return 0.0
    seen = sum(path)
    own = betaln(1.2 + seen, 0.75 + periods_there - seen) - betaln(1.2, 0.75)
    left = periods_there < len(path)
    return np.exp(own + betaln(0.66 + left, 2.8 + periods_there) - betaln(0.66, 2.8))


def of_path(path):
    return sum(chance(path, there) for there in range(len(path) + 1))


def history(path):
    return sum(path), max((at for at, order in enumerate(path, 1) if order), default=0), len(path)


def test_the_likelihood_and_the_law_are_sums_over_all_paths():
    """Three periods seen and three to come: every path that goes on from those seen."""
    for seen in itertools.product((0, 1), repeat=3):
        value, _ = log_likelihood(
            np.array(list(PARAMETERS.values())), Counted(one(history(seen)), np.ones(1))
        )
        assert np.exp(value) == pytest.approx(of_path(seen))
        further = list(itertools.product((0, 1), repeat=3))
        chances = np.array([of_path(seen + path) for path in further]) / of_path(seen)
        orders = np.array([sum(path) for path in further])
        scores = score("bg_bb", PARAMETERS, one(history(seen)), [3.0])
        assert scores.outlooks[0].expected_orders[0] == pytest.approx(chances @ orders)
        for least in (1, 2, 3):
            law = BgBb().at_least(
                PARAMETERS, one(history(seen)), scores.alive_probability, 3.0, np.array([float(least)])
            )
            assert law[0] == pytest.approx(chances[orders >= least].sum())


def test_the_gradient_is_the_likelihoods():
    data = Counted(by_periods(50, 1).histories, np.ones(50))
    parameters = np.array([1.1, 0.7, 0.5, 2.2])
    _, gradient = log_likelihood(parameters, data)
    for position in range(4):
        step = np.zeros(4)
        step[position] = 1e-6
        up, down = (log_likelihood(parameters + sign * step, data)[0] for sign in (1, -1))
        assert gradient[position] == pytest.approx((up - down) / 2e-6, rel=1e-5)


def test_who_is_alive_is_known_as_often_as_said():
    drawn = by_periods(60_000, 2)
    alive = score("bg_bb", PARAMETERS, drawn.histories, [1.0]).alive_probability
    assert per_level(drawn.histories, alive) == pytest.approx(
        per_level(drawn.histories, drawn.is_alive * 1.0), abs=0.02
    )


@pytest.mark.parametrize("history", [(1, 0.5, 3), (3, 2, 4)], ids=["half a period", "two orders in one"])
def test_what_is_no_count_of_periods_is_refused(history):
    with pytest.raises(ValueError, match="whole periods"):
        score("bg_bb", PARAMETERS, one(history), [1.0])


def test_half_a_period_ahead_is_refused():
    with pytest.raises(ValueError, match="bg_bb looks whole periods ahead"):
        score("bg_bb", PARAMETERS, one((1, 1, 3)), [1.5])
