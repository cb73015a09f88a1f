"""The rolling origin: every method tried on periods that it had not seen, and what the forecast had been.

Belongs here: what would have been known when, choosing and calibrating inside the past, the record. Does not
belong here: whether a record is good enough (``gate``), or where rows come from (``forecasts``).

An origin is a period as it stood at its end, its outcome what came in the ``horizon`` periods after. At the
end of period t only origins up to t - horizon have an outcome: they alone are learned from. How every method
did on those that it was not fitted on says which is chosen, and how it is calibrated; so what the record says
of the forecast at t was decided before t (Tashman, 2000).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.models.frame import Floats, Frame
from pipeline.models.probability import measures
from pipeline.models.probability.calibration import fit_line, probability
from pipeline.models.probability.methods import Method, Model, fit_model, log_odds

#: Name of what is published in the record: chosen and calibrated inside the past.
FORECAST = "forecast"
#: A single origin cannot tell the best method from a lucky one.
ORIGINS_TO_CHOOSE_BY = 2
#: Rates differ from month to month, whatever a method says: fewer months are no measure of its bias.
ORIGINS_TO_CALIBRATE_BY = 3


@dataclass(frozen=True)
class Origin:
    """Customers as of the end of the project's period number ``place``, and the outcome (0 or 1) of each."""

    period: str
    place: int
    frame: Frame
    outcome: Floats


@dataclass(frozen=True)
class Tried:
    """How one method did at one origin that it had not seen; or, without a ``period``, at all of them.

    Over all origins AUC and lift are means, so that one month is not ranked against another; the rest is of
    all customers together, so that what varies from month to month averages out.
    """

    period: str | None
    method: str
    chosen: str
    customers: int
    events: int
    auc: float | None
    brier: float
    mean_probability: float
    calibration_error: float
    calibration_noise: float
    top_decile_lift: float | None


@dataclass
class Rolling:
    """``origins`` in order of time, tried with every one of ``methods`` from each origin that has a past.

    ``methods`` that are not plain compete to be the forecast; the first of them is taken while there is no
    record to choose by.
    """

    origins: Sequence[Origin]
    horizon: int
    methods: Sequence[Method]
    seed: int
    _odds: dict[tuple[int, Model], Floats] = field(default_factory=dict)

    def past(self, place: int) -> list[Origin]:
        """Origins whose outcome was known at the end of period number ``place``."""
        return [one for one in self.origins if one.place + self.horizon <= place]

    def tested(self, place: int) -> list[Origin]:
        """Origins with an outcome at ``place`` which methods can have been tried on: they have a past."""
        return [one for one in self.past(place) if self.past(one.place)]

    def models(self, method: Method, place: int) -> list[dict[str, Any]]:
        """Frozen parameters of the models of ``method``, fitted on all that was known at ``place``."""
        frame, outcome = pooled(self.past(place))
        return [fit_model(one, frame, outcome, self.seed) for one in method.models]

    def odds(self, method: Method, origin: Origin) -> Floats:
        """Log-odds that ``method`` gave at ``origin``, fitted on what was known then."""
        every = np.stack([self._model_odds(one, origin) for one in method.models])
        return np.asarray(every.mean(axis=0), np.float64)

    def _model_odds(self, model: Model, origin: Origin) -> Floats:
        key = (origin.place, model)
        if key not in self._odds:
            frame, outcome = pooled(self.past(origin.place))
            self._odds[key] = log_odds(fit_model(model, frame, outcome, self.seed), origin.frame)
        return self._odds[key]

    def chosen(self, place: int) -> Method:
        """The method with the least Brier score, the mean over origins tested by the end of ``place``."""
        candidates = [one for one in self.methods if not one.is_plain]
        tested = self.tested(place)
        if len(tested) < ORIGINS_TO_CHOOSE_BY:
            return candidates[0]
        return min(candidates, key=lambda method: round(self._mean_brier(method, tested), 12))

    def _mean_brier(self, method: Method, tested: Iterable[Origin]) -> float:
        return float(
            np.mean([measures.brier(probability(self.odds(method, one)), one.outcome) for one in tested])
        )

    def line(self, method: Method, place: int) -> tuple[float, float]:
        """Slope and intercept that set ``method`` right on origins tested by the end of ``place``."""
        tested = self.tested(place)
        if len(tested) < ORIGINS_TO_CALIBRATE_BY:
            return 1.0, 0.0
        return fit_line(
            np.concatenate([self.odds(method, one) for one in tested]),
            np.concatenate([one.outcome for one in tested]),
        )

    def forecast(self, origin: Origin) -> tuple[Method, Floats]:
        """The method chosen at ``origin``, and the probabilities it gave there, calibrated."""
        method = self.chosen(origin.place)
        slope, intercept = self.line(method, origin.place)
        return method, probability(intercept + slope * self.odds(method, origin))

    def record(self, place: int) -> list[Tried]:
        """How the forecast and every method did at each origin tested by the end of ``place``, and at all."""
        tested = self.tested(place)
        said = {FORECAST: [self.forecast(one) for one in tested]}
        for method in self.methods:
            said[method.name] = [(method, probability(self.odds(method, one))) for one in tested]
        found = []
        for name, told in said.items():
            each = [
                _tried(origin.period, name, method.name, probabilities, origin.outcome)
                for origin, (method, probabilities) in zip(tested, told, strict=True)
            ]
            found += [*each, _of_all(each, told, tested)] if each else []
        return found


def pooled(origins: Sequence[Origin]) -> tuple[Frame, Floats]:
    """Customers of all ``origins`` below each other, with their outcomes; nobody is looked up in it by id."""
    names = origins[0].frame.numbers
    numbers = {name: np.concatenate([one.frame.numbers[name] for one in origins]) for name in names}
    ids = pa.concat_arrays([one.frame.customer_id for one in origins])
    return Frame(ids, numbers, {}), np.concatenate([one.outcome for one in origins])


def _tried(period: str | None, method: str, chosen: str, probabilities: Floats, outcome: Floats) -> Tried:
    return Tried(
        period=period,
        method=method,
        chosen=chosen,
        customers=len(outcome),
        events=int(outcome.sum()),
        auc=measures.auc(probabilities, outcome),
        brier=measures.brier(probabilities, outcome),
        mean_probability=float(probabilities.mean()),
        calibration_error=measures.calibration_error(probabilities, outcome),
        calibration_noise=measures.calibration_noise(probabilities),
        top_decile_lift=measures.top_decile_lift(probabilities, outcome),
    )


def _of_all(each: Sequence[Tried], told: Sequence[tuple[Method, Floats]], tested: Sequence[Origin]) -> Tried:
    probabilities = np.concatenate([one for _, one in told])
    outcome = np.concatenate([one.outcome for one in tested])
    whole = _tried(None, each[-1].method, each[-1].chosen, probabilities, outcome)
    return replace(
        whole,
        auc=_mean([one.auc for one in each]),
        top_decile_lift=_mean([one.top_decile_lift for one in each]),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None
