"""The rolling origin: every method tried on periods that it had not seen, and what the forecast had been.

Belongs here: what would have been known when, choosing and calibrating inside the past, the record. Does not
belong here: what is forecast and how that is measured (a ``Target``, of ``probability`` or ``quantity``),
whether a record is good enough (their gates), or where rows come from (``forecasts``).

An origin is a period as it stood at its end, its outcome what came in the ``horizon`` periods after. At the
end of period t only origins up to t - horizon have an outcome: they alone are learned from. How every method
did on those that it was not fitted on says which is chosen, and how it is calibrated; so what the record says
of the forecast at t was decided before t (Tashman, 2000).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import pyarrow as pa

from pipeline.models.candidates import Method, Model
from pipeline.models.frame import Floats, Frame

#: Name of what is published in the record: chosen and calibrated inside the past.
FORECAST = "forecast"
#: A single origin cannot tell the best method from a lucky one.
ORIGINS_TO_CHOOSE_BY = 2


@dataclass(frozen=True)
class Origin:
    """Customers as of the end of the project's period number ``place``, and the outcome of each: 0 or 1 for a
    probability, the place of a class, else a number."""

    period: str
    place: int
    frame: Frame
    outcome: Floats


@dataclass(frozen=True)
class Said:
    """What was told of each customer; ``low`` and ``high`` hold its interval where one is known."""

    values: Floats
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True)
class Told:
    """What a method gave at an origin before it was set right; ``is_fresh``: it was not fitted on it."""

    raw: Floats
    outcome: Floats
    is_fresh: bool


@dataclass(frozen=True)
class Tried:
    """How one method did at one origin that it had not seen; or, without a ``period``, at all of them."""

    period: str | None
    method: str
    chosen: str
    customers: int


T = TypeVar("T", bound=Tried)
Calibration = dict[str, Any]


class Target(Protocol[T]):
    """What is forecast: how models of it are fitted, put together, set right and measured.

    ``raw`` values are on the scale on which models are averaged and calibrated.
    """

    #: The least fresh origins that a method is set right by.
    origins_to_calibrate_by: int
    #: Whether ``calibrate`` reads what was told of origins that a method was fitted on.
    reads_stale: bool

    def fit(self, model: Model, origins: Sequence[Origin], seed: int) -> dict[str, Any]:
        """Frozen parameters of ``model``, from ``origins`` whose outcome is known, oldest first."""

    def raw(self, parameters: dict[str, Any], frame: Frame) -> Floats:
        """What one model gives of each customer."""

    def calibrate(self, told: Sequence[Told], is_right: bool) -> Calibration:
        """What sets a method right; ``is_right`` ones are taken at their word."""

    def say(self, raw: Floats, calibration: Calibration) -> Said:
        """What is told of customers for whom a method gave ``raw``."""

    def loss(self, raw: Floats, outcome: Floats) -> float:
        """What the best method has least of."""

    def tried(self, period: str | None, method: str, chosen: str, said: Said, outcome: Floats) -> T:
        """How good ``said`` was."""

    def over_all(self, each: Sequence[T], whole: T) -> T:
        """``whole``, of all customers together, with means of ``each`` origin where periods do not mix."""


@dataclass
class Rolling(Generic[T]):
    """``origins`` in order of time, tried with every one of ``methods`` from each origin that has a past.

    ``methods`` that are not plain compete to be the forecast; the first of them is taken while there is no
    record to choose by.
    """

    origins: Sequence[Origin]
    horizon: int
    methods: Sequence[Method]
    target: Target[T]
    seed: int
    _fitted: dict[tuple[int, Model], dict[str, Any]] = field(default_factory=dict)
    _given: dict[tuple[int, int, Model], Floats] = field(default_factory=dict)

    def past(self, place: int) -> list[Origin]:
        """Origins whose outcome was known at the end of period number ``place``."""
        return [one for one in self.origins if one.place + self.horizon <= place]

    def tested(self, place: int) -> list[Origin]:
        """Origins with an outcome at ``place`` which methods can have been tried on: they have a past."""
        return [one for one in self.past(place) if self.past(one.place)]

    def models(self, method: Method, place: int) -> list[dict[str, Any]]:
        """Frozen parameters of the models of ``method``, fitted on all that was known at ``place``."""
        return [self._model(one, place) for one in method.models]

    def raw(self, method: Method, origin: Origin, place: int | None = None) -> Floats:
        """What ``method`` gave at ``origin``, fitted on what was known then, or at ``place``."""
        at = origin.place if place is None else place
        every = np.stack([self._raw(one, origin, at) for one in method.models])
        return np.asarray(every.mean(axis=0), np.float64)

    def _model(self, model: Model, place: int) -> dict[str, Any]:
        key = (place, model)
        if key not in self._fitted:
            self._fitted[key] = self.target.fit(model, self.past(place), self.seed)
        return self._fitted[key]

    def _raw(self, model: Model, origin: Origin, place: int) -> Floats:
        key = (origin.place, place, model)
        if key not in self._given:
            self._given[key] = self.target.raw(self._model(model, place), origin.frame)
        return self._given[key]

    def chosen(self, place: int) -> Method:
        """The method with the least loss, the mean over origins tested by the end of ``place``."""
        candidates = [one for one in self.methods if not one.is_plain]
        tested = self.tested(place)
        if len(tested) < ORIGINS_TO_CHOOSE_BY:
            return candidates[0]
        return min(candidates, key=lambda method: round(self._mean_loss(method, tested), 12))

    def _mean_loss(self, method: Method, tested: Iterable[Origin]) -> float:
        return float(np.mean([self.target.loss(self.raw(method, one), one.outcome) for one in tested]))

    def calibration(self, method: Method, place: int, is_right: bool = False) -> Calibration:
        """What sets ``method`` right, from origins whose outcome was known at the end of ``place``."""
        fresh, told = {one.place for one in self.tested(place)}, []
        for one in self.past(place) if self.target.reads_stale else self.tested(place):
            is_fresh = one.place in fresh
            told.append(Told(self.raw(method, one, None if is_fresh else place), one.outcome, is_fresh))
        return self.target.calibrate(told, is_right or len(fresh) < self.target.origins_to_calibrate_by)

    def forecast(self, origin: Origin) -> tuple[Method, Said]:
        """The method chosen at ``origin``, and what it told there, calibrated."""
        method = self.chosen(origin.place)
        return method, self._said(method, origin, is_right=False)

    def said(self, method: Method, origin: Origin) -> Said:
        """What ``method`` told at ``origin``, taken at its word."""
        return self._said(method, origin, is_right=True)

    def _said(self, method: Method, origin: Origin, is_right: bool) -> Said:
        return self.target.say(self.raw(method, origin), self.calibration(method, origin.place, is_right))

    def record(self, place: int) -> list[T]:
        """How the forecast and every method did at each origin tested by the end of ``place``, and at all."""
        tested = self.tested(place)
        said = {FORECAST: [self.forecast(one) for one in tested]}
        for method in self.methods:
            said[method.name] = [(method, self.said(method, one)) for one in tested]
        found: list[T] = []
        for name, told in said.items():
            each = [
                self.target.tried(origin.period, name, method.name, what, origin.outcome)
                for origin, (method, what) in zip(tested, told, strict=True)
            ]
            if each:
                outcome = np.concatenate([one.outcome for one in tested])
                whole = self.target.tried(
                    None, name, each[-1].chosen, joined([one for _, one in told]), outcome
                )
                found += [*each, self.target.over_all(each, whole)]
        return found


def joined(said: Sequence[Said]) -> Said:
    """All of ``said`` one after the other; where one has no interval, its ends are NaN."""

    def ends(which: str) -> Floats | None:
        found = [getattr(one, which) for one in said]
        if all(one is None for one in found):
            return None
        parts = [
            np.full(len(one.values), np.nan) if end is None else end
            for one, end in zip(said, found, strict=True)
        ]
        return np.concatenate(parts)

    return Said(np.concatenate([one.values for one in said]), ends("low"), ends("high"))


def pooled(origins: Sequence[Origin]) -> tuple[Frame, Floats]:
    """Customers of all ``origins`` below each other, with their outcomes; nobody is looked up in it by id."""
    names = origins[0].frame.numbers
    numbers = {name: np.concatenate([one.frame.numbers[name] for one in origins]) for name in names}
    ids = pa.concat_arrays([one.frame.customer_id for one in origins])
    return Frame(ids, numbers, {}), np.concatenate([one.outcome for one in origins])


def mean_known(values: Iterable[float | None]) -> float | None:
    """Mean of those that are known."""
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None
