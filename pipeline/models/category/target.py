"""New categories as the target of a rolling origin: outcomes of pairs, measured as probabilities are.

Belongs here: the target, and the share of customers who bought what was told likeliest. Does not belong here:
models (``methods``), or the rolling origin.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.candidates import Method, Model
from pipeline.models.category import methods
from pipeline.models.category.pairs import categories_of, pairs_of
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability.target import Probability
from pipeline.models.rolling import FORECAST, Origin, Rolling


class NewCategory(Probability):
    """As ``rolling.Target``; raw values are log-odds of pairs, outcomes those of the same pairs."""

    def fit(self, model: Model, origins: Sequence[Origin], seed: int) -> dict[str, Any]:
        """Of the pairs of all ``origins``."""
        return methods.fit(model, origins)

    def raw(self, parameters: dict[str, Any], frame: Frame) -> Floats:
        """Log-odds of pairs."""
        return methods.score(parameters, frame)


NEW_CATEGORY = NewCategory()


def told_first(rolling: Rolling[Any], method: str, place: int) -> tuple[Floats, Floats]:
    """What ``method`` told of the likeliest category of each customer of each origin tested by ``place``:
    probabilities, and whether it was bought."""
    by_name: dict[str, Method] = {one.name: one for one in rolling.methods}
    told, came = [np.empty(0)], [np.empty(0)]
    for origin in rolling.tested(place):
        said = rolling.forecast(origin)[1] if method == FORECAST else rolling.said(by_name[method], origin)
        pairs = pairs_of(origin.frame, sorted(categories_of(origin.frame)))
        has, category, best = pairs.best(said.values)
        outcome = np.zeros(pairs.bought.shape)
        outcome[pairs.customer, pairs.category] = origin.outcome
        told.append(best[has])
        came.append(outcome[has, category[has]])
    return np.concatenate(told), np.concatenate(came)
