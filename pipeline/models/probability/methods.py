"""Methods: ways to a probability, from a constant to an average of models.

Belongs here: putting models together, and the frozen parameters of what was put together. Does not belong
here: which method is best (``models.rolling``), or any model.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models import lifetimes
from pipeline.models.candidates import Model
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability import additive, logistic, own_share
from pipeline.models.probability.calibration import probability

#: No model is surer than this.
_LEAST = 1e-6


def fit_model(model: Model, frame: Frame, outcome: Floats, seed: int) -> dict[str, Any]:
    """Frozen parameters of ``model`` for ``outcome`` (0 or 1) of the customers of ``frame``.

    A logistic one without columns is the rate.
    """
    if model.kind == "logistic":
        return {"kind": model.kind} | logistic.fit(model.columns, frame, outcome)
    if model.kind == own_share.OWN_SHARE:
        return {"kind": model.kind} | own_share.fit(model.columns, frame, outcome)
    return {"kind": model.kind} | additive.fit(model.columns, frame, outcome, seed)


def fit_silence(model: Model, frame: Frame, outcome: Floats) -> dict[str, Any]:
    """Frozen parameters of a lifetime ``model`` of the customers of ``frame``; ``outcome`` are those of the
    past, whose rate stands for customers of whom nothing is known."""
    return lifetimes.fit_histories(model, frame) | {"constant": logistic.log_odds_of(outcome)}


def _silence(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log-odds of no order by a lifetime model."""
    silent = np.clip(lifetimes.silence(parameters, frame), _LEAST, 1.0 - _LEAST)
    return np.where(np.isnan(silent), parameters["constant"], np.log(silent / (1.0 - silent)))


def log_odds(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log-odds of each customer by one model with frozen ``parameters``."""
    by_kind = {"logistic": logistic.score, "additive": additive.score, own_share.OWN_SHARE: own_share.score}
    return by_kind.get(parameters["kind"], _silence)(parameters, frame)


def mean_log_odds(models: Sequence[dict[str, Any]], frame: Frame) -> Floats:
    """Log-odds of each customer by a method: the mean of its ``models``."""
    found = np.zeros(len(frame))
    for one in models:
        found += log_odds(one, frame)
    return found / len(models)


def predict(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Calibrated probability of each customer, by the models, slope and intercept of ``parameters``."""
    z = parameters["intercept"] + parameters["slope"] * mean_log_odds(parameters["models"], frame)
    return probability(z)


def features_read(parameters: dict[str, Any]) -> list[str]:
    """Features that ``predict`` reads, each once."""
    return list(
        dict.fromkeys(
            name
            for model in parameters["models"]
            for name in model.get("features")
            or [one["feature"] for one in model.get("design", model.get("steps", ()))]
        )
    )
