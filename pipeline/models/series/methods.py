"""Plain methods that tell how a series goes on.

Belongs here: what each tells, from every point of a series by what came up to it. Does not belong here: which
is taken (``outlook``).

| method | tells |
| --- | --- |
| ``last_period`` | the last value again: the plain baseline |
| ``mean_of_three`` | the mean of the last three |
| ``drift`` | the last value, and further by the mean change since the first |
| ``damped_trend`` | exponential smoothing of level and of a trend that fades by a tenth each period |
| ``year_ago`` | the value of the same period a year before; in the first year the last value |

Hyndman and Athanasopoulos (2021), *Forecasting: Principles and Practice*, chapter 5; the damped trend is
Gardner and McKenzie's (1985), *Forecasting Trends in Time Series*, Management Science 31.
"""

from collections.abc import Callable, Mapping

import numpy as np

from pipeline.models.frame import Floats

#: The baseline, which is published where nothing has been closer.
PLAIN = "last_period"
_DAMPING = 0.9
#: Weights of the newest value in the level, and of the newest change in the trend: those with the least
#: squared error one period ahead up to each point are taken; a trend of weight 0 is none.
_LEVELS, _TRENDS = (np.ravel(one) for one in np.meshgrid((0.2, 0.4, 0.6, 0.8, 1.0), (0.0, 0.1, 0.2, 0.4)))

#: From a series, how far ahead, and the periods of a year: row ``at`` has what was told after its first at +
#: 1 values, of 1, 2 … periods ahead.
Method = Callable[[Floats, int, int], Floats]


def _last(values: Floats, ahead: int, year: int) -> Floats:
    return np.tile(values[:, None], (1, ahead))


def _mean_of_three(values: Floats, ahead: int, year: int) -> Floats:
    before = [values[max(at - 2, 0) : at + 1].mean() for at in range(len(values))]
    return np.tile(np.array(before)[:, None], (1, ahead))


def _drift(values: Floats, ahead: int, year: int) -> Floats:
    passed = np.maximum(np.arange(len(values)), 1)
    change = (values - values[0]) / passed
    return np.asarray(values[:, None] + change[:, None] * np.arange(1, ahead + 1), np.float64)


def _damped(values: Floats, ahead: int, year: int) -> Floats:
    level, trend = np.full(len(_LEVELS), values[0]), np.zeros(len(_LEVELS))
    error = np.zeros(len(_LEVELS))
    further = np.cumsum(_DAMPING ** np.arange(1, ahead + 1))
    told = [np.full(ahead, values[0])]
    for value in values[1:]:
        missed = value - (level + _DAMPING * trend)
        error += missed**2
        fading = _DAMPING * trend
        level, trend = level + fading + _LEVELS * missed, fading + _LEVELS * _TRENDS * missed
        best = int(np.argmin(np.round(error, 9)))
        told.append(level[best] + further * trend[best])
    return np.array(told)


def _year_ago(values: Floats, ahead: int, year: int) -> Floats:
    told = _last(values, ahead, year)
    for further in range(1, ahead + 1):
        ago = np.arange(len(values)) + further - year
        told[ago >= 0, further - 1] = values[ago[ago >= 0]]
    return told


#: In the order in which the first of equals is taken.
METHODS: Mapping[str, Method] = {
    PLAIN: _last,
    "mean_of_three": _mean_of_three,
    "drift": _drift,
    "damped_trend": _damped,
    "year_ago": _year_ago,
}
