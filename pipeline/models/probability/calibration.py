"""Calibration: log-odds of a model set right by what came, on predictions that were out of sample.

Belongs here: fitting the line. Does not belong here: measuring calibration (``measures``).

log-odds = intercept + slope · the model's (Platt, 1999). Two numbers rather than a free step function, as the
periods to learn from are few; with a normal prior round slope one and intercept zero, so that a short record
leaves the model as it is.
"""

import numpy as np

from pipeline.models.frame import Floats

#: Spread of the prior on slope and intercept: a model is rarely off by more than half of its own odds.
PRIOR_SPREAD = 0.5
_STEPS, _CLOSE = 50, 1e-10


def fit_line(log_odds: Floats, outcome: Floats) -> tuple[float, float]:
    """Slope and intercept by Newton's method on the penalised likelihood, which has one maximum."""
    rows = np.stack([log_odds, np.ones(len(log_odds))], axis=1)
    middle, precision = np.array([1.0, 0.0]), np.eye(2) / PRIOR_SPREAD**2
    found = middle.copy()
    for _ in range(_STEPS):
        chance = probability(rows @ found)
        gradient = rows.T @ (outcome - chance) - precision @ (found - middle)
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows + precision
        step = np.linalg.solve(curvature, gradient)
        found = found + step
        if np.abs(step).max() < _CLOSE:
            break
    return float(found[0]), float(found[1])


def probability(log_odds: Floats) -> Floats:
    """Probability of log-odds, without overflow at either end."""
    from scipy.special import expit  # slow to load: only models pay for it

    found: Floats = expit(log_odds)
    return found
