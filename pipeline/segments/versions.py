"""Versions of schemes: when one is fitted, and whether a challenger replaces the champion.

Belongs here: rows of ``SCHEME_VERSIONS``, the gates of schemes. Does not belong here: how a scheme is
fitted (``schemes.kinds``) or scored (``assignments``), or when and whether at all (``models.versions``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.forecasts.scoring import in_force
from pipeline.models.events import Crossing
from pipeline.models.fitting import Fit, Gate, at_least, at_most
from pipeline.models.frame import Sample, take_sample
from pipeline.models.parameters import from_json
from pipeline.models.rolling import Origin
from pipeline.models.versions import after_fit, is_fit_due
from pipeline.schemes import serving
from pipeline.schemes.forecasted import Forecasts
from pipeline.schemes.scored import Scored
from pipeline.schemes.second_look import SecondLooks, second_looks
from pipeline.schemes.teaching.lessons import lessons_of
from pipeline.schemes.traits import Traits, fit_traits
from pipeline.segments.inputs import remembering
from pipeline.segments.requests import NOTHING, OF_VERSION, Requests, gone_back
from pipeline.settings import Project, Scheme, TaughtDocument
from pipeline.tables.zones import SCHEME_VERSIONS


def fit_versions(
    features: ir.Table,
    previous_features: ir.Table | None,
    previous_versions: pa.Table | None,
    previous_assignments: ir.Table | None,
    period: str,
    project: Project,
    forecast_versions: pa.Table | None = None,
    learned_features: ir.Table | None = None,
    requests: Requests = NOTHING,
) -> pa.Table:
    """The version of every scheme in force in ``period``: ``SCHEME_VERSIONS``, one row a scheme.

    ``features`` are ``CUSTOMER_FEATURES`` of the period, the previous ones those of the period
    before with its versions and ``ASSIGNMENTS`` (none in the first); ``forecast_versions`` are
    ``FORECAST_VERSIONS`` of the period (none: no forecast is in force); ``learned_features`` those of all
    periods that taught schemes learn from (none: the period's own). The champion is carried
    forward unless a fit is due: at the end of the warm-up, then at the project's cadence, or where
    ``requests`` ask for it, by hand or for findings, which ask for no first fit; a first fit that fails is
    tried again in every period. Where they ask for an
    earlier version it is in force again, whatever the gates said of it once. A challenger that fails a gate,
    or equals the champion, leaves the champion in force; ``gates`` says what was measured. One that reads a
    forecast which has been withdrawn is withdrawn with it, and a taught one whose record earns it no longer.
    """
    forecasts = {} if forecast_versions is None else in_force(forecast_versions)
    learned = features if learned_features is None else learned_features
    source = _Source(
        features, previous_features, previous_assignments, project, forecasts, learned, period, requests
    )
    rows_before = [] if previous_versions is None else previous_versions.to_pylist()
    champions = {row["scheme"]: row for row in rows_before}
    rows = [
        _version(scheme, champions.get(scheme.name), source, period, project)
        for scheme in project.every_scheme.values()
    ]
    return pa.Table.from_pylist(rows, schema=SCHEME_VERSIONS.schema)


@dataclass
class _Source:
    """Where a fit reads: the sample is taken when the first scheme asks for it."""

    features: ir.Table
    previous_features: ir.Table | None
    previous_assignments: ir.Table | None
    project: Project
    forecasts: Forecasts
    learned_features: ir.Table
    period: str
    requests: Requests

    def lessons(self, scheme: Scheme) -> Sequence[Origin]:
        """What labels teach ``scheme``; nothing unless it is a taught one."""
        if not isinstance(scheme, TaughtDocument):
            return ()
        least = serving.least_evidence(scheme, self.project)
        return lessons_of(scheme, self.learned_features, self.period, self.project, least)

    @cached_property
    def sample(self) -> Sample:
        """Customers to fit on, with every feature that any scheme reads."""
        names = [name for scheme in self._schemes for name in serving.reads(scheme, self.project)]
        return take_sample(
            self.features,
            self.previous_features,
            self.previous_assignments,
            names,
            remembering(self.project),
            self.project.segments.sample_size,
        )

    @cached_property
    def traits(self) -> Traits:
        """Priors of every trait that any scheme reads, each fitted once for all schemes."""
        names = [name for scheme in self._schemes for name in serving.traits_of(scheme, self.project)]
        return fit_traits(names, self.sample.now, self.project)

    @cached_property
    def looks(self) -> SecondLooks | None:
        """Second looks at some customers of the sample, the same for all schemes."""
        now = self.sample.now
        return second_looks(now, fit_traits(now.numbers, now, self.project), self.project, self.forecasts)

    @cached_property
    def _schemes(self) -> list[Scheme]:
        every = self.project.every_scheme.values()
        return [one for one in every if serving.is_applicable(one, self.project)]


def is_due(period: str, has_champion: bool, project: Project) -> bool:
    """Whether schemes are fitted in ``period`` of the project."""
    settings = project.segments
    seen = len(project.calendar.between(project.first_period, period))
    return is_fit_due(seen, settings.warm_up_periods, settings.refit_every(project.period), has_champion)


def _version(
    scheme: Scheme, champion: dict[str, Any] | None, source: _Source, period: str, project: Project
) -> dict[str, Any]:
    kept = _carried(scheme, champion, period, project)
    if not serving.is_applicable(scheme, project):
        return kept | {"status": "not_applicable"}
    if (again := source.requests.rollback.get(scheme.name)) is not None:
        kept = gone_back(kept, again)
    founding = serving.founding(scheme, source.forecasts)
    if kept["parameters"] is not None and _is_unfounded(from_json(kept["parameters"]), founding):
        kept |= dict.fromkeys(OF_VERSION) | {"status": "insufficient_data"}
    has_champion = kept["parameters"] is not None
    about = source.requests.findings.get(scheme.name, ()) if has_champion else ()
    is_asked = scheme.name in source.requests.refit or bool(about)
    if again is not None or not (is_asked or is_due(period, has_champion, project)):
        return kept
    parameters = from_json(kept["parameters"]) if has_champion else None
    fit = serving.fit(
        scheme,
        source.sample,
        project,
        parameters,
        source.forecasts,
        source.traits,
        source.looks,
        source.lessons(scheme),
    )
    if fit.parameters is not None and parameters is not None:
        fit = _against_champion(scheme, fit, parameters, source.sample, project)
    if about:
        fit = replace(fit, notes=fit.notes | {"major_findings": list(about)})
    row = after_fit(kept, scheme.name, fit, period, project.seed)
    if fit.parameters is None and serving.kind_of(scheme).earns:
        return row | dict.fromkeys(OF_VERSION) | {"status": "insufficient_data"}
    return row


def _carried(
    scheme: Scheme, champion: dict[str, Any] | None, period: str, project: Project
) -> dict[str, Any]:
    """The champion in force in ``period``, or the row of a scheme that has none."""
    empty = dict.fromkeys(SCHEME_VERSIONS.columns) | {"seed": project.seed}
    row = empty | (champion or {}) | {"period": period, "scheme": scheme.name, "is_refit": False}
    return row | {"status": "insufficient_data" if row["parameters"] is None else "assigned"}


def _is_unfounded(parameters: dict[str, Any], forecasts: Forecasts) -> bool:
    """Whether a version reads a forecast that no record earns any more (law L12)."""
    return not set(serving.frozen_forecasts(parameters)) <= set(forecasts)


def _against_champion(
    scheme: Scheme, fit: Fit, champion: dict[str, Any], sample: Sample, project: Project
) -> Fit:
    """The fit with more gates: whom of the sample it alone would move, and out of which named segments."""
    assert fit.parameters is not None
    missing = set(serving.scoring_reads(scheme, champion)) - set(sample.now.numbers)
    if missing:  # the champion read features that the project no longer gives: nothing to compare
        return fit
    old, new = (serving.score(scheme.name, one, sample.now) for one in (champion, fit.parameters))
    settings = project.segments
    moved = at_most("model_moved_share", round(moved_share(old, new), 6), settings.max_model_moved_share)
    is_whole = len(sample.now) < settings.sample_size
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
