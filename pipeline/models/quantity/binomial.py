"""Binomial regression with a ridge: of so many periods, in how many something will be.

Belongs here: fitting and scoring it. Does not belong here: logistic regression (``probability.logistic``).

expectation = n / (1 + exp(-log-odds)). The likelihood is that of n independent trials, counted as one
observation a customer: its periods are alike, and the mean is right whatever ties them together
(quasi-likelihood; Papke and Wooldridge, 1996, for shares).
"""

from collections.abc import Sequence
from typing import Any

from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability import logistic
from pipeline.models.probability.calibration import probability


def fit(columns: Sequence[Column], frame: Frame, outcome: Floats, periods: int) -> dict[str, Any]:
    """Weights of ``columns`` for ``outcome``, a count of 0 to ``periods``."""
    return logistic.fit(columns, frame, outcome / periods) | {"periods": periods}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """What is expected of each customer."""
    found: Floats = parameters["periods"] * probability(logistic.score(parameters, frame))
    return found
