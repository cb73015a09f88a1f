"""Logistic regression over a frozen design.

Belongs here: fitting and scoring it. Does not belong here: which columns it reads.

log-odds = constant + Σ weight · column, by maximum likelihood with a normal prior on the weights (ridge; le
Cessie and van Houwelingen, 1992).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.design import Column, add_to, columns_of, fit_design
from pipeline.models.frame import Floats, Frame

#: Variance of the prior, of columns in standard deviations: a weight of .3 changes the odds by a third. Many
#: columns say nearly the same while a project is young (orders of three periods and of twelve); on Online
#: Retail a variance of 1 let their weights run apart (mean AUC two months ahead .730, with .1 .739).
PRIOR_VARIANCE = 0.1


def fit(columns: Sequence[Column], frame: Frame, outcome: Floats) -> dict[str, Any]:
    """Weights of ``columns`` for ``outcome`` (0 or 1, or a share); with one outcome alone, its log-odds as a
    constant."""
    from sklearn.linear_model import LogisticRegression  # heavy, and only fits need it
    from threadpoolctl import threadpool_limits

    design = fit_design(columns, frame)
    rows = columns_of(design, frame)
    if not design or len(np.unique(outcome)) < 2:
        return {"design": [], "weights": [], "constant": log_odds_of(outcome)}
    came, weight = outcome, None
    if ((outcome > 0) & (outcome < 1)).any():
        # A share is so much of a yes, and the rest of a no.
        rows, came = np.concatenate([rows, rows]), np.repeat([1.0, 0.0], len(rows))
        weight = np.concatenate([outcome, 1.0 - outcome])
    with threadpool_limits(1):  # sums in another order are other sums (law L3)
        model = LogisticRegression(C=PRIOR_VARIANCE, solver="newton-cholesky", max_iter=200)
        model.fit(rows, came.astype(np.int64), sample_weight=weight)
    return {"design": design, "weights": model.coef_[0].tolist(), "constant": float(model.intercept_[0])}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log-odds of each customer."""
    found = np.full(len(frame), parameters["constant"])
    weights = iter(parameters["weights"])
    for one in parameters["design"]:
        add_to(found, one, frame, weights)
    return found


def log_odds_of(outcome: Floats) -> float:
    """Log-odds of the rate of ``outcome``, one half added to each side (Haldane, 1956): never infinite."""
    yes = float(outcome.sum())
    return float(np.log((yes + 0.5) / (len(outcome) - yes + 0.5)))
