"""Earned confidence: memberships as the share of second looks that would find the customer in each segment.

Belongs here: the map from what a kind makes of one look to what a second look would find, fitted in a refit
on second looks at some customers, frozen with the version, applied in scoring. Does not belong here: the
looks (``schemes.second_look``), the map itself (``models.softmax``), or how kinds come by memberships
(``kinds``).

A kind knows of its own borders and of what its traits leave open; it does not know what chance makes of
recency, trends, breadth or forecasts, or of all features together. The map does: it has seen second looks.
It reads what the version reads, but nothing that narrows a person down (law L6).

Without a map there is no confidence: that a segment would be the same is not said where nothing was seen to
differ (law L12). So it is of facts, of what is held, and where no look could be drawn.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pipeline.models import softmax
from pipeline.models.frame import Floats, Frame, Integers
from pipeline.schemes.second_look import SecondLooks

#: The map in the parameters of a version.
EARNED = "earned"
#: A look of some customers, scored by a version: segment (-1: none) and memberships as its kind has them.
Scoring = Callable[[Frame], tuple[Integers, Floats]]


def fit(
    first: Frame,
    as_read: Frame,
    looks: SecondLooks,
    read: Sequence[str],
    names: Sequence[str],
    evidence: str,
    scoring: Scoring,
    fewest: int,
) -> dict[str, Any] | None:
    """The map of a version, by which ``scoring`` scores.

    ``first`` is the first look at the customers of ``looks``, ``as_read`` the same as the kind reads it, with
    ``names`` for the map to read; ``evidence`` is the one that counts how much was seen ("" for none).

    Of those alone who are assigned in the first look and in some second one: whether there is enough evidence
    is another question than which segment. None for fewer than ``fewest`` of them, and none where the looks
    differ in nothing that ``read`` names, which is all that the version reads: they have no say then.
    """
    if not _differ(first, looks, read):
        return None
    segment, memberships = scoring(first)
    shares = np.zeros_like(memberships)
    for look in looks.looks:
        again, _ = scoring(look)
        for place, share in enumerate(shares):
            share += again == place
    often = shares.sum(axis=0)
    known = (segment >= 0) & (often > 0)
    if int(known.sum()) < fewest or len(shares) < 2:
        return None
    numbers = {name: as_read.number(name)[known] for name in names}
    return softmax.fit(memberships[:, known], numbers, shares[:, known] / often[known], evidence)


def _differ(first: Frame, looks: SecondLooks, read: Sequence[str]) -> bool:
    """Whether any look shows another value than the first one."""
    return any(
        not np.array_equal(look.number(name), first.number(name), equal_nan=True)
        for name in read
        for look in looks.looks
    )


def is_earned(parameters: dict[str, Any]) -> bool:
    """Whether a version with ``parameters`` may state confidence."""
    return EARNED in parameters


def reads(parameters: dict[str, Any]) -> list[str]:
    """Features and forecasts that the map of a version reads."""
    return [one["name"] for one in parameters.get(EARNED, {"beside": ()})["beside"]]


def earned(parameters: dict[str, Any], memberships: Floats, frame: Frame) -> Floats:
    """``memberships`` (segments x customers) of a version with ``parameters`` as a second look would have
    them; as they are where the version has no map."""
    found = parameters.get(EARNED)
    return memberships if found is None else softmax.mapped(found, memberships, frame.numbers)
