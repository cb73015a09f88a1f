"""Versions of schemes: when one is fitted, and whether a challenger replaces the champion.

Belongs here: warm-up, cadence, gates, what a period's row of ``SCHEME_VERSIONS`` says. Does not
belong here: how a scheme is fitted (one module a kind) or scored (``assignments``).
"""

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.segments import kinds
from pipeline.segments.events import Crossing
from pipeline.segments.fitting import Fit, Gate, at_least, at_most
from pipeline.segments.frame import Sample, take_sample
from pipeline.segments.parameters import from_json, to_json
from pipeline.segments.scored import Scored
from pipeline.settings import Project
from pipeline.tables.schemes import SCHEMES, SchemeLabel
from pipeline.tables.zones import SCHEME_VERSIONS


def fit_versions(
    features: ir.Table,
    previous_features: ir.Table | None,
    previous_versions: pa.Table | None,
    previous_assignments: ir.Table | None,
    period: str,
    project: Project,
) -> pa.Table:
    """The version of every scheme in force in ``period``: ``SCHEME_VERSIONS``, one row a scheme.

    ``features`` are ``CUSTOMER_FEATURES`` of the period, the previous ones those of the period
    before with its versions and ``ASSIGNMENTS`` (none in the first). The champion is carried
    forward unless a fit is due: at the end of the warm-up, then at the project's cadence; a
    first fit that fails is tried again in every period. A challenger that fails a gate, or
    equals the champion, leaves the champion in force; ``gates`` says what was measured.
    """
    source = _Source(features, previous_features, previous_assignments, project)
    rows_before = [] if previous_versions is None else previous_versions.to_pylist()
    champions = {row["scheme"]: row for row in rows_before}
    rows = [_version(scheme, champions.get(scheme.name), source, period, project) for scheme in SCHEMES]
    return pa.Table.from_pylist(rows, schema=SCHEME_VERSIONS.schema)


@dataclass
class _Source:
    """Where a fit reads: the sample is taken when the first scheme asks for it."""

    features: ir.Table
    previous_features: ir.Table | None
    previous_assignments: ir.Table | None
    project: Project

    @cached_property
    def sample(self) -> Sample:
        """Customers to fit on, with every feature that any scheme reads."""
        schemes = [one for one in SCHEMES if kinds.is_applicable(one, self.project)]
        names = [name for scheme in schemes for name in kinds.columns(scheme, self.project)]
        return take_sample(
            self.features,
            self.previous_features,
            self.previous_assignments,
            names,
            kinds.DISCOVERED,
            self.project.segments.clusters.sample_size,
        )


def is_fit_due(period: str, has_champion: bool, project: Project) -> bool:
    """Whether a scheme is fitted in ``period``: first after the warm-up, then at the cadence."""
    settings = project.segments
    since_warm_up = len(project.calendar.between(project.first_period, period)) - settings.warm_up_periods
    if since_warm_up < 0:
        return False
    if not has_champion:
        return True
    every = settings.refit_every(project.period)
    return every is not None and since_warm_up > 0 and since_warm_up % every == 0


def _version(
    scheme: SchemeLabel, champion: dict[str, Any] | None, source: _Source, period: str, project: Project
) -> dict[str, Any]:
    kept = _carried(scheme, champion, period, project)
    if not kinds.is_applicable(scheme, project):
        return kept | {"status": "not_applicable"}
    has_champion = kept["parameters"] is not None
    if not is_fit_due(period, has_champion, project):
        return kept
    parameters = from_json(kept["parameters"]) if has_champion else None
    fit = kinds.fit(scheme, source.sample, project, parameters)
    if fit.parameters is not None and parameters is not None:
        fit = _against_champion(scheme, fit, parameters, source.sample, project)
    decision = _decision(fit, kept["parameters"])
    gates = {"period": period, "decision": decision, "gates": [asdict(one) for one in fit.gates]} | fit.notes
    if decision != "accepted":
        return kept | {"gates": to_json(gates)}
    return kept | {
        "scheme_version": f"{scheme.name}@{period}",
        "status": "assigned",
        "fitted_period": period,
        "is_refit": True,
        "customers_fitted_count": fit.customers,
        "seed": project.seed,
        "parameters": to_json(fit.parameters),
        "gates": to_json(gates),
    }


def _carried(
    scheme: SchemeLabel, champion: dict[str, Any] | None, period: str, project: Project
) -> dict[str, Any]:
    """The champion in force in ``period``, or the row of a scheme that has none."""
    empty = dict.fromkeys(SCHEME_VERSIONS.columns) | {"seed": project.seed}
    row = empty | (champion or {}) | {"period": period, "scheme": scheme.name, "is_refit": False}
    return row | {"status": "insufficient_data" if row["parameters"] is None else "assigned"}


def _decision(fit: Fit, champion: str | None) -> str:
    if fit.parameters is None or not all(gate.passed for gate in fit.gates):
        return "refused"
    return "unchanged" if to_json(fit.parameters) == champion else "accepted"


def _against_champion(
    scheme: SchemeLabel, fit: Fit, champion: dict[str, Any], sample: Sample, project: Project
) -> Fit:
    """The fit with more gates: whom of the sample it alone would move, and out of which named segments."""
    assert fit.parameters is not None
    missing = set(kinds.columns_of(scheme, champion)) - set(sample.now.numbers)
    if missing:  # the champion read features that the project no longer gives: nothing to compare
        return fit
    old, new = (kinds.score(scheme, one, sample.now) for one in (champion, fit.parameters))
    settings = project.segments
    moved = at_most("model_moved_share", round(moved_share(old, new), 6), settings.max_model_moved_share)
    is_whole = len(sample.now) < settings.clusters.sample_size
    overlaps = _overlap_gates(crossing_of(old, new), settings.continued_overlap, is_whole)
    gates = (*fit.gates, moved, *(overlaps if scheme.segments else ()))
    return Fit(fit.parameters, gates, fit.customers, fit.notes)


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
