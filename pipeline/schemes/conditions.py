"""Conditions of rules with soft borders: how far one holds of each customer.

Belongs here: frozen conditions as degrees. Does not belong here: what the language says of them
(``settings.schemes.rules``), or which rule wins (``kinds.rules``).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.models.frame import Floats, Frame, code_of


def degree(values: Floats, threshold: float, ramp: float) -> Floats:
    """How far ``values`` reach ``threshold``: 0 below the ramp, 1/2 at the threshold, 1 above it.

    Unknown values reach nothing.
    """
    width = abs(threshold) * ramp
    if width == 0:
        return np.where(values >= threshold, 1.0, 0.0)
    return np.nan_to_num(np.clip((values - threshold + width) / (2 * width), 0.0, 1.0), nan=0.0)


def degree_of(condition: dict[str, Any], frame: Frame, ramp: float, keeps: bool = False) -> Floats:
    """Degree of a frozen condition for each customer, 0-1; ``keeps``: if it was in the segment already."""
    if "all" in condition:
        weakest: Floats = np.minimum.reduce([degree_of(one, frame, ramp, keeps) for one in condition["all"]])
        return weakest
    if "any" in condition:
        strongest: Floats = np.maximum.reduce(
            [degree_of(one, frame, ramp, keeps) for one in condition["any"]]
        )
        return strongest
    if "first_known" in condition:
        *firsts, last = condition["first_known"]
        found = degree_of(last, frame, ramp, keeps)
        for one in reversed(firsts):
            found = np.where(frame.known(one["feature"]), degree_of(one, frame, ramp, keeps), found)
        return found
    values = frame.number(condition["feature"])
    if "above" in condition:
        values = values - np.fmax.reduce([frame.number(one) for one in condition["above"]])
    if "capped_at" in condition:
        values = np.minimum(values, condition["capped_at"])
    if "known" in condition:
        return np.where(np.isnan(values) != condition["known"], 1.0, 0.0)
    if "is" in condition:
        return np.where(values == float(condition["is"]), 1.0, 0.0)
    if "one_of" in condition:
        return np.where(np.isin(values, [code_of(one) for one in condition["one_of"]]), 1.0, 0.0)
    threshold = condition["below"] if "below" in condition else condition["at_least"]
    if keeps:
        threshold = condition.get("keeps", threshold)
    if "below" in condition:
        return np.where(np.isnan(values), 0.0, 1.0 - degree(values, threshold, ramp))
    return degree(values, threshold, ramp)


def has_keeps(condition: dict[str, Any]) -> bool:
    """Whether who is in the segment already has a threshold of its own."""
    parts = (part for name in ("all", "any", "first_known") for part in condition.get(name, ()))
    return "keeps" in condition or any(has_keeps(one) for one in parts)


def has_choice(condition: dict[str, Any] | None) -> bool:
    """Whether several conditions lead there, of which one must hold."""
    return condition is not None and (
        "any" in condition or any(has_choice(one) for one in condition.get("all", ()))
    )


def leaves(condition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Conditions on features within a frozen condition."""
    if "feature" in condition:
        yield condition
    for name in ("all", "any", "first_known"):
        for one in condition.get(name, ()):
            yield from leaves(one)
