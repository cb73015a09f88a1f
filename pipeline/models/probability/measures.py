"""How good probabilities are: ranking, distance, calibration, lift.

Belongs here: measures of a forecast against what came. Does not belong here: what counts as good enough.
"""

import math

import numpy as np

from pipeline.models.frame import Flags, Floats

#: Calibration is compared in so many groups of equal size, by probability.
GROUPS = 10


def auc(probabilities: Floats, outcome: Floats) -> float | None:
    """Chance that of a customer with the outcome and one without, the first has the higher probability.

    By ranks (Mann and Whitney, 1947), ties by half; none where there is only one outcome.
    """
    _, places, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[places]
    yes = int(outcome.sum())
    no = len(outcome) - yes
    if not yes or not no:
        return None
    return float((ranks[outcome > 0].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(probabilities: Floats, outcome: Floats) -> float:
    """Mean squared distance of probability and outcome (Brier, 1950); 0 is perfect."""
    return float(np.mean((probabilities - outcome) ** 2))


def calibration_error(probabilities: Floats, outcome: Floats) -> float:
    """Mean distance of mean probability and share of outcomes over tenths by probability, by size.

    Expected calibration error (Naeini, Cooper and Hauskrecht, 2015) over groups of equal size; customers with
    equal probabilities stay together.
    """
    return sum(
        float(is_in.mean()) * abs(float(probabilities[is_in].mean() - outcome[is_in].mean()))
        for is_in in _groups(probabilities)
    )


def calibration_noise(probabilities: Floats) -> float:
    """The calibration error that perfect probabilities would show with as many customers, by chance.

    A group of n with probability p is off by √(2 p (1 - p) / (π n)) on average.
    """
    found = 0.0
    for is_in in _groups(probabilities):
        spread = float(np.sum(probabilities[is_in] * (1 - probabilities[is_in])))
        found += math.sqrt(2 * spread / math.pi) / len(probabilities)
    return found


def top_decile_lift(probabilities: Floats, outcome: Floats) -> float | None:
    """Share of outcomes in the tenth with the highest probabilities, per share in all; none without outcomes.

    Where probabilities tie at the border, customers count by the tie's own share.
    """
    if not outcome.sum():
        return None
    wanted = max(1.0, len(outcome) / 10)
    border = np.sort(probabilities)[::-1][math.ceil(wanted) - 1]
    above, tied = probabilities > border, probabilities == border
    caught = outcome[above].sum() + (wanted - above.sum()) * outcome[tied].mean()
    return float(caught / wanted / outcome.mean())


def _groups(probabilities: Floats) -> list[Flags]:
    """Customers in tenths by probability, none empty."""
    borders = np.unique(np.quantile(probabilities, np.arange(1, GROUPS) / GROUPS, method="inverted_cdf"))
    places = np.searchsorted(borders, probabilities, side="left")
    return [places == place for place in np.unique(places)]
