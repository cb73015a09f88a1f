"""Grid schemes: named cells over two dimensions of scored axes, such as RFM.

Belongs here: fitting and scoring of grids. Does not belong here: which axes and cells (documents).

Each axis is cut into bands at quantiles frozen at the fit, or at the document's borders. A band between
borders says what happened: a customer is in it or not. Of bands at quantiles noise is known, and a segment is
left for another one only on evidence (``schemes.remembered``). An axis with a step counts in whole
steps, rounded up: all customers of a step stand alike, by the share of customers with fewer
steps; where one step holds more customers than a band, the band below it is empty.

A text is cut into bands by category. It says which band and nothing more: it counts in no score, a reason
names it alone, and where it is withheld nobody is assigned to a segment of few customers
(``schemes.withheld``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from pipeline.models.ecdf import fit_ecdf, percent_at
from pipeline.models.fitting import Fit, at_least
from pipeline.models.frame import Flags, Floats, Frame, Integers, Sample, code_of
from pipeline.models.noise import NOISE_FALLBACK, robust_noise
from pipeline.models.normal import normal_below
from pipeline.models.parameters import rounded
from pipeline.schemes.earned import earned
from pipeline.schemes.kind import Kind, Parameters, equal_weights
from pipeline.schemes.reasons import Reasons, weightiest
from pipeline.schemes.remembered import against, before, evened, kept, usual_shares
from pipeline.schemes.scored import Scored, decided, evidence
from pipeline.schemes.withheld import of_few
from pipeline.settings import GridDocument, Project


def features(document: GridDocument) -> list[str]:
    """Features of the axes, in their order."""
    return [one.feature for one in document.axes.values()]


def fit(document: GridDocument, sample: Sample, project: Project, champion: Parameters | None) -> Fit:
    """Distributions of the axes and the usual noise of each, in percent points.

    Fails when too few customers know all axes, or an axis has a single value.
    """
    # A list: frozen parameters are written with sorted keys, and ties of reasons go by the order of axes.
    axes = [{"name": name, **one.model_dump()} for name, one in document.axes.items()]
    complete = np.logical_and.reduce([sample.now.known(one["feature"]) for one in axes])
    fewest = project.segments.min_customers_to_fit
    gates = [at_least("customers_with_evidence", int(complete.sum()), fewest)]
    if not gates[0].passed:
        return Fit(None, tuple(gates), int(complete.sum()))
    for axis in _measured(axes):
        known = _values(axis, sample.now)[complete]
        axis["grid"] = rounded(fit_ecdf(known, "middle" if axis["step"] is None else "lowest"))
        gates.append(at_least(f"distinct_values_of_{axis['feature']}", len(axis["grid"]["values"]), 2))
    for axis in _measured(axes):
        axis["noise"] = rounded(_noise(axis, sample, fewest))
    parameters: Parameters = rounded(
        {
            "axes": axes,
            "rows": document.rows,
            "columns": document.columns,
            "cells": document.cells,
            "segments": list(document.segments),
            "withheld_segments": [],
        }
    )
    passed = all(gate.passed for gate in gates)
    if passed:
        parameters["usual"] = _usual(parameters, sample.now)
    if passed and document.classes_of(project.privacy.withheld):
        placed = score(document.name, parameters, replace(sample.now, previous_segments={}))
        parameters["withheld_segments"] = of_few(
            parameters["segments"], placed.segment, project.publish.min_group_count
        )
    return Fit(parameters if passed else None, tuple(gates), int(complete.sum()))


def _measured(axes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of ``axes`` that are numbers."""
    return [one for one in axes if not one.get("categories")]


def _categories(axis: dict[str, Any], frame: Frame) -> Integers:
    """Band of each customer on an axis by category; -1 for none."""
    found, values = np.full(len(frame), -1, np.int64), frame.number(axis["feature"])
    for band, some in enumerate(axis["categories"]):
        found[np.isin(values, [code_of(one) for one in some])] = band
    return found


def _values(axis: dict[str, Any], frame: Frame) -> Floats:
    """Values of an axis; in whole steps, rounded up, where it has a step."""
    return _stepped(axis, frame.number(axis["feature"]))


def _stepped(axis: dict[str, Any], values: Floats) -> Floats:
    return values if axis["step"] is None else np.ceil(values / axis["step"])


def _percent(axis: dict[str, Any], frame: Frame) -> Floats:
    """Percent of each customer on an axis, turned so that more is better."""
    percent = percent_at(axis["grid"], _values(axis, frame))
    return percent if axis["direction"] == "raises" else 100.0 - percent


def _noise(axis: dict[str, Any], sample: Sample, fewest: int) -> float:
    if sample.before is None:
        return NOISE_FALLBACK
    here, there = sample.paired()
    changes = _percent(axis, sample.now)[here] - _percent(axis, sample.before)[there]
    return robust_noise(changes[~np.isnan(changes)], fewest)


