"""The gate of a quantity: what its record must show before it is published (law L12).

Belongs here: which method the record earns, with or without intervals, and why. Does not belong here: how the
record came about (``models.rolling``).

The forecast must come no less close than the plain baseline that comes closest, rank no worse than the one
that ranks best, and be right in total. Where it fails, the plain baseline that came closest takes its place,
if it ranks at all and is right in total; else nothing does. Intervals are published beside it if they held
what they state. Close is by squared error, of which an expectation has least; absolute errors are recorded
but gate nothing, for where orders are rare it is least to tell everybody none.
"""

from collections.abc import Sequence

from pipeline.models.fitting import Earned, Gate, at_least, at_most
from pipeline.models.quantity.target import TriedQuantity
from pipeline.models.rolling import FORECAST

#: A single origin cannot tell a good method from a lucky one.
LEAST_ORIGINS = 2
#: Customers over all origins: the error of a mean of skewed sums is still a tenth of it or so.
LEAST_CUSTOMERS = 100
#: The error of the total that a planner would live with: that of the hold-out of CDNOW.
MOST_TOTAL_ERROR = 0.12
#: An order that is hardly better than chance tells nobody apart.
LEAST_RANK_CORRELATION = 0.1
#: A stated 80% held so many.
COVERAGE = (0.75, 0.85)


def earned(record: Sequence[TriedQuantity], plain: Sequence[str]) -> Earned:
    """The method that ``record`` earns: the forecast, the ``plain`` baseline in its place, or none."""
    own = [one for one in record if one.method == FORECAST and one.period is not None]
    enough = (
        at_least("origins_tested", len(own), LEAST_ORIGINS),
        at_least("customers_tested", sum(one.customers for one in own), LEAST_CUSTOMERS),
    )
    if not all(one.passed for one in enough):
        return Earned(None, enough)
    over_all = {one.method: one for one in record if one.period is None}
    forecast, baselines = over_all[FORECAST], {name: over_all[name] for name in plain}
    nearest = min(baselines, key=lambda name: (round(baselines[name].root_mean_squared_error, 9), name))
    squared = baselines[nearest].root_mean_squared_error
    ranked = max(_rank(one) for one in baselines.values())
    gates = (
        *enough,
        at_most("squared_error_per_best_baseline", _ratio(forecast.root_mean_squared_error, squared), 1.0),
        at_least("rank_correlation_over_best_baseline", _six(_rank(forecast) - ranked), 0.0),
        *_sound("", forecast),
    )
    if all(one.passed for one in gates):
        return _with_intervals(FORECAST, forecast, gates, ())
    instead = _sound(f"{nearest}_", baselines[nearest])
    if all(one.passed for one in instead):
        return _with_intervals(nearest, baselines[nearest], gates, instead)
    return Earned(None, gates, instead)


def _with_intervals(
    method: str, tried: TriedQuantity, gates: tuple[Gate, ...], instead: tuple[Gate, ...]
) -> Earned:
    held = None if tried.coverage_share is None else _six(tried.coverage_share)
    asked = (
        at_least("interval_coverage_share", held, COVERAGE[0]),
        at_most("interval_coverage_share", held, COVERAGE[1]),
    )
    return Earned(method, gates, instead, asked)


def _sound(prefix: str, tried: TriedQuantity) -> tuple[Gate, Gate]:
    error = None if tried.total_error_share is None else _six(abs(tried.total_error_share))
    return (
        at_least(f"{prefix}rank_correlation", _six(_rank(tried)), LEAST_RANK_CORRELATION),
        at_most(f"{prefix}total_error_share", error, MOST_TOTAL_ERROR),
    )


def _ratio(value: float, limit: float) -> float | None:
    return _six(value / limit) if limit > 0 else None


def _rank(tried: TriedQuantity) -> float:
    """Rank correlation, or that of a constant."""
    return 0.0 if tried.rank_correlation is None else tried.rank_correlation


def _six(value: float) -> float:
    return round(value, 6)
