"""Methods: models of a quantity by kind, and what frozen parameters of several of them expect together.

Belongs here: the list of kinds, putting models together. Does not belong here: which method is best
(``models.rolling``), or any model.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models import lifetimes
from pipeline.models.candidates import Model
from pipeline.models.frame import Floats, Frame
from pipeline.models.quantity import binomial, intervals, plain, poisson
from pipeline.models.rolling import Origin, pooled

#: Regressions: of what has no limit, and of how many of so many periods.
POISSON, BINOMIAL = "poisson", "binomial"
PLAIN = (plain.MEAN, plain.SAME_AGAIN, plain.OWN_RATE, plain.SILENCE, plain.OWN_SHARE)


def fit_model(model: Model, origins: Sequence[Origin]) -> dict[str, Any]:
    """Frozen parameters of ``model`` for the outcomes of ``origins``."""
    if model.kind in PLAIN:
        return plain.fit(model, *pooled(origins))
    if model.kind == POISSON:
        return {"kind": POISSON} | poisson.fit(model.columns, *pooled(origins))
    if model.kind == BINOMIAL:
        return {"kind": BINOMIAL} | binomial.fit(model.columns, *pooled(origins), model.periods)
    return lifetimes.fit(model, origins)


def expected(parameters: dict[str, Any], frame: Frame) -> Floats:
    """What one model with frozen ``parameters`` expects of each customer."""
    if parameters["kind"] in PLAIN:
        return plain.score(parameters, frame)
    by_kind = {POISSON: poisson.score, BINOMIAL: binomial.score}
    return by_kind.get(parameters["kind"], lifetimes.score)(parameters, frame)


def predict(parameters: dict[str, Any], frame: Frame) -> Floats:
    """What a method expects: the mean of its ``models``, by its ``factor``, and no more than the ``most``."""
    found: Floats = np.zeros(len(frame))
    for one in parameters["models"]:
        found += expected(one, frame)
    found *= parameters["factor"] / len(parameters["models"])
    return limited(found, parameters)


def predict_ends(parameters: dict[str, Any], told: Floats) -> tuple[Floats, Floats]:
    """Ends of the intervals of whom ``told`` is told; NaN where none were earned."""
    if parameters["interval"] is None:
        return np.full(len(told), np.nan), np.full(len(told), np.nan)
    low, high = intervals.ends(parameters["interval"], told)
    return limited(low, parameters), limited(high, parameters)


def limited(values: Floats, parameters: dict[str, Any]) -> Floats:
    """``values``, none above the ``most`` that there can be, where there is one."""
    return np.minimum(values, parameters["most"]) if "most" in parameters else values


def features_read(parameters: dict[str, Any]) -> list[str]:
    """Features that ``predict`` reads, each once."""
    found: list[str] = []
    for model in parameters["models"]:
        found += [one["feature"] for one in model["design"]] if "design" in model else model["features"]
    return list(dict.fromkeys(found))
