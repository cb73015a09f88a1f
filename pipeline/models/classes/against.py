"""Each class against all others: models of a probability, one a class, put together.

Belongs here: logistic regression and boosted step functions of classes. Does not belong here: those models
(``models.probability``).

Of two classes one model tells both. Of more each class has a model of its own, and their probabilities are
divided by their sum (Rifkin and Klautau, 2004, for how little is lost by it).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.models.candidates import Model
from pipeline.models.classes.shares import logarithms
from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability import methods
from pipeline.models.probability.calibration import probability

#: Kinds of models of a probability by what they are called among those of classes.
KINDS: Mapping[str, str] = {"logistic": "logistic", "boosting": "additive"}


def fit(
    kind: str, columns: Sequence[Column], frame: Frame, outcome: Floats, classes: int, seed: int
) -> dict[str, Any]:
    """Frozen parameters: a model for the first of two ``classes``, or one for each."""
    model, each = Model(KINDS[kind], tuple(columns)), [0] if classes == 2 else range(classes)
    models = [methods.fit_model(model, frame, (outcome == one).astype(np.float64), seed) for one in each]
    return {"kind": kind, "models": models}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log shares of each customer."""
    return _log_shares([methods.log_odds(one, frame) for one in parameters["models"]])


def features_read(parameters: dict[str, Any]) -> list[str]:
    """Features that ``score`` reads."""
    return methods.features_read(parameters)


def without(
    parameters: dict[str, Any], frame: Frame, typical: Mapping[str, float]
) -> Iterator[tuple[str, Floats]]:
    """Log shares with one feature after the other at its ``typical`` value: log-odds are sums over
    features."""
    odds = [methods.log_odds(one, frame) for one in parameters["models"]]
    parts = [_parts(one) for one in parameters["models"]]
    for name in features_read(parameters):
        usual = Frame(frame.customer_id[:1], {name: np.array([typical[name]])}, {})
        changed = []
        for total, by_feature in zip(odds, parts, strict=True):
            for part in by_feature.get(name, ()):
                total = total - methods.log_odds(part, frame) + methods.log_odds(part, usual)[0]
            changed.append(total)
        yield name, _log_shares(changed)


def _log_shares(odds: Sequence[Floats]) -> Floats:
    if len(odds) == 1:
        return np.stack([odds[0], np.zeros(len(odds[0]))], axis=1)
    return logarithms(np.stack([probability(one) for one in odds], axis=1))


def _parts(model: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """A model taken apart by feature: what each adds to the log-odds, as models of one feature."""
    found: dict[str, list[dict[str, Any]]] = {}
    if model["kind"] == "logistic":
        weights = iter(model["weights"])
        for one in model["design"]:
            mine = [next(weights) for _ in range(1 + one["has_unknown"])]
            part = {"kind": "logistic", "design": [one], "weights": mine, "constant": 0.0}
            found.setdefault(one["feature"], []).append(part)
    else:
        for one in model["steps"]:
            part = {"kind": "additive", "steps": [one], "constant": 0.0}
            found.setdefault(one["feature"], []).append(part)
    return found
