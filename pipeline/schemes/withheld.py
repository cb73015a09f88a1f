"""Withheld features: how a quasi-identifier helps to score without being told (law L6).

Belongs here: in what steps it counts, and what is said of a customer's score in its place. Does not
belong here: which features are withheld (settings), or the score itself (``kinds.tier``).

Two rules, so that nobody who has the publication, the formula and all other features can compute the
value back. A withheld feature counts by the fifth it lies in: whatever becomes known of a score over
the years, more than the fifth is not in it. And everything that is said of a customer (score, confidence,
margin, runner-up) is the mean over all fifths that lead to the same segment: it is a function of the
published features and of the segment, and so tells no more than the segment does.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from pipeline.models.frame import Floats, Integers
from pipeline.settings.schemes import MOST_CLASSES

#: Steps in which a withheld feature counts: fifths of the customers of the fit.
STEPS = MOST_CLASSES

#: From percents of the components to score, segment and memberships (segments x customers) of each customer.
Judge = Callable[[Sequence[Floats]], tuple[Floats, Integers, Floats]]


def in_steps(percent: Floats, steps: int) -> Floats:
    """The middle of the step that each percent lies in; NaN stays."""
    width = 100.0 / steps
    return (np.minimum(np.floor(percent / width), steps - 1) + 0.5) * width


def means_by_segment(
    percents: Sequence[Floats], steps: Sequence[int | None], judge: Judge
) -> tuple[Floats, Floats]:
    """Mean score and mean memberships over every step of the withheld components with the same segment.

    ``percents`` are those of the components, ``steps`` how many steps a withheld one has, none for
    the others. Every step is taken for equally likely, which it is among the customers of the fit.
    """
    _, actual, held = judge(percents)
    hidden = [place for place, one in enumerate(steps) if one]
    middles = [in_steps(np.arange(0.0, 100.0, 100.0 / one), one) for one in steps if one]
    scores, fitting = np.zeros(len(actual)), np.zeros(len(actual))
    memberships = np.zeros_like(held)
    for guess in product(*middles):
        supposed = list(percents)
        for place, middle in zip(hidden, guess, strict=True):
            supposed[place] = np.where(np.isnan(percents[place]), np.nan, middle)
        score, segment, membership = judge(supposed)
        fits = segment == actual
        scores += np.where(fits, score, 0.0)
        memberships += np.where(fits, membership, 0.0)
        fitting += fits
    return scores / fitting, memberships / fitting


def of_few(names: Sequence[str], segment: Integers, fewest: int) -> list[str]:
    """Those of the segments called ``names`` in which there is somebody, but fewer than ``fewest`` customers:
    nobody is assigned to these."""
    counts = np.bincount(segment[segment >= 0], minlength=len(names)).tolist()
    return [name for name, count in zip(names, counts, strict=True) if 0 < count < fewest]
