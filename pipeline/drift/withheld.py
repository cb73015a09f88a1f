"""Findings about withheld features: the change, without figures that a single customer's value follows from.

Belongs here: coarsening what was measured. Does not belong here: which features are withheld
(settings), or measuring (``feature_changes``).

From exact means of two periods, between which one customer came, that customer's value follows by a
subtraction. So there are no means, and figures are so coarse that one customer does not change them.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import replace

from pipeline.drift.verdicts import Measured


def coarse(measured: Iterable[Measured], withheld: Collection[str]) -> list[Measured]:
    """``measured`` with those on ``withheld`` features made coarse; verdicts rest on the exact ones.

    Distances and shares in whole hundredths, differences of means in tenths of a standard deviation,
    p-values in one digit, upwards: a change is never called more certain than it is.
    """
    return [_coarse(one) if one.level == "feature" and one.subject in withheld else one for one in measured]


def _coarse(one: Measured) -> Measured:
    if one.value is None:  # nothing was measured: the sentence has counts of customers only
        return one
    value, is_number = round(one.value, 2), one.measure == "kolmogorov_smirnov"
    effect = None if one.effect is None else round(one.effect, 1 if is_number else 2) + 0.0
    said = f"The distribution of {one.subject} differs by {value:.2f} from the one before"
    if is_number and effect is not None:
        said += f", its mean by {effect:+.1f} standard deviations"
    return replace(
        one,
        said=said,
        value=value,
        effect=effect,
        stability=None if one.stability is None else round(one.stability, 2),
        distance=None,
        p_value=None if one.p_value is None else _one_digit(one.p_value),
    )


def _one_digit(p_value: float) -> float:
    """The next greater number of one digit."""
    if p_value <= 0:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(p_value))
    return min(1.0, float(f"{math.ceil(round(p_value / unit, 6)) * unit:.1g}"))
