"""Poisson regression with a ridge over a frozen design: the expectation is a product of powers of counts.

Belongs here: fitting and scoring it. Does not belong here: which columns it reads.

ln(expectation) = constant + Σ weight · column. The likelihood of Poisson counts is maximised whatever the law
of the quantity: the mean is right if its form is (quasi-likelihood; Wedderburn, 1974), so it serves for money
too; less than nothing counts as nothing. As skewed columns are logarithms, who orders ten times as much is
expected to order so many times as much, beyond what was seen as well.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.design import Column, add_to, columns_of, fit_design
from pipeline.models.frame import Floats, Frame

#: Weight of the ridge beside the mean deviance, of columns in standard deviations: many columns say nearly
#: the same while a project is young. On Online Retail amounts ran away with .001 (an error hundreds of times
#: too large at one origin); .03 and .1 were alike.
RIDGE = 0.03
#: No expectation is more than so many times the mean of the fit: an exponential runs away where a column
#: lies far beyond what was seen.
MOST = 1_000.0


def fit(columns: Sequence[Column], frame: Frame, outcome: Floats) -> dict[str, Any]:
    """Weights of ``columns`` for ``outcome``; where nothing came or nobody differs, the mean alone."""
    from sklearn.linear_model import PoissonRegressor  # heavy, and only fits need it
    from threadpoolctl import threadpool_limits

    design = fit_design(columns, frame)
    came = np.maximum(outcome, 0.0)
    mean = float(came.mean())
    if not design or mean <= 0:
        return {"design": [], "weights": [], "constant": 0.0, "mean": mean}
    with threadpool_limits(1):  # sums in another order are other sums (law L3)
        model = PoissonRegressor(alpha=RIDGE, solver="newton-cholesky", max_iter=200, tol=1e-8)
        model.fit(columns_of(design, frame), came / mean)
    return {
        "design": design,
        "weights": model.coef_.tolist(),
        "constant": float(model.intercept_),
        "mean": mean,
    }


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """What is expected of each customer."""
    found = np.full(len(frame), parameters["constant"])
    weights = iter(parameters["weights"])
    for one in parameters["design"]:
        add_to(found, one, frame, weights)
    return np.asarray(np.exp(np.minimum(found, np.log(MOST))) * parameters["mean"])
