"""A quantity as the target of a rolling origin: expectations, set right by a factor, with intervals.

Belongs here: putting fits, calibration and measures of quantities together. Does not belong here: any of them
(the modules beside this one), or the rolling origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.models.candidates import Model
from pipeline.models.frame import Floats, Frame
from pipeline.models.quantity import intervals, measures
from pipeline.models.quantity.methods import expected, fit_model, limited, predict_ends
from pipeline.models.rolling import Calibration, Origin, Said, Told, Tried, mean_known


@dataclass(frozen=True)
class TriedQuantity(Tried):
    """How good expectations were, and intervals where there were any.

    Over all origins the rank correlation is a mean, so that one month is not ranked against another; the rest
    is of all customers together.
    """

    mean_outcome: float
    mean_forecast: float
    root_mean_squared_error: float
    mean_absolute_error: float
    rank_correlation: float | None
    total_error_share: float | None
    coverage_share: float | None


@dataclass(frozen=True)
class Quantity:
    """As ``rolling.Target``; raw values are expectations. ``most``: there can be no more, of no customer."""

    most: float | None = None

    #: Levels differ from season to season, whatever a method says: fewer origins are no measure of its bias.
    origins_to_calibrate_by = 3
    reads_stale = True

    def fit(self, model: Model, origins: Sequence[Origin], seed: int) -> dict[str, Any]:
        """Of ``origins``, the newest last; nothing is drawn at random."""
        return fit_model(model, origins)

    def raw(self, parameters: dict[str, Any], frame: Frame) -> Floats:
        """Expectations."""
        return expected(parameters, frame)

    def calibrate(self, told: Sequence[Told], is_right: bool) -> Calibration:
        """A factor from what was fresh, and the table of intervals.

        The table is of all that was told of outcomes known by now; what was told of an origin that the method
        was fitted on is a little too close, which is why coverage is measured on origins it never saw.
        """
        fresh = [one for one in told if one.is_fresh]
        factor = 1.0
        if not is_right:
            whole = sum(float(one.raw.sum()) for one in fresh)
            came = sum(float(one.outcome.sum()) for one in fresh)
            factor = came / whole if whole > 0 and came > 0 else 1.0
        every = np.concatenate([one.raw for one in told]) * factor
        table = intervals.fit(every, np.concatenate([one.outcome for one in told]), self.most)
        limit = {} if self.most is None else {"most": self.most}
        return {"factor": factor, "interval": table, **limit}

    def say(self, raw: Floats, calibration: Calibration) -> Said:
        """Expectations with their intervals."""
        values = limited(raw * calibration["factor"], calibration)
        if calibration["interval"] is None:
            return Said(values)
        return Said(values, *predict_ends(calibration, values))

    def loss(self, raw: Floats, outcome: Floats) -> float:
        """Root of the mean squared error: of all forecasts, the mean has the least."""
        return measures.root_mean_squared_error(raw, outcome)

    def tried(
        self, period: str | None, method: str, chosen: str, said: Said, outcome: Floats
    ) -> TriedQuantity:
        """Distance, ranking, total, coverage."""
        told = said.values
        return TriedQuantity(
            period=period,
            method=method,
            chosen=chosen,
            customers=len(outcome),
            mean_outcome=float(outcome.mean()),
            mean_forecast=float(told.mean()),
            root_mean_squared_error=measures.root_mean_squared_error(told, outcome),
            mean_absolute_error=measures.mean_absolute_error(told, outcome),
            rank_correlation=measures.rank_correlation(told, outcome),
            total_error_share=measures.total_error_share(told, outcome),
            coverage_share=measures.coverage_share(said.low, said.high, outcome),
        )

    def over_all(self, each: Sequence[TriedQuantity], whole: TriedQuantity) -> TriedQuantity:
        """The mean of rank correlations."""
        return replace(whole, rank_correlation=mean_known(one.rank_correlation for one in each))
