"""As now: the plain baseline of labels that have a time: how often each label followed on that of now.

Belongs here: fitting and scoring it. Does not belong here: where the label of now comes from.

Shares of those who had a label are drawn towards those of all, so that few customers teach little; who has
none now is told those of all.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.classes.shares import base_rates, logarithms
from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame, Integers

AS_NOW = "as_now"
#: Shares are drawn towards those of all by as many customers.
_WORTH = 10.0


def fit(columns: Sequence[Column], frame: Frame, outcome: Floats, classes: int) -> dict[str, Any]:
    """Frozen parameters: shares by the label of now, the only one of ``columns``: its place from 1, else
    NaN."""
    name, rates = columns[0].feature, base_rates(outcome, classes)
    now = _places(name, frame)
    counts = np.zeros((classes + 1, classes))
    np.add.at(counts, (now, outcome.astype(np.int64)), 1.0)
    shares = (counts + _WORTH * rates) / (counts.sum(axis=1, keepdims=True) + _WORTH)
    shares[0] = rates
    return {"kind": AS_NOW, "feature": name, "followed": logarithms(shares).tolist()}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log shares of each customer."""
    found = np.asarray(parameters["followed"], np.float64)[_places(parameters["feature"], frame)]
    return np.asarray(found, np.float64)


def _places(name: str, frame: Frame) -> Integers:
    return np.nan_to_num(frame.number(name), nan=0.0).astype(np.int64)
