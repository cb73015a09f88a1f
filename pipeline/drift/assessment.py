"""Findings: every drift measurement of a period with its verdict, in one tidy table.

Belongs here: putting the measurements of all levels together. Does not belong here: how each
is measured (``feature_changes``, ``flow_changes``) or judged (``verdicts``), or whether sources are whole
(``pipeline.health``). Reads stored profiles and flows only, never a customer.
"""

from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.drift.binning import Row
from pipeline.drift.feature_changes import feature_changes, mix_changes
from pipeline.drift.flow_changes import mobility_changes
from pipeline.drift.measured import Measured
from pipeline.drift.references import levels, slow_changes
from pipeline.drift.told import open_changes, told_once
from pipeline.drift.usual import judge_usual, past_scores
from pipeline.drift.verdicts import judged, past_values
from pipeline.drift.withheld import coarse
from pipeline.periods import Calendar
from pipeline.settings import DriftSettings, Project
from pipeline.tables.zones import FINDINGS

Small: TypeAlias = ir.Table | pa.Table


def findings(
    profiles: Small,
    previous_profiles: Small | None,
    flows: Small,
    history: Small | None,
    period: str,
    project: Project,
) -> pa.Table:
    """Rows of ``FINDINGS`` of ``period``, each comparing it with the previous period.

    ``profiles`` are ``FEATURE_PROFILES``, ``flows`` are ``FLOWS``; ``history`` holds ``FINDINGS`` of
    earlier periods (later ones are ignored). The project's first period has no findings: it has nothing to
    compare with.

    A change is told when both its q-value is below ``drift.false_discovery_rate`` over all findings
    of the period and its effect is at the floor. The verdict says of all others what is known, or that we
    cannot tell.
    """
    settings, calendar = project.drift, project.calendar
    told = [row for row in _rows(history) if row["period"] < period]
    past = past_values(told, period, settings.history_periods)
    periods_seen = len(calendar.between(project.first_period, period))
    now, before = _by_feature(profiles), _by_feature(previous_profiles)
    customers = [
        *feature_changes(now, before, periods_seen, settings, project.catalogue),
        *mix_changes(now, before, settings),
    ]
    measured = [
        *coarse(through_time(customers, told, period, calendar, settings), project.privacy.withheld),
        *(mobility_changes(_rows(flows), past, settings) if before else []),
    ]
    rows = judged(measured, period, settings.false_discovery_rate)
    return pa.Table.from_pylist(rows, FINDINGS.schema)


def through_time(
    measured: Sequence[Measured],
    history: Sequence[Row],
    period: str,
    calendar: Calendar,
    settings: DriftSettings,
) -> list[Measured]:
    """Measurements of features and mixes with what earlier periods say of them.

    What is usual, changes over long spans beside those since the period before, what was told already.
    ``history`` are rows of ``FINDINGS`` of periods before ``period``.
    """
    opened, accepted = open_changes(history, period)
    known = levels(history, measured, calendar.previous(period), period)
    usual = judge_usual(measured, past_scores(history, period, settings.history_periods), settings)
    slow = slow_changes(usual, known, accepted, period, calendar)
    return told_once([*usual, *slow], opened, known, period, calendar, settings)


def _rows(table: Small | None) -> list[Row]:
    if table is None:
        return []
    held = table if isinstance(table, pa.Table) else table.to_pyarrow()
    rows: list[Row] = held.to_pylist()
    return rows


def _by_feature(profiles: Small | None) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in _rows(profiles):
        found.setdefault(row["feature"], []).append(row)
    return found