def _anew(axis: dict[str, Any], frame: Frame) -> tuple[Floats, Floats]:
    """How far from its own each customer's percent would lie if the customer were observed anew: mean and
    standard deviation, at least the usual noise."""
    middle, spread = frame.foretold(
        axis["feature"], lambda values: percent_at(axis["grid"], _stepped(axis, values))
    )
    shift = middle - percent_at(axis["grid"], _values(axis, frame))
    width = np.maximum(np.nan_to_num(spread, nan=0.0), axis["noise"])
    return np.nan_to_num(shift if axis["direction"] == "raises" else -shift), width


def _band_masses(axis: dict[str, Any], percent: Floats, anew: tuple[Floats, Floats]) -> list[Floats]:
    """Probability of each band of an axis for customers at ``percent`` if they were observed ``anew``."""
    middle, width = percent + anew[0], anew[1]
    below = [np.zeros(len(percent)), *(normal_below((one - middle) / width) for one in _borders(axis))]
    below.append(np.ones(len(percent)))
    return [below[place + 1] - below[place] for place in range(len(below) - 1)]


def _borders(axis: dict[str, Any]) -> list[float]:
    """Borders of the bands, in percent."""
    if not axis.get("borders"):
        return [round(100 * one, 6) for one in axis["quantiles"]]
    percents = np.round(percent_at(axis["grid"], np.array(axis["borders"])), 6)
    found: list[float] = (percents if axis["direction"] == "raises" else 100.0 - percents[::-1]).tolist()
    return found


def _bands(axis: dict[str, Any], percent: Floats, values: Floats) -> Integers:
    """Band of each customer on an axis, the least of the quality first."""
    if not axis.get("borders"):
        return np.searchsorted(_borders(axis), percent, side="right").astype(np.int64)
    above = np.searchsorted(axis["borders"], values, side="right").astype(np.int64)
    return above if axis["direction"] == "raises" else len(axis["borders"]) - above


def _memberships(cells: Integers, by_row: Sequence[Floats], by_column: Sequence[Floats]) -> Floats:
    """Mass of each segment (segments x customers), from those of rows and columns, which are independent."""
    found = np.zeros((int(cells.max()) + 1, len(by_row[0])))
    for row, column in product(range(len(by_row)), range(len(by_column))):
        found[cells[row, column]] += by_row[row] * by_column[column]
    return found


def _joint(bands: Sequence[Any]) -> Any:
    """Band of a dimension for bands of its axes: their mean, halves up."""
    count = len(bands)
    return (2 * sum(bands[1:], bands[0]) + count) // (2 * count)


def _dimension(names: Sequence[str], bands: dict[str, Integers]) -> Integers:
    found: Integers = _joint([bands[name] for name in names])
    return found


def _dimension_masses(names: Sequence[str], masses: dict[str, list[Floats]]) -> list[Floats]:
    """Mass of each band of a dimension, from those of its axes, which are independent."""
    found = [np.zeros_like(masses[names[0]][0]) for _ in masses[names[0]]]
    for bands in product(*(range(len(masses[name])) for name in names)):
        mass = masses[names[0]][bands[0]]
        for name, band in zip(names[1:], bands[1:], strict=True):
            mass = mass * masses[name][band]
        found[_joint(bands)] += mass
    return found


def score(scheme: str, parameters: Parameters, frame: Frame) -> Scored:
    """Segment of each customer on the grid.

    The score is the mean percent of the axes in numbers. Confidence is the mass, under independent noise
    on each axis, of the cells that carry the segment. A reason's contribution is the axis's share
    of the distance of the score from the middle, in points.
    """
    axes: dict[str, dict[str, Any]] = {one["name"]: one for one in parameters["axes"]}
    measured = {one["name"]: one for one in _measured(axes.values())}
    named = {name: _categories(axis, frame) for name, axis in axes.items() if name not in measured}
    known, percents, safe, bands = _placed(axes, named, frame)
    sure = {name: _sure(axis, bands[name]) for name, axis in axes.items()}
    masses = {name: _band_masses(axis, safe[name], _anew(axis, frame)) for name, axis in measured.items()}
    masses = {name: masses.get(name, sure[name]) for name in axes}
    cells = np.array([[parameters["segments"].index(one) for one in row] for row in parameters["cells"]])
    rows, columns = (_dimension(parameters[one], bands) for one in ("rows", "columns"))
    by_row, by_column = (_dimension_masses(parameters[one], masses) for one in ("rows", "columns"))
    memberships = _memberships(cells, by_row, by_column)
    ids = [f"{scheme}:{name}" for name in parameters["segments"]]
    segment, previous = cells[rows, columns], before(scheme, ids, frame)
    given = {name: sure[name] if axis.get("borders") else masses[name] for name, axis in axes.items()}
    where = _memberships(cells, *(_dimension_masses(parameters[one], given) for one in ("rows", "columns")))
    there = against(where, parameters, _usual_where(parameters, axes, cells, rows, columns))
    is_kept = kept(segment, previous, there, parameters)
    segment = np.where(is_kept, previous, segment)
    memberships = evened(segment, is_kept, earned(parameters, memberships, frame))
    points, reasons = _told(axes, percents, safe, named, frame)
    few = [parameters["segments"].index(one) for one in parameters.get("withheld_segments", ())]
    features = [one["feature"] for one in axes.values()]
    share = evidence(frame, equal_weights(features, features))
    is_assigned = known & ~np.isin(segment, few)
    return decided(ids, segment, memberships, is_assigned, points, share, reasons, there)


