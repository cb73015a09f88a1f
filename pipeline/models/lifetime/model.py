"""What a model of orders is.

Belongs here: the protocol. Does not belong here: any model.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats
from pipeline.models.lifetime.histories import Counted, Histories
from pipeline.models.lifetime.outlook import INTERVAL, Outlook

#: What a fit found, by name.
Parameters = Mapping[str, float]


def vector(parameters: Parameters, names: Sequence[str]) -> Floats:
    """The values of ``names``."""
    return np.array([parameters[name] for name in names])


class Model(Protocol):
    """A model of orders; ``parameters`` are what its fit found."""

    #: Whether histories alike may be counted as one with their mean: not where time goes in steps.
    has_cells: bool

    def fit(self, counted: Counted, log_gaps: float | None) -> Fit:
        """By maximum likelihood."""

    def alive(self, parameters: Parameters, histories: Histories) -> Floats:
        """Probability that a customer has not left."""

    def outlook(
        self,
        parameters: Parameters,
        histories: Histories,
        alive: Floats,
        horizon: float,
        interval: float = INTERVAL,
    ) -> Outlook:
        """What is ordered within ``horizon``, with intervals of the nominal probability ``interval``."""

    def at_least(
        self, parameters: Parameters, histories: Histories, alive: Floats, horizon: float, orders: Floats
    ) -> Floats:
        """Probability of so many ``orders``, 1 or more, or more within ``horizon``."""
