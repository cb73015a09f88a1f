"""A neural network: one hidden layer over the features, and from it a log share a class.

Belongs here: fitting and scoring it. Does not belong here: the scale of features (``models.design``).

Frozen as its weights. Sums are written out column by column rather than left to a linear algebra library, so
that results depend neither on threads nor on how customers are batched (law L3).
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.models.classes.shares import base_rates, logarithms
from pipeline.models.design import Column, columns_of, fit_design
from pipeline.models.frame import Floats, Frame

#: Few neurons, whose weights have a normal prior of variance 1 in so many: samples are small, and features
#: say nearly the same. Chosen of 10, 30 and 100 on the Telco table, in other parts than those that are
#: reported.
NEURONS, PENALTY, ROUNDS = 8, 30.0, 300
#: Rows that it is fitted on, at most, at even distances: more take long and teach so small a net little.
MOST_ROWS = 10_000
#: A column farther from the mean of the fit than so many standard deviations counts as these: of what lies
#: out there nothing was learned.
FARTHEST = 4.0


def fit(columns: Sequence[Column], frame: Frame, outcome: Floats, classes: int, seed: int) -> dict[str, Any]:
    """Frozen parameters: the design of the columns, and weights; with one outcome alone, constants."""
    chosen = np.zeros(len(frame), bool)
    chosen[np.linspace(0, len(frame) - 1, min(len(frame), MOST_ROWS)).astype(np.int64)] = True
    frame, outcome = frame.taken(chosen), outcome[chosen]
    design, constants = fit_design(columns, frame), logarithms(base_rates(outcome, classes)).tolist()
    known = np.unique(outcome).astype(np.int64)
    if not design or len(known) < 2:
        return {
            "kind": "network",
            "design": [],
            "hidden": [],
            "starts": [],
            "out": [],
            "constants": constants,
        }
    model = _fitted(_rows(design, frame), outcome.astype(np.int64), seed)
    hidden, out = model.coefs_
    starts, ends = model.intercepts_
    if len(known) == 2:  # one log-odds, that of the second
        out, ends = np.concatenate([np.zeros_like(out), out], axis=1), np.array([0.0, ends[0]])
    weights = np.zeros((NEURONS, classes))
    weights[:, known] = out
    # Of a class that nobody had, the rate; of the others what the net says, at its level.
    level = np.log(np.exp(ends).sum())
    for place, one in enumerate(known):
        constants[one] = float(ends[place] - level)
    return {
        "kind": "network",
        "design": design,
        "hidden": hidden.tolist(),
        "starts": starts.tolist(),
        "out": weights.tolist(),
        "constants": constants,
    }


def _fitted(rows: Floats, outcome: Any, seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier  # heavy, and only fits need it
    from threadpoolctl import threadpool_limits

    model = MLPClassifier(
        (NEURONS,), activation="tanh", solver="lbfgs", alpha=PENALTY, max_iter=ROUNDS, random_state=seed
    )
    with threadpool_limits(1), warnings.catch_warnings():
        # Rounds are few on purpose: to stop early is to learn less of chance.
        warnings.simplefilter("ignore")
        model.fit(rows, outcome)
    return model


def _rows(design: Sequence[dict[str, Any]], frame: Frame) -> Floats:
    return np.clip(columns_of(design, frame), -FARTHEST, FARTHEST)


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log shares of each customer."""
    return _out(parameters, _added(parameters, _rows(parameters["design"], frame)))


def _added(parameters: dict[str, Any], rows: Floats) -> Floats:
    """What each neuron adds up (customers x neurons)."""
    found = np.tile(np.asarray(parameters["starts"], np.float64), (len(rows), 1))
    for column, weights in enumerate(parameters["hidden"]):
        found += rows[:, column, None] * np.asarray(weights)
    return found


def _out(parameters: dict[str, Any], added: Floats) -> Floats:
    found = np.tile(np.asarray(parameters["constants"], np.float64), (len(added), 1))
    active = np.tanh(added)
    for neuron, weights in enumerate(parameters["out"]):
        found += active[:, neuron, None] * np.asarray(weights)
    return found


def features_read(parameters: dict[str, Any]) -> list[str]:
    """Features that ``score`` reads."""
    return [one["feature"] for one in parameters["design"]]


def without(
    parameters: dict[str, Any], frame: Frame, typical: Mapping[str, float]
) -> Iterator[tuple[str, Floats]]:
    """Log shares with one feature after the other at its ``typical`` value."""
    rows = _rows(parameters["design"], frame)
    added, column = _added(parameters, rows), 0
    for one in parameters["design"]:
        usual = _rows(
            [one], Frame(frame.customer_id[:1], {one["feature"]: np.array([typical[one["feature"]]])}, {})
        )
        changed = added
        for place in range(usual.shape[1]):
            weights = np.asarray(parameters["hidden"][column])
            changed = changed + (usual[0, place] - rows[:, column, None]) * weights
            column += 1
        yield one["feature"], _out(parameters, changed)
