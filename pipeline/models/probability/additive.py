"""Gradient boosting without interactions: a step function a feature, added up (a generalised additive model).

Belongs here: fitting and scoring it. Does not belong here: which features it reads.

Boosted shallow trees, each on one feature (Lou, Caruana and Gehrke, 2012), so that all trees of a feature
together are one step function: a table with a value a bin. So it scores by one search a feature, can be read
and drawn, and is stored as numbers alone. Trees see bins of equal size of the fit, unknown in one of its own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame, Integers
from pipeline.models.probability.logistic import log_odds_of

#: Bins of a feature: with a few thousand customers, a hundred or so in each.
BINS = 24
#: Slow learning with small trees of many customers: samples are small, and neighbouring bins alike.
TREES, LEARNING_RATE, LEAVES, LEAST_IN_LEAF, RIDGE = 150, 0.06, 4, 40, 5.0


def fit(columns: Sequence[Column], frame: Frame, outcome: Floats, seed: int) -> dict[str, Any]:
    """Step functions of ``columns`` for ``outcome`` (0 or 1); with one outcome alone, a constant."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # heavy, and only fits need it
    from threadpoolctl import threadpool_limits

    # no edge lies above the most that a column counts, so all beyond it are in the last bin
    edges = [_edges(one.within(frame.number(one.feature))) for one in columns]
    bins = np.stack(
        [_bins(frame.number(one.feature), edge) for one, edge in zip(columns, edges, strict=True)], axis=1
    )
    if len(np.unique(outcome)) < 2:
        return {"steps": [], "constant": log_odds_of(outcome)}
    model = HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE,
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST_IN_LEAF,
        l2_regularization=RIDGE,
        interaction_cst="no_interactions",
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):
        model.fit(bins.astype(np.float64), outcome.astype(np.int64))
        return _tables(model, columns, edges)


def _tables(model: Any, columns: Sequence[Column], edges: Sequence[Floats]) -> dict[str, Any]:
    """The step function of each feature: how the log-odds change along its bins, the others being unknown.

    Exact, as nothing interacts; read off by asking the model, so that no private part of it is touched.
    """
    nothing = np.zeros((1, len(columns)))
    constant = float(model.decision_function(nothing)[0])
    steps = []
    for place, (one, edge) in enumerate(zip(columns, edges, strict=True)):
        asked = np.repeat(nothing, len(edge) + 2, axis=0)
        asked[:, place] = np.arange(len(edge) + 2)
        values = model.decision_function(asked) - constant
        if np.ptp(values) > 0:
            steps.append({"feature": one.feature, "edges": edge.tolist(), "values": values.tolist()})
    return {"steps": steps, "constant": constant}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log-odds of each customer."""
    found = np.full(len(frame), parameters["constant"])
    for one in parameters["steps"]:
        bins = _bins(frame.number(one["feature"]), np.asarray(one["edges"]))
        found += np.asarray(one["values"])[bins]
    return found


def _edges(values: Floats) -> Floats:
    """Least values of the bins but the first: distinct quantiles, so that equal values share a bin."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.empty(0)
    quantiles = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
    return np.unique(quantiles[quantiles > known.min()])


def _bins(values: Floats, edges: Floats) -> Integers:
    """Bin of each value: 0 unknown, 1 below the first edge, and so on."""
    found = np.searchsorted(edges, values, side="right").astype(np.int64) + 1
    found[np.isnan(values)] = 0
    return found
