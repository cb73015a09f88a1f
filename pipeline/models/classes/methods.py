"""Methods: ways to shares of classes, from the base rates to a neural network.

Belongs here: which there are, and asking each by its kind. Does not belong here: any model, or which method
is best (``models.rolling``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.models.candidates import Method, Model
from pipeline.models.classes import against, as_now, network, tree
from pipeline.models.classes.as_now import AS_NOW
from pipeline.models.classes.shares import base_rates, logarithms
from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame

#: The plain baseline: each class is as frequent as it was.
BASE_RATE = "base_rate"
TREE = "tree"
#: Models that compete, with what readers call them; the first is taken while there is no record to choose by.
LABELS: Mapping[str, tuple[str, str]] = {
    "logistic": ("Logistic regression", "逻辑回归"),
    TREE: ("Decision tree", "决策树"),
    "boosting": ("Boosted step functions", "提升阶梯函数"),
    "network": ("Neural network", "神经网络"),
}
#: What readers call the plain baselines.
BASELINES: Mapping[str, tuple[str, str]] = {
    BASE_RATE: ("Base rate", "基准比例"),
    AS_NOW: ("What follows on the label of now", "当前标签之后的常见结果"),
}


def methods(kinds: Sequence[str], columns: Sequence[Column], now: str = "") -> list[Method]:
    """Every method that is tried: the ``kinds`` of models, then the plain baselines; ``now`` is the column of
    the label of now, where labels are of later."""
    known = [one for one in LABELS if one in kinds]
    models = [Method(one, (Model(one, tuple(columns)),), is_plain=False) for one in known]
    plain = [Model(BASE_RATE, ()), *([Model(AS_NOW, (Column(now, is_skewed=False),))] if now else [])]
    return [*models, *(Method(one.kind, (one,), is_plain=True) for one in plain)]


def fit_model(
    model: Model, frame: Frame, outcome: Floats, classes: int, most_leaves: int, seed: int
) -> dict[str, Any]:
    """Frozen parameters of ``model`` for the ``outcome`` (places of ``classes``) of customers of
    ``frame``."""
    match model.kind:
        case "base_rate":
            return {"kind": BASE_RATE, "constants": logarithms(base_rates(outcome, classes)).tolist()}
        case "as_now":
            return as_now.fit(model.columns, frame, outcome, classes)
        case "tree":
            return tree.fit(model.columns, frame, outcome, classes, most_leaves, seed)
        case "network":
            return network.fit(model.columns, frame, outcome, classes, seed)
        case kind:
            return against.fit(kind, model.columns, frame, outcome, classes, seed)


def log_shares(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log shares of each customer by one model with frozen ``parameters``: customers x classes."""
    match parameters["kind"]:
        case "base_rate":
            return np.tile(np.asarray(parameters["constants"], np.float64), (len(frame), 1))
        case "as_now":
            return as_now.score(parameters, frame)
        case "tree":
            return tree.score(parameters, frame)
        case "network":
            return network.score(parameters, frame)
        case _:
            return against.score(parameters, frame)


def features_read(parameters: dict[str, Any]) -> list[str]:
    """Features that ``log_shares`` reads, each once."""
    by_kind = {TREE: tree.features_read, "network": network.features_read}
    read = by_kind.get(parameters["kind"], against.features_read)
    return list(dict.fromkeys(read(parameters)))


def without(
    parameters: dict[str, Any], frame: Frame, typical: Mapping[str, float]
) -> Iterator[tuple[str, Floats]]:
    """Log shares of each customer with one feature that is read after the other at its ``typical`` value."""
    by_kind = {TREE: tree.without, "network": network.without}
    return by_kind.get(parameters["kind"], against.without)(parameters, frame, typical)
