"""The gate of a probability: what its record must show before it is published (law L12).

Belongs here: which method the record earns, and why. Does not belong here: how the record came about
(``models.rolling``).

The forecast must rank no worse than the plain baseline that ranks best, come no less close than the one that
comes closest, and mean what it says. Where it fails, the plain baseline that came closest takes its place, if
it ranks at all and means what it says; else nothing does.
"""

from collections.abc import Sequence

from pipeline.models.fitting import Earned, Gate, at_least, at_most
from pipeline.models.probability.target import TriedProbability
from pipeline.models.rolling import FORECAST

#: A single origin cannot tell a good method from a lucky one.
LEAST_ORIGINS = 2
#: Customers with the outcome, and without, over all origins: fewer leave the area under the curve uncertain
#: by .04 or more (one standard error; of a small group of n it is about √(1/12n)).
LEAST_EVENTS = 50
#: Of a hundred customers said to have 30%, 27 to 33: what a reader would call right. Beyond what chance alone
#: would show with as many customers.
MOST_CALIBRATION_ERROR = 0.03
#: A probability that ranks no better than this does not tell customers apart.
LEAST_AUC = 0.55


def earned(record: Sequence[TriedProbability], plain: Sequence[str], also: Sequence[Gate] = ()) -> Earned:
    """The method that ``record`` earns: the forecast, the ``plain`` baseline in its place, or none.

    ``also`` are further gates that the forecast must pass.
    """
    enough = _enough(record)
    if not all(one.passed for one in enough):
        return Earned(None, enough)
    over_all = {one.method: one for one in record if one.period is None}
    forecast, baselines = over_all[FORECAST], {name: over_all[name] for name in plain}
    nearest = min(baselines, key=lambda name: (round(baselines[name].brier, 12), name))
    ranked = max(_auc(one) for one in baselines.values())
    gates = (
        *enough,
        at_least("auc_over_best_baseline", _six(_auc(forecast) - ranked), 0.0),
        at_least("brier_under_best_baseline", _six(baselines[nearest].brier - forecast.brier), 0.0),
        *_sound("", forecast),
        *also,
    )
    if all(one.passed for one in gates):
        return Earned(FORECAST, gates)
    instead = _sound(f"{nearest}_", baselines[nearest])
    return Earned(nearest if all(one.passed for one in instead) else None, gates, instead)


def _enough(record: Sequence[TriedProbability]) -> tuple[Gate, ...]:
    own = [one for one in record if one.method == FORECAST and one.period is not None]
    events = sum(one.events for one in own)
    others = sum(one.customers for one in own) - events
    return (
        at_least("origins_tested", len(own), LEAST_ORIGINS),
        at_least("customers_with_outcome", events, LEAST_EVENTS),
        at_least("customers_without_outcome", others, LEAST_EVENTS),
    )


def _sound(prefix: str, tried: TriedProbability) -> tuple[Gate, Gate]:
    beyond_chance = tried.calibration_error - tried.calibration_noise
    return (
        at_least(f"{prefix}auc", _six(_auc(tried)), LEAST_AUC),
        at_most(f"{prefix}calibration_error_beyond_chance", _six(beyond_chance), MOST_CALIBRATION_ERROR),
    )


def _auc(tried: TriedProbability) -> float:
    """AUC, or that of a constant where there was only one outcome everywhere."""
    return 0.5 if tried.auc is None else tried.auc


def _six(value: float) -> float:
    return round(value, 6)
