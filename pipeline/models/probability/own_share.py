"""The own share, shrunken: how often a customer did so before, drawn towards what is usual.

Belongs here: fitting and scoring it. Does not belong here: posteriors of traits (``models.traits``).

probability = (a + k) / (a + b + n) of who did so k times of n: the mean of the posterior of a share under a
beta prior (Skellam, 1948). Here a and b are those under which the outcomes were likeliest, so what is learned
is how much the past of a customer tells of what is next, not how the past was spread.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability.logistic import log_odds_of
from pipeline.models.traits.observed import WORTH, found

OWN_SHARE = "own_share"
#: Log-odds that a is searched within, to either side of those of the rate.
_REACH = 5.0


def fit(columns: Sequence[Column], frame: Frame, outcome: Floats) -> dict[str, Any]:
    """``successes`` a and ``failures`` b of two ``columns``: how often it was so, of how many times.

    With one outcome alone nothing can be learned of the past: the rate, one half added to each side.
    """
    names = [one.feature for one in columns]
    odds = log_odds_of(outcome)
    hits, trials = _seen(names, frame)
    rows, back = np.unique(np.stack([hits, trials]), axis=1, return_inverse=True)
    count = rows.shape[1]
    yes = np.bincount(back.ravel(), outcome, count)
    no = np.bincount(back.ravel(), 1.0 - outcome, count)

    def likelihood(point: Sequence[float]) -> float:
        ours, others = _prior(point)
        told = (ours + rows[0]) / (ours + others + rows[1])
        return float((yes * np.log(told) + no * np.log1p(-told)).sum())

    bounds = [(odds - _REACH, odds + _REACH), tuple(np.log(WORTH).tolist())]
    place = None
    if len(np.unique(outcome)) > 1:
        place, _ = found(likelihood, [odds, 1.0], bounds, len(outcome), 1)
    # Worth so much that no past counts against it: the rate.
    ours, others = _prior(place or [odds, float(np.log(WORTH[1]))])
    return {"features": names, "successes": ours, "failures": others}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log-odds of each customer; of whom nothing is known those of the prior."""
    hits, trials = _seen(parameters["features"], frame)
    return np.asarray(np.log(parameters["successes"] + hits) - np.log(parameters["failures"] + trials - hits))


def _seen(names: Sequence[str], frame: Frame) -> tuple[Floats, Floats]:
    hits, trials = (np.nan_to_num(frame.number(one), nan=0.0) for one in names)
    return hits, np.maximum(trials, hits)


def _prior(point: Sequence[float]) -> tuple[float, float]:
    share, worth = 1 / (1 + np.exp(-point[0])), np.exp(point[1])
    return float(share * worth), float((1 - share) * worth)
