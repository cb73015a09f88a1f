"""How related series go on: the method that was closest in the past, its record, and intervals that held.

Belongs here: the rolling origin over all series together, the choice, intervals. Does not belong here: the
methods (``methods``).

An origin is a period with what was known at its end. Errors are told in the mean change of the series from
one period to the next, as known at the origin (Hyndman and Koehler, 2006, *Another look at measures of
forecast accuracy*, International Journal of Forecasting 22), so that series of any size pool. At an origin
only outcomes up to it are known: they choose the method with the least mean error, and what is published is
that method, if what had been chosen in this way at earlier origins was closer than the last value again; else
the last value. The record is of what would have been published; it stands beside the baseline's.

An interval is the error that four fifths of all outcomes known kept within (split conformal; Vovk, Gammerman
and Shafer, 2005), or, since what happens to a company happens to all its series, that four fifths of the
series kept within at four fifths of the origins (in two layers; Dunn, Wasserman and Ramdas, 2023, Journal of
the American Statistical Association 118): whichever held a share nearer to what it states.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.models.frame import Floats
from pipeline.models.series.methods import METHODS, PLAIN

#: What is stated of intervals.
INTERVAL = 0.8
#: Shares of outcomes inside their intervals with which these are published.
HELD = (0.7, 0.9)
#: Values that a series has before anything is told of it, so that it has two changes.
LEAST_VALUES = 3
#: Origins with an outcome, and outcomes, by which a method is chosen or an interval made.
LEAST_ORIGINS, LEAST_OUTCOMES = 2, 10
#: Origins of an interval in layers: of fewer four fifths and the next are more than all.
LEAST_ORIGINS_IN_LAYERS = 4
#: Origins at which an interval was tried. All outcomes of one origin share what happened then, so an origin
#: is one observation: what intervals learned of so many hold of the next has a standard deviation of a tenth,
#: the root of .8 x .2 / (14 + 2) (a beta distribution: Vovk, 2012, Conditional validity of inductive
#: conformal predictors), which is how far ``HELD`` lets them be off.
LEAST_ORIGINS_TRIED = 14
#: The mean change counts as a fiftieth of the level at least, and as one.
_LEAST_CHANGE_SHARE, _LEAST_CHANGE = 0.02, 1.0


@dataclass(frozen=True)
class Outlook:
    """What is told of each series so many periods ahead, and the record of having told so.

    ``low`` and ``high`` are none where intervals did not hold, or were not tried. Errors are means over
    outcomes, in mean changes; ``covered_share`` is of outcomes with an interval.
    """

    method: str
    expected: Floats
    low: Floats | None
    high: Floats | None
    outcomes: int
    error: float
    plain_error: float
    covered_share: float | None


def outlook(series: Sequence[Floats], ahead: int, year: int, least: float = -np.inf) -> Outlook | None:
    """What is told of all of ``series`` at ``ahead`` periods after their last value, none below ``least``.

    Series end in the same period and may begin in any; ``year`` is the periods of a year. None where fewer
    than ``LEAST_ORIGINS`` origins, or ``LEAST_OUTCOMES`` outcomes, are known. Of series of fewer than
    ``LEAST_VALUES`` values what is told is NaN.
    """
    if max(map(len, series), default=0) <= ahead:
        return None
    past = _Past(series, ahead, year, least)
    now = past.length - 1
    if not past.is_enough(now):
        return None
    method = past.published(now)
    record = [(at, past.published(at)) for at in range(now) if past.is_enough(at)]
    error = np.concatenate([[], *(past.came_off(name, at) for at, name in record)])
    if not len(error):
        return None
    plain = np.concatenate([past.came_off(PLAIN, at) for at, _ in record])
    expected = past.told[method][:, now]
    covered, width = _interval(past, record, method)
    is_held = covered is not None and width is not None and HELD[0] <= covered <= HELD[1]
    reach = width * past.scale[:, now] if is_held and width is not None else None
    return Outlook(
        method,
        expected,
        None if reach is None else np.maximum(expected - reach, least),
        None if reach is None else expected + reach,
        len(error),
        float(np.mean(error)),
        float(np.mean(plain)),
        covered,
    )


def _interval(
    past: "_Past", record: Sequence[tuple[int, str]], method: str
) -> tuple[float | None, float | None]:
    """Share that the better kind of interval held, and its error now; none where it was not tried."""
    found: list[tuple[float, float | None]] = []
    for width in (past.width, past.width_in_layers):
        tried = [(past.came_off(name, at), width(name, at)) for at, name in record]
        inside = [errors <= half for errors, half in tried if half is not None and len(errors)]
        if len(inside) >= LEAST_ORIGINS_TRIED and sum(map(len, inside)) >= LEAST_OUTCOMES:
            found.append((float(np.concatenate(inside).mean()), width(method, past.length - 1)))
    return min(found, key=lambda one: abs(one[0] - INTERVAL), default=(None, None))


class _Past:
    """What every method told of every series at every origin, and how far off it was: a row a series."""

    def __init__(self, series: Sequence[Floats], ahead: int, year: int, least: float) -> None:
        self.length, self.ahead = max(map(len, series)), ahead
        shape = (len(series), self.length)
        values, self.scale = np.full(shape, np.nan), np.full(shape, np.nan)
        self.told = {name: np.full(shape, np.nan) for name in METHODS}
        for row, one in enumerate(series):
            first = self.length - len(one)
            values[row, first:] = one
            self.scale[row, first:] = _scales(one)
            for name, method in METHODS.items():
                told = np.maximum(method(one, ahead, year)[:, ahead - 1], least)
                told[: LEAST_VALUES - 1] = np.nan
                self.told[name][row, first:] = told
        self._chosen: dict[int, str] = {}
        came = np.full(shape, np.nan)
        came[:, : self.length - ahead] = values[:, ahead:]
        self.error: dict[str, NDArray[np.float64]] = {
            name: np.abs(told - came) / self.scale for name, told in self.told.items()
        }

    def known(self, name: str, at: int) -> Floats:
        """Errors of a method whose outcome was known at origin ``at``."""
        errors = self.error[name][:, : max(at - self.ahead + 1, 0)]
        return np.asarray(errors[~np.isnan(errors)], np.float64)

    def is_enough(self, at: int) -> bool:
        """Whether the outcomes known at ``at`` are enough to choose by."""
        errors = self.error[PLAIN][:, : max(at - self.ahead + 1, 0)]
        tested = ~np.isnan(errors)
        return bool(tested.any(axis=0).sum() >= LEAST_ORIGINS and tested.sum() >= LEAST_OUTCOMES)

    def chosen(self, at: int) -> str:
        """The method with the least mean error of those known at ``at``."""
        if at not in self._chosen:
            self._chosen[at] = min(METHODS, key=lambda name: round(float(self.known(name, at).mean()), 9))
        return self._chosen[at]

    def published(self, at: int) -> str:
        """The method chosen at ``at``, if those chosen before were closer than the baseline; else that."""
        errors, plain = [], []
        for origin in range(max(at - self.ahead + 1, 0)):
            if self.is_enough(origin):
                errors += list(self.error[self.chosen(origin)][:, origin])
                plain += list(self.error[PLAIN][:, origin])
        is_closer = bool(errors) and np.nanmean(errors) < np.nanmean(plain)
        return self.chosen(at) if is_closer else PLAIN

    def came_off(self, name: str, at: int) -> Floats:
        """How far off the method was with what it told at ``at``, of series whose outcome is known."""
        errors = self.error[name][:, at]
        return np.asarray(errors[~np.isnan(errors)], np.float64)

    def width(self, name: str, at: int) -> float | None:
        """Error that four fifths of those known at ``at`` kept within; none of too few."""
        errors = self.known(name, at)
        return _quantile(errors) if len(errors) >= LEAST_OUTCOMES else None

    def width_in_layers(self, name: str, at: int) -> float | None:
        """Error that four fifths kept within at four fifths of the origins known; none of too few."""
        each = [self.came_off(name, one) for one in range(max(at - self.ahead + 1, 0))]
        within = [_quantile(one) for one in each if len(one)]
        is_enough = len(within) >= LEAST_ORIGINS_IN_LAYERS and sum(map(len, each)) >= LEAST_OUTCOMES
        return _quantile(np.array(within)) if is_enough else None


def _quantile(errors: Floats) -> float:
    """The least of ``errors`` within which four fifths and the next one lie (the greatest of few)."""
    place = int(np.ceil((len(errors) + 1) * INTERVAL)) - 1
    return float(np.sort(errors)[min(place, len(errors) - 1)])


def _scales(values: Floats) -> Floats:
    """Mean absolute change up to each value, of a fiftieth of the mean level and of one at least."""
    count = np.arange(1, len(values) + 1)
    changes: Floats = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(values)))]) / np.maximum(count - 1, 1)
    level = np.cumsum(np.abs(values)) / count
    return np.maximum(np.maximum(changes, _LEAST_CHANGE_SHARE * level), _LEAST_CHANGE)
