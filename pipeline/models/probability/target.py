"""A probability as the target of a rolling origin: log-odds, set right by a line, measured by what came.

Belongs here: putting fits, calibration and measures of probabilities together. Does not belong here: any of
them (the modules beside this one), or the rolling origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.models import lifetimes
from pipeline.models.candidates import Model
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability import measures
from pipeline.models.probability.calibration import fit_line, probability
from pipeline.models.probability.methods import fit_model, fit_silence, log_odds
from pipeline.models.rolling import Calibration, Origin, Said, Told, Tried, mean_known, pooled


@dataclass(frozen=True)
class TriedProbability(Tried):
    """How good probabilities were.

    Over all origins AUC and lift are means, so that one month is not ranked against another; the rest is of
    all customers together, so that what varies from month to month averages out.
    """

    events: int
    auc: float | None
    brier: float
    mean_probability: float
    calibration_error: float
    calibration_noise: float
    top_decile_lift: float | None
    #: Of forecasts of categories alone: share of customers who bought the one told them first.
    hit_share: float | None = None


class Probability:
    """As ``rolling.Target``; raw values are log-odds."""

    #: Rates differ from month to month, whatever a method says: fewer months are no measure of its bias.
    origins_to_calibrate_by = 3
    reads_stale = False

    def fit(self, model: Model, origins: Sequence[Origin], seed: int) -> dict[str, Any]:
        """Of the customers of all ``origins`` together; a lifetime model of those of the newest one."""
        frame, outcome = pooled(origins)
        if model.kind in lifetimes.KINDS:
            return fit_silence(model, origins[-1].frame, outcome)
        return fit_model(model, frame, outcome, seed)

    def raw(self, parameters: dict[str, Any], frame: Frame) -> Floats:
        """Log-odds."""
        return log_odds(parameters, frame)

    def calibrate(self, told: Sequence[Told], is_right: bool) -> Calibration:
        """Slope and intercept of the log-odds, by Platt's line on what was fresh."""
        if is_right:
            return {"slope": 1.0, "intercept": 0.0}
        fresh = [one for one in told if one.is_fresh]
        slope, intercept = fit_line(
            np.concatenate([one.raw for one in fresh]), np.concatenate([one.outcome for one in fresh])
        )
        return {"slope": slope, "intercept": intercept}

    def say(self, raw: Floats, calibration: Calibration) -> Said:
        """Probabilities."""
        return Said(probability(calibration["intercept"] + calibration["slope"] * raw))

    def loss(self, raw: Floats, outcome: Floats) -> float:
        """Brier score."""
        return measures.brier(probability(raw), outcome)

    def tried(
        self, period: str | None, method: str, chosen: str, said: Said, outcome: Floats
    ) -> TriedProbability:
        """Ranking, distance, calibration, lift."""
        told = said.values
        return TriedProbability(
            period=period,
            method=method,
            chosen=chosen,
            customers=len(outcome),
            events=int(outcome.sum()),
            auc=measures.auc(told, outcome),
            brier=measures.brier(told, outcome),
            mean_probability=float(told.mean()),
            calibration_error=measures.calibration_error(told, outcome),
            calibration_noise=measures.calibration_noise(told),
            top_decile_lift=measures.top_decile_lift(told, outcome),
        )

    def over_all(self, each: Sequence[TriedProbability], whole: TriedProbability) -> TriedProbability:
        """Means of AUC and lift."""
        return replace(
            whole,
            auc=mean_known(one.auc for one in each),
            top_decile_lift=mean_known(one.top_decile_lift for one in each),
        )


PROBABILITY = Probability()
