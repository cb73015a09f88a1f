"""Findings: every drift measurement of a period with its verdict, in one tidy table.

Belongs here: putting the measurements of all levels together. Does not belong here: how each
is measured (``feature_changes``, ``flow_changes``) or judged (``verdicts``). Reads stored
profiles, flows and row accounts only, never a customer.
"""

from typing import TypeAlias

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.drift.binning import Row
from pipeline.drift.feature_changes import feature_changes, mix_changes
from pipeline.drift.flow_changes import mobility_changes, source_changes
from pipeline.drift.verdicts import judged, past_values
from pipeline.drift.withheld import coarse
from pipeline.settings import Project
from pipeline.tables.zones import FINDINGS

Small: TypeAlias = ir.Table | pa.Table


def findings(
    profiles: Small,
    previous_profiles: Small | None,
    flows: Small,
    row_accounts: Small,
    previous_row_accounts: Small | None,
    history: Small | None,
    period: str,
    project: Project,
) -> pa.Table:
    """Rows of ``FINDINGS`` of ``period``, each comparing it with the previous period.

    ``profiles`` are ``FEATURE_PROFILES``, ``flows`` are ``FLOWS``, ``row_accounts`` are
    ``ROW_ACCOUNTS``; ``history`` holds ``FINDINGS`` of earlier periods (later ones are ignored).
    The project's first period has nothing to compare with and no findings.

    Severity needs both a q-value below ``drift.false_discovery_rate`` over all findings of the
    period and an effect at the floor. What cannot be judged is said so, with severity none.
    """
    settings, calendar = project.drift, project.calendar
    past = past_values(_rows(history), period, settings.history_periods)
    periods_seen = len(calendar.between(project.first_period, period))
    now, before = _by_feature(profiles), _by_feature(previous_profiles)
    days = calendar.days(period), calendar.days(calendar.previous(period))
    measured = [
        *source_changes(_rows(row_accounts), _rows(previous_row_accounts), *days, past, settings),
        *feature_changes(now, before, past, periods_seen, settings),
        *mix_changes(now, before, past, settings),
        *(mobility_changes(_rows(flows), past, settings) if before else []),
    ]
    told = coarse(measured, project.publish.withheld)
    rows = judged(told, period, settings.false_discovery_rate)
    return pa.Table.from_pylist(rows, FINDINGS.schema)


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