class _Places(NamedTuple):
    """Where customers stand: of whom all axes are ``known``; percents of the axes in numbers, and ``safe``
    ones, the middle where not all are known; band of each axis."""

    known: Flags
    percents: dict[str, Floats]
    safe: dict[str, Floats]
    bands: dict[str, Integers]


def _placed(axes: dict[str, dict[str, Any]], named: dict[str, Integers], frame: Frame) -> _Places:
    """Where the customers of ``frame`` stand, given their bands on the axes by category."""
    measured = {one["name"]: one for one in _measured(axes.values())}
    percents = {name: _percent(axis, frame) for name, axis in measured.items()}
    known = np.logical_and.reduce(
        [*(~np.isnan(one) for one in percents.values()), *(one >= 0 for one in named.values())]
    )
    safe = {name: np.where(known, np.round(one, 6), 50.0) for name, one in percents.items()}
    bands = {name: _bands(axis, safe[name], _values(axis, frame)) for name, axis in measured.items()}
    return _Places(known, percents, safe, bands | {name: np.maximum(one, 0) for name, one in named.items()})


def _usual(parameters: Parameters, frame: Frame) -> list[list[float]]:
    """Share of the customers in each cell (rows x columns), half a customer more in each."""
    axes = {one["name"]: one for one in parameters["axes"]}
    named = {name: _categories(axis, frame) for name, axis in axes.items() if axis.get("categories")}
    here = _placed(axes, named, frame)
    rows, columns = (_dimension(parameters[one], here.bands)[here.known] for one in ("rows", "columns"))
    width = len(parameters["cells"][0])
    shares = usual_shares(rows * width + columns, len(parameters["cells"]) * width)
    return np.reshape(shares, (-1, width)).tolist()


def _usual_where(
    parameters: Parameters,
    axes: dict[str, dict[str, Any]],
    cells: Integers,
    rows: Integers,
    columns: Integers,
) -> Floats | None:
    """Usual share of each segment (segments x customers) in the row and the column that say what happened;
    None for a version of before there were any."""
    if "usual" not in parameters:
        return None
    sure = {
        one: all(axes[name].get("borders") or axes[name].get("categories") for name in parameters[one])
        for one in ("rows", "columns")
    }
    shares = np.asarray(parameters["usual"])[:, :, None]
    if sure["rows"]:
        shares = shares * (np.arange(shares.shape[0])[:, None] == rows)[:, None, :]
    if sure["columns"]:
        shares = shares * (np.arange(shares.shape[1])[:, None] == columns)[None, :, :]
    found = np.stack([(shares * (cells == at)[:, :, None]).sum(axis=(0, 1)) for at in range(cells.max() + 1)])
    shares_here: Floats = found / found.sum(axis=0)
    return shares_here


def _sure(axis: dict[str, Any], bands: Integers) -> list[Floats]:
    """Mass of each band of an axis where it is sure."""
    count = len(axis["categories"]) if axis.get("categories") else len(_borders(axis)) + 1
    return [np.where(bands == at, 1.0, 0.0) for at in range(count)]


def _told(
    axes: dict[str, dict[str, Any]],
    percents: dict[str, Floats],
    safe: dict[str, Floats],
    named: dict[str, Integers],
    frame: Frame,
) -> tuple[Floats, Reasons]:
    """Score and reasons: of axes by category nothing but that they are known."""
    total = sum(list(safe.values())[1:], next(iter(safe.values()))) if safe else np.full(len(frame), np.nan)
    contributions = [
        (percents[name] - 50.0) / len(safe) if name in percents else np.where(named[name] >= 0, 0.0, np.nan)
        for name in axes
    ]
    features = [one["feature"] for one in axes.values()]
    values = np.stack([frame.told(one) for one in features])
    only_named = [axes[name]["feature"] for name in named]
    return total / max(len(safe), 1), weightiest(features, values, np.stack(contributions), only_named)


KIND = Kind(
    name="grid",
    inputs=lambda document, givable: equal_weights(features(document), givable),
    reads=lambda document, givable: features(document),
    is_possible=lambda document, givable: set(features(document)) <= set(givable),
    scoring_reads=lambda parameters: [one["feature"] for one in parameters["axes"]],
    fit=fit,
    score=score,
)
