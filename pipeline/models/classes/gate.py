"""The gate of classes: what a record out of sample must show before anybody is called anything (law L12).

Belongs here: what is asked of a record, and why. Does not belong here: how the record came about
(``models.rolling``).

Shares must come closer than the base rates, and the likeliest class must be right more often than the most
frequent one, both by more than chance; where labels are of later, also than what follows on the label of now;
and shares must mean what they say. The second is what a label claims:
where one class is rare, shares may rank customers well and yet nobody is likelier than not to be in it, so
that to call each by its likeliest class is to call all the same.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models.candidates import Method
from pipeline.models.classes.methods import BASE_RATE
from pipeline.models.classes.shares import likeliest, losses
from pipeline.models.classes.target import TriedClasses
from pipeline.models.fitting import Gate, at_least, at_most
from pipeline.models.frame import Floats
from pipeline.models.probability.gate import LEAST_ORIGINS, MOST_CALIBRATION_ERROR
from pipeline.models.rolling import FORECAST, Rolling

#: A class must have been seen in so many customers: five parts of them then hold two each.
LEAST_OF_CLASS = 10
#: A gain counts less two standard errors: by chance it then passes once in forty.
ERRORS = 2.0
#: More than nothing.
_SOME = 1e-6


def enough(outcome: Floats, segments: Sequence[str], fewest: int, origins: int | None) -> tuple[Gate, ...]:
    """Whether there is anything to learn from and to be tested by; ``origins``: none where labels have no
    time."""
    gates = [at_least("customers_with_label", len(outcome), fewest)]
    if origins is not None:
        gates.append(at_least("origins_tested", origins, LEAST_ORIGINS))
    for place, name in enumerate(segments):
        gates.append(at_least(f"customers_labelled_{name}", int((outcome == place).sum()), LEAST_OF_CLASS))
    return tuple(gates)


def earned(rolling: Rolling[TriedClasses], record: Sequence[TriedClasses], place: int) -> tuple[Gate, ...]:
    """What the record of ``rolling`` by the end of ``place`` must show."""
    (whole,) = (one for one in record if one.method == FORECAST and one.period is None)
    off = max(one.calibration_error - one.calibration_noise for one in whole.by_class)
    gates = []
    for plain in (one for one in rolling.methods if one.is_plain):
        closer, righter = gains(rolling, plain, place)
        over = "most_frequent" if plain.name == BASE_RATE else plain.name
        gates.append(at_least(f"brier_under_{plain.name}", closer, _SOME))
        gates.append(at_least(f"right_over_{over}", righter, _SOME))
    return (
        *gates,
        at_most("calibration_error_beyond_chance", round(off, 6), MOST_CALIBRATION_ERROR),
    )


def gains(rolling: Rolling[TriedClasses], base: Method, place: int) -> tuple[float, float]:
    """By how much what would be told comes closer than the plain ``base``, and is right more often than its
    likeliest class: means over customers, less two standard errors, those of a customer counted together."""
    ids, closer, righter = [], [], []
    for origin in rolling.tested(place):
        told, plain = rolling.forecast(origin)[1].values, rolling.said(base, origin).values
        outcome = origin.outcome
        ids.append(origin.frame.customer_id.cast(pa.string()))
        closer.append(losses(plain, outcome) - losses(told, outcome))
        right, frequent = (likeliest(one) == outcome for one in (told, plain))
        righter.append(right.astype(np.float64) - frequent)
    who = pc.dictionary_encode(pa.concat_arrays(ids)).indices.to_numpy(zero_copy_only=False)
    return _less_errors(np.concatenate(closer), who), _less_errors(np.concatenate(righter), who)


def _less_errors(values: Floats, who: Floats) -> float:
    """Mean of ``values`` less two standard errors; those of one customer are one observation (Liang and
    Zeger, 1986)."""
    mean = float(values.mean())
    by_customer = np.bincount(who, values - mean)
    return round(mean - ERRORS * float(np.sqrt((by_customer**2).sum())) / len(values), 6)
