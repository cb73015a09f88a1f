"""Challengers: whether the borders of a fit are others than those in force, and whom it would move.

Belongs here: champion and challenger side by side on the customers of the fit. Does not belong here: when a
scheme is fitted, or what becomes of the fit (``versions``).

A border that is fitted (a quantile of the customers of the fit) has an error of sampling. A challenger whose
borders lie within that of both fits has the same borders, drawn anew: the champion stays, so that nobody
moves because of the draw (law L11). The share of customers between two borders is what a quantile fixes, so
it is shares that are compared, each with its binomial standard error in both fits.

A version that was fitted before the windows were full is provisional: who has a segment in it are those who
come often. The refit that takes its place is asked neither how many it moves nor whether named segments keep
their customers: it would be refused, and provisional borders would stay for ever. And it puts everybody where
its borders say: nobody is kept by what the provisional ones said, else customers would go where they belong
one by one, for years.

A scheme with written borders on a forecast is what the forecast in force says. Its challenger is asked
neither: refused, the segments would go on by a forecast that is no longer published.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.models.events import Crossing
from pipeline.models.fitting import Fit, Gate, at_least, at_most
from pipeline.models.frame import Sample
from pipeline.schemes import serving
from pipeline.schemes.scored import Scored
from pipeline.settings import Project, Scheme

#: Standard errors up to which two borders are the same (95%).
SAME_BORDER = 1.96


@dataclass(frozen=True)
class Champion:
    """The version in force: its parameters, on how many customers it was fitted, and whether it is
    provisional, fitted before the windows were full."""

    parameters: dict[str, Any]
    customers: int
    is_provisional: bool


def beside(scheme: Scheme, fit: Fit, champion: Champion, sample: Sample, project: Project) -> Fit:
    """The fit with more gates: whom of the sample it alone would move, and out of which named segments; the
    champion in its place where their borders are the same."""
    assert fit.parameters is not None
    missing = set(serving.scoring_reads(scheme, champion.parameters)) - set(sample.now.numbers)
    if missing:  # the champion read features that the project no longer gives: nothing to compare
        return fit
    nowhere = replace(sample.now, previous_segments={})
    is_same = champion.parameters.get("definition") == fit.parameters["definition"]
    if scheme.has_fitted_borders() and is_same and not champion.is_provisional:
        both = [serving.score(scheme.name, one, nowhere) for one in (champion.parameters, fit.parameters)]
        shift = round(shift_in_errors(both[0], both[1], champion.customers, fit.customers), 6)
        if shift <= SAME_BORDER:
            gate = at_most("shift_of_borders_in_errors", shift, SAME_BORDER)
            return Fit(champion.parameters, (*fit.gates, gate), fit.customers, fit.notes)
    settings = project.segments
    follows = not scheme.has_fitted_borders() and bool(serving.frozen_forecasts(champion.parameters))
    is_first = champion.is_provisional and (scheme.has_fitted_borders() or follows)
    limits = settings.max_model_moved_share, settings.continued_overlap
    most, least = (1.0, 0.0) if is_first or follows else limits
    # rules keep nobody on evidence: who is kept by their second thresholds is near the first
    anew = is_first and serving.kind_of(scheme).believes
    old = serving.score(scheme.name, champion.parameters, sample.now)
    new = serving.score(scheme.name, fit.parameters, nowhere if anew else sample.now)
    moved = at_most("model_moved_share", round(moved_share(old, new), 6), most)
    is_whole = len(sample.now) < settings.sample_size
    overlaps = _overlap_gates(crossing_of(old, new), least, is_whole)
    gates = (*fit.gates, moved, *(overlaps if scheme.segments else ()))
    notes = fit.notes | ({"places_anew": True} if anew else {})
    return Fit(fit.parameters, gates, fit.customers, notes)


def shift_in_errors(old: Scored, new: Scored, old_customers: int, new_customers: int) -> float:
    """How far the shares of segments under two versions lie apart, in standard errors of both: the greatest.

    Of the customers that both place; each share is known as well as the customers of its fit tell it.
    """
    both = (old.segment >= 0) & (new.segment >= 0)
    if not both.any():
        return math.inf
    count = len(new.segment_ids)
    then, now = (np.bincount(one.segment[both], minlength=count) / both.sum() for one in (old, new))
    middle = (then + now) / 2
    error = np.sqrt(middle * (1 - middle) * (1 / max(old_customers, 1) + 1 / max(new_customers, 1)))
    apart = np.abs(now - then)
    return float(np.divide(apart, error, out=np.zeros(count), where=apart > 0).max())


def crossing_of(old: Scored, new: Scored) -> Crossing:
    """Customers assigned by both versions, by their segments under each."""
    both = (old.segment >= 0) & (new.segment >= 0)
    pairs, counts = np.unique(np.stack([old.segment[both], new.segment[both]]), axis=1, return_counts=True)
    return Crossing(
        {
            (old.segment_ids[before], new.segment_ids[after]): int(count)
            for before, after, count in zip(*pairs.tolist(), counts, strict=True)
        }
    )


def _overlap_gates(crossing: Crossing, least: float, is_whole: bool) -> list[Gate]:
    """A gate for each named segment that would not be continued, else for the one nearest to it.

    So a refit never leaves a named segment ambiguous in the register. What is true of a sample
    must be true of everybody, so its overlaps count less three standard errors.
    """
    gates = []
    for segment in sorted({*crossing.old_sizes, *crossing.new_sizes}):
        overlap = crossing.jaccard(segment, segment)
        error = (
            0.0 if is_whole else 3 * math.sqrt(overlap * (1 - overlap) / crossing.either(segment, segment))
        )
        gates.append(at_least(f"overlap_of_{segment}", round(overlap - error, 6), least))
    gates.sort(key=lambda one: (one.value or 0.0, one.name))
    return [one for one in gates if not one.passed] or gates[:1]


def moved_share(old: Scored, new: Scored) -> float:
    """Share of the customers assigned by both versions whose segment differs; 0 when there is none."""
    both = (old.segment >= 0) & (new.segment >= 0)
    if not both.any():
        return 0.0
    old_ids, new_ids = np.array(old.segment_ids), np.array(new.segment_ids)
    return float((old_ids[old.segment[both]] != new_ids[new.segment[both]]).mean())
