"""Calibration of classes: log shares of a model set right by what was so, on what was told out of sample.

Belongs here: fitting the line and taking it. Does not belong here: measuring calibration.

log share of a class = a constant of its own + slope · the model's: what Platt's line (1999) is of two
classes. With a normal prior round slope one and constants zero, so that a few customers leave the model as it
is.
"""

from typing import Any

import numpy as np

from pipeline.models.classes.shares import shares_of
from pipeline.models.frame import Floats
from pipeline.models.probability.calibration import PRIOR_SPREAD

_STEPS = 100


def as_it_is(classes: int) -> dict[str, Any]:
    """What changes nothing."""
    return {"slope": 1.0, "constants": [0.0] * classes}


def fit_line(log_shares: Floats, outcome: Floats) -> dict[str, Any]:
    """Slope and constants by the greatest penalised likelihood, which has one maximum."""
    from scipy.optimize import minimize  # only a fit pays for it

    classes = log_shares.shape[1]
    was = (outcome[:, None] == np.arange(classes)).astype(np.float64)
    middle = np.array([1.0, *([0.0] * classes)])

    def loss(point: Floats) -> tuple[float, Floats]:
        shares = shares_of(point[0] * log_shares + point[1:])
        off = shares - was
        gradient = np.array([(off * log_shares).sum(), *off.sum(axis=0)])
        away = (point - middle) / PRIOR_SPREAD**2
        likelihood = np.log(np.maximum((shares * was).sum(axis=1), 1e-300)).sum()
        return float(-likelihood + 0.5 * (away * (point - middle)).sum()), gradient + away

    found = minimize(loss, middle, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return {"slope": float(found[0]), "constants": found[1:].tolist()}


def calibrated(log_shares: Floats, line: dict[str, Any]) -> Floats:
    """Shares of ``log_shares``, set right."""
    return shares_of(line["slope"] * log_shares + np.asarray(line["constants"]))
