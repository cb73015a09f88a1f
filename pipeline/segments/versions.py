"""Versions of schemes: when one is fitted, and whether a challenger replaces the champion.

Belongs here: rows of ``SCHEME_VERSIONS``, the gates of schemes. Does not belong here: how a scheme is
fitted (``schemes.kinds``) or scored (``assignments``), how it compares with the version in force
(``challengers``), or when and whether at all (``models.versions``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.forecasts.scoring import in_force
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.models.frame import Sample, take_sample
from pipeline.models.parameters import from_json
from pipeline.models.rolling import Origin
from pipeline.models.versions import after_fit, is_fit_due
from pipeline.schemes import serving
from pipeline.schemes.forecasted import Forecasts
from pipeline.schemes.second_look import SecondLooks, second_looks
from pipeline.schemes.teaching.lessons import lessons_of
from pipeline.schemes.traits import Traits, fit_traits
from pipeline.segments.challengers import Champion, beside
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
    periods that taught schemes learn from (none: the period's own). The champion is carried forward unless a
    fit is due: at the end of the warm-up, then at the project's cadence, once the windows are full, or where
    ``requests`` ask for it, by hand or for findings, which ask for no first fit; a first fit that fails is
    tried again in every period. Where they ask for an earlier version it is in force again, whatever the
    gates said of it once. A challenger that fails a gate, or equals the champion, leaves the champion in
    force; ``gates`` says what was measured. One that reads a forecast which has been withdrawn is withdrawn
    with it, and a taught one whose record earns it no longer.
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
    is_full = has_champion and scheme.has_fitted_borders() and is_full_now(kept, period, project)
    if again is not None or not (is_asked or is_full or is_due(period, has_champion, project)):
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
        standing = Champion(parameters, kept["customers_fitted_count"], is_provisional(kept, project))
        fit = beside(scheme, fit, standing, source.sample, project)
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


def is_full_now(champion: dict[str, Any], period: str, project: Project) -> bool:
    """Whether windows are full in ``period`` and were not when the champion was fitted, of a project that
    refits at all: a provisional version does not wait for the cadence."""
    is_refitted = project.segments.refit_every(project.period) is not None
    return is_refitted and _has_full_windows(period, project) and is_provisional(champion, project)


def is_provisional(row: dict[str, Any], project: Project) -> bool:
    """Whether a version was fitted before the windows were full."""
    return not _has_full_windows(row["fitted_period"], project)


def _has_full_windows(period: str, project: Project) -> bool:
    return len(project.calendar.between(project.first_period, period)) >= WINDOW_PERIODS


def _is_unfounded(parameters: dict[str, Any], forecasts: Forecasts) -> bool:
    """Whether a version reads a forecast that no record earns any more (law L12)."""
    return not set(serving.frozen_forecasts(parameters)) <= set(forecasts)
