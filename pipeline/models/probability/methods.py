"""Methods: ways to a probability, from a constant to an average of models.

Belongs here: putting models together, and the frozen parameters of what was put together. Does not belong
here: which method is best (``models.rolling``), or any model.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.candidates import Model
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability import additive, logistic
from pipeline.models.probability.calibration import probability


def fit_model(model: Model, frame: Frame, outcome: Floats, seed: int) -> dict[str, Any]:
    """Frozen parameters of ``model`` for ``outcome`` (0 or 1) of the customers of ``frame``.

    A logistic one without columns is the rate.
    """
    if model.kind == "logistic":
        return {"kind": model.kind} | logistic.fit(model.columns, frame, outcome)
    return {"kind": model.kind} | additive.fit(model.columns, frame, outcome, seed)


def log_odds(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log-odds of each customer by one model with frozen ``parameters``."""
    by_kind = {"logistic": logistic.score, "additive": additive.score}
    return by_kind[parameters["kind"]](parameters, frame)


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
            one["feature"]
            for model in parameters["models"]
            for one in model.get("design", model.get("steps", ()))
        )
    )
