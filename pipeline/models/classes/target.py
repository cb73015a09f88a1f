"""A class as the target of a rolling origin, or of held-out customers: shares, set right by a line.

Belongs here: putting fits, calibration and measures of classes together. Does not belong here: any of them
(the modules beside this one), or the rolling origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.models.candidates import Model
from pipeline.models.classes import methods
from pipeline.models.classes.calibration import as_it_is, calibrated, fit_line
from pipeline.models.classes.shares import likeliest, losses, shares_of
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability.target import PROBABILITY, TriedProbability
from pipeline.models.rolling import Calibration, Origin, Rolling, Said, Told, Tried, pooled


@dataclass(frozen=True)
class TriedClasses(Tried):
    """How good shares were: of all classes together, and of each as a probability."""

    brier: float
    hit_share: float
    by_class: tuple[TriedProbability, ...]


@dataclass
class Classes:
    """As ``rolling.Target``, of so many ``count``; raw values are log shares, outcomes places of classes."""

    count: int
    most_leaves: int
    #: As for probabilities: fewer periods are no measure of a method's bias.
    origins_to_calibrate_by: int = 3
    reads_stale: bool = False

    def fit(self, model: Model, origins: Sequence[Origin], seed: int) -> dict[str, Any]:
        """Of the customers of all ``origins`` together."""
        frame, outcome = pooled(origins)
        return methods.fit_model(model, frame, outcome, self.count, self.most_leaves, seed)

    def raw(self, parameters: dict[str, Any], frame: Frame) -> Floats:
        """Log shares."""
        return methods.log_shares(parameters, frame)

    def calibrate(self, told: Sequence[Told], is_right: bool) -> Calibration:
        """Slope and constants, by what was fresh."""
        if is_right:
            return as_it_is(self.count)
        fresh = [one for one in told if one.is_fresh]
        return fit_line(
            np.concatenate([one.raw for one in fresh]), np.concatenate([one.outcome for one in fresh])
        )

    def say(self, raw: Floats, calibration: Calibration) -> Said:
        """Shares."""
        return Said(calibrated(raw, calibration))

    def loss(self, raw: Floats, outcome: Floats) -> float:
        """Brier score of all classes."""
        return float(losses(shares_of(raw), outcome).mean())

    def tried(
        self, period: str | None, method: str, chosen: str, said: Said, outcome: Floats
    ) -> TriedClasses:
        """Each class as a probability, and all together."""
        shares = said.values
        return TriedClasses(
            period,
            method,
            chosen,
            len(outcome),
            float(losses(shares, outcome).mean()),
            float((likeliest(shares) == outcome).mean()),
            tuple(
                PROBABILITY.tried(
                    period, method, chosen, Said(shares[:, one]), (outcome == one).astype(np.float64)
                )
                for one in range(self.count)
            ),
        )

    def over_all(self, each: Sequence[TriedClasses], whole: TriedClasses) -> TriedClasses:
        """Means of AUC and lift, class by class."""
        by_class = tuple(
            PROBABILITY.over_all([tried.by_class[one] for tried in each], whole.by_class[one])
            for one in range(self.count)
        )
        return replace(whole, by_class=by_class)


class HeldOut(Rolling[TriedClasses]):
    """Parts of the same customers in place of periods: each is told by what was fitted on all others.

    For labels that have no time. What is chosen and how it is calibrated for a part was decided without it.
    """

    def past(self, place: int) -> list[Origin]:
        """All parts but the one at ``place``."""
        return [one for one in self.origins if one.place != place]
