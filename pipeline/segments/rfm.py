"""RFM: recency, frequency and monetary value on a grid of ten named segments.

Belongs here: fitting and scoring of the grid. Does not belong here: labels (``tables.schemes``).

Each axis is scored 1-5 by quintiles frozen at the fit (Hughes, 1994). Frequency and value are
rates per 30 days of the last twelve periods, so that they do not grow with the length of the
data. The grid is the widely used one over recency and the mean of frequency and value.

Recency is counted in whole steps (a week by default), rounded up: among people who come weekly
it matters whether one came this week, not on which day of it. All customers of a step score
alike, by the share of customers with fewer steps; where one step holds more than a fifth of the
customers, the score below it is empty.
"""

from typing import Any

import numpy as np
from scipy.special import ndtr

from pipeline.segments.ecdf import fit_ecdf, percent_at
from pipeline.segments.fitting import Fit, at_least
from pipeline.segments.frame import Floats, Frame, Sample
from pipeline.segments.parameters import rounded
from pipeline.segments.reasons import weightiest
from pipeline.segments.scored import Scored, decided, evidence
from pipeline.segments.tiers import NOISE_FALLBACK, robust_noise
from pipeline.settings import Project

RECENCY, FREQUENCY, MONETARY = "recency_days", "orders_per_30_days_12p", "net_amount_per_30_days_12p"
AXES = (RECENCY, FREQUENCY, MONETARY)
#: Borders of the five scores, in percent.
QUINTILES = (20.0, 40.0, 60.0, 80.0)

#: Segment by recency score (rows, 1 = longest ago) and by the mean of frequency and value,
#: halves rounded up (columns, 1 = least).
GRID: tuple[tuple[str, ...], ...] = (
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("about_to_sleep", "about_to_sleep", "needing_attention", "loyal_customers", "loyal_customers"),
    ("promising", "potential_loyalists", "potential_loyalists", "loyal_customers", "loyal_customers"),
    ("recent_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"),
)
NAMES = tuple(dict.fromkeys(name for row in GRID for name in row))
_CELLS = np.array([[NAMES.index(name) for name in row] for row in GRID])


def inputs() -> list[tuple[str, float]]:
    """The three axes, each with equal weight."""
    return [(axis, 1.0) for axis in AXES]


def is_applicable(project: Project) -> bool:
    """Whether the project has orders."""
    return "orders" in project.entities


def fit(sample: Sample, project: Project) -> Fit:
    """Distributions of the axes and the usual noise of each, in percent points.

    Fails when too few customers know all three axes, or an axis has a single value.
    """
    complete = np.logical_and.reduce([sample.now.known(axis) for axis in AXES])
    fewest = project.segments.min_customers_to_fit
    gates = [at_least("customers_with_evidence", int(complete.sum()), fewest)]
    if not gates[0].passed:
        return Fit(None, tuple(gates), int(complete.sum()))
    step = project.segments.rfm.recency_resolution_days
    grids: dict[str, Any] = {}
    for axis in AXES:
        known = _values(axis, sample.now, step)[complete]
        grids[axis] = rounded(fit_ecdf(known, "lowest" if axis == RECENCY else "middle"))
        gates.append(at_least(f"distinct_values_of_{axis}", len(grids[axis]["values"]), 2))
    parameters: dict[str, Any] = {"grids": grids, "recency_resolution_days": step}
    parameters["noise"] = rounded({axis: _noise(axis, parameters, sample, fewest) for axis in AXES})
    passed = all(gate.passed for gate in gates)
    return Fit(parameters if passed else None, tuple(gates), int(complete.sum()))


def _values(axis: str, frame: Frame, step: float) -> Floats:
    """Values of an axis; recency in whole steps of ``step`` days, rounded up."""
    values = frame.number(axis)
    return np.ceil(values / step) if axis == RECENCY else values


def _percent(axis: str, parameters: dict[str, Any], frame: Frame) -> Floats:
    """Percent of each customer on an axis, turned so that more is better."""
    values = _values(axis, frame, parameters["recency_resolution_days"])
    percent = percent_at(parameters["grids"][axis], values)
    return 100.0 - percent if axis == RECENCY else percent


def _noise(axis: str, parameters: dict[str, Any], sample: Sample, fewest: int) -> float:
    if sample.before is None:
        return NOISE_FALLBACK
    here, there = sample.paired()
    now, before = _percent(axis, parameters, sample.now), _percent(axis, parameters, sample.before)
    changes = now[here] - before[there]
    return robust_noise(changes[~np.isnan(changes)], fewest)


def _fifths(percent: Floats, noise: float) -> Floats:
    """Mass of each of the five scores (5 x customers) under normal noise round ``percent``."""
    below = [np.zeros(len(percent)), *(ndtr((border - percent) / noise) for border in QUINTILES)]
    below.append(np.ones(len(percent)))
    return np.stack([below[i + 1] - below[i] for i in range(5)])


def _joint(frequency: int, monetary: int) -> int:
    """Column of the grid for the scores 0-4 of frequency and value: their mean, halves up."""
    return (frequency + monetary + 1) // 2


def score(parameters: dict[str, Any], frame: Frame) -> Scored:
    """Segment of each customer on the grid.

    The score is the mean percent of the axes. Confidence is the mass, under independent noise
    on each axis, of the cells that carry the segment. A reason's contribution is a third of the
    axis's distance from the middle, in points.
    """
    percents = [_percent(axis, parameters, frame) for axis in AXES]
    known = ~np.isnan(percents[0]) & ~np.isnan(percents[1]) & ~np.isnan(percents[2])
    safe = [np.where(known, np.round(percent, 6), 50.0) for percent in percents]
    r, f, m = (np.searchsorted(QUINTILES, percent, side="right") for percent in safe)
    masses = [_fifths(p, parameters["noise"][axis]) for p, axis in zip(safe, AXES, strict=True)]
    memberships = _memberships(*masses)
    contributions = np.stack([(percent - 50.0) / 3 for percent in percents])
    reasons = weightiest(AXES, np.stack([frame.number(axis) for axis in AXES]), contributions)
    mean = np.round((safe[0] + safe[1] + safe[2]) / 3, 6)
    ids = [f"rfm:{name}" for name in NAMES]
    segment = _CELLS[r, (f + m + 1) // 2]
    return decided(ids, segment, memberships, known, mean, evidence(frame, inputs()), reasons)


def _memberships(recency: Floats, frequency: Floats, monetary: Floats) -> Floats:
    """Mass of each named segment, from the masses of the five scores of each axis."""
    joint = np.zeros_like(frequency)
    for f in range(5):
        for m in range(5):
            joint[_joint(f, m)] += frequency[f] * monetary[m]
    memberships = np.zeros((len(NAMES), recency.shape[1]))
    for r in range(5):
        for column in range(5):
            memberships[_CELLS[r, column]] += recency[r] * joint[column]
    return memberships
