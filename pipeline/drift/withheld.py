"""Findings about withheld features: the change, without figures that a single customer's value follows from.

Belongs here: coarsening what was measured. Does not belong here: which features are withheld
(settings), or measuring (``feature_changes``).

From exact means of two periods, between which one customer came, that customer's value follows by a
subtraction. So there are no means, and figures are so coarse that one customer does not change them.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import replace

from pipeline.drift.measured import Measured
from pipeline.drift.measures import Test


def coarse(measured: Iterable[Measured], withheld: Collection[str]) -> list[Measured]:
    """``measured`` with those on ``withheld`` features made coarse; verdicts rest on the exact ones.

    Distances and shares in whole hundredths, differences of means in tenths of a standard deviation,
    p-values in one digit, upwards: a change is never called more certain than it is.
    """
    return [
        _coarse(one) if one.level == "feature" and one.subject in withheld else one
        for one in measured
        if one.subject not in withheld or one.measure not in _UNTOLD
    ]


#: Says what of a total a few customers have: not told of what is withheld.
_UNTOLD = ("tail_share_change",)


def _coarse(one: Measured) -> Measured:
    if one.value is None:  # nothing was measured: the sentence has counts of customers only
        return one
    digits = 1 if one.measure in ("mean_change", "spread_change") else 2
    effect = None if one.effect is None else round(one.effect, digits) + 0.0
    is_figure = one.measure in ("mean_change", "spread_change")
    value = None if is_figure else round(one.value, 2)
    return replace(
        one,
        said=_said(one, value, effect),
        value=value,
        compared_value=None if is_figure or one.compared_value is None else round(one.compared_value, 2),
        test=None if one.score is None else Test(float(round(one.score)), 1.0, None),
        figure=None,
        effect=effect,
        stability=None if one.stability is None else round(one.stability, 2),
        distance=None,
        p_value=None if one.p_value is None else _one_digit(one.p_value),
    )


def _said(one: Measured, value: float | None, effect: float | None) -> str:
    """The sentence, of coarse figures."""
    if one.measure == "mean_change":
        return f"The mean of {one.subject} differs by {effect:+.1f} standard deviations from the one before"
    if one.measure == "spread_change":
        return f"The logarithm of the spread of {one.subject} differs by {effect:+.1f} from the one before"
    if one.measure == "missing_share_change":
        return f"{one.subject} is not known of {value:.0%} of customers, {effect:+.2f} from before"
    if one.measure == "new_category_share":
        return f"{one.subject} has a new category, with {value:.0%} of customers"
    return f"The distribution of {one.subject} differs by {value:.2f} from the one before"


def _one_digit(p_value: float) -> float:
    """The next greater number of one digit."""
    if p_value <= 0:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(p_value))
    return min(1.0, float(f"{math.ceil(round(p_value / unit, 6)) * unit:.1g}"))
