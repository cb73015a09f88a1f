"""How segments go on: customers, orders and net amount of each in the next periods, with intervals.

Belongs here: series of segments from their portraits, rows of ``SEGMENT_FORECASTS``. Does not belong here:
methods and their record (``models.series``), or what single customers will do (``forecasts``).

All segments of all schemes are told by one method a measure and number of periods ahead: it is the same
customers in each scheme, and a single series is too short to choose by.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.models.frame import Floats
from pipeline.models.rounding import told
from pipeline.models.series.methods import PLAIN
from pipeline.models.series.outlook import LEAST_VALUES, Outlook, outlook
from pipeline.settings import Project
from pipeline.tables import outlooks
from pipeline.tables.outlooks import SEGMENT_FORECASTS

#: Periods of portraits that are looked at: enough to see a year of weeks come again.
HISTORY_PERIODS = 60
#: Periods ahead that are told.
AHEAD = (1, 2, 3)
_YEAR = {"month": 12, "week": 52}
#: Feature whose sum over a segment in a period is the measure; customers are counted.
_SUMMED = {"orders": "orders_count_1p", "net_amount": "net_amount_1p"}
MEASURES = ("customers", *_SUMMED)

#: Values of a segment up to now, oldest first, by segment.
Series = dict[str, Floats]


def segment_forecasts(portraits: ir.Table, register: pa.Table, period: str, project: Project) -> pa.Table:
    """``SEGMENT_FORECASTS`` of ``period``: a row a segment, measure and periods ahead that can be told.

    ``portraits`` are those of the last ``HISTORY_PERIODS`` periods, ``register`` the segments as they stand.
    A past is what goes back from ``period`` without a gap in which the segment had at least
    ``publish.min_group_count`` customers.
    """
    past = _past(portraits, period, project)
    labels = {row["segment_id"]: row for row in register.to_pylist()}
    rows: list[dict[str, Any]] = []
    for measure in MEASURES:
        segments = sorted(past[measure])
        series = [past[measure][one] for one in segments]
        least = 0.0 if measure != "net_amount" else -np.inf
        for ahead in AHEAD:
            found = outlook(series, ahead, _YEAR[project.period], least)
            if found is not None:
                target = _later(project, period, ahead)
                named = {"period": period, "forecast_measure": measure, "periods_ahead_count": ahead}
                rows += [
                    named | {"target_period": target} | _named(one, labels) | row
                    for one, row in zip(segments, _rows(found, series), strict=True)
                    if row["past_periods_count"] >= LEAST_VALUES
                ]
    rows.sort(key=lambda row: tuple(str(row[name]) for name in SEGMENT_FORECASTS.key))
    return pa.Table.from_pylist(rows, schema=SEGMENT_FORECASTS.schema)


def _past(portraits: ir.Table, period: str, project: Project) -> dict[str, Series]:
    """The unbroken past of every segment with enough customers now, by measure."""
    periods = project.calendar.between(project.first_period, period)[-HISTORY_PERIODS:]
    columns = ["period", "segment_id", "feature", "population_count", "known_share", "mean_value"]
    asked = portraits.filter(portraits.feature.isin(list(_SUMMED.values()))).select(*columns)
    known = {
        (row["feature"], row["segment_id"], row["period"]): row
        for row in asked.to_pyarrow().to_pylist()
        if row["population_count"] >= project.privacy.min_group_count
    }
    found: dict[str, Series] = {one: {} for one in MEASURES}
    for segment in sorted({segment for _, segment, _ in known}):
        for measure, feature in {"customers": _SUMMED["orders"], **_SUMMED}.items():
            values: list[float] = []
            for at in reversed(periods):
                row = known.get((feature, segment, at))
                value = None if row is None else _value(row, measure)
                if value is None:
                    break
                values.append(value)
            if values:
                found[measure][segment] = np.array(values[::-1])
    return found


def _value(row: Mapping[str, Any], measure: str) -> float | None:
    if measure == "customers":
        return float(row["population_count"])
    if row["mean_value"] is None:
        return None
    known = round(float(row["population_count"]) * float(row["known_share"]))
    return float(row["mean_value"]) * known


def _rows(found: Outlook, series: Sequence[Floats]) -> list[dict[str, Any]]:
    """What is told of each of ``series``, with the record of all."""
    ends = {"expected_value": found.expected, "lower_value": found.low, "upper_value": found.high}
    said = {name: None if one is None else told(one, outlooks.expected_value) for name, one in ends.items()}
    record = {
        "series_method": found.method,
        "is_plain": found.method == PLAIN,
        "tested_forecasts_count": found.outcomes,
        "scaled_error": round(found.error, 4),
        "plain_scaled_error": round(found.plain_error, 4),
        "interval_coverage_share": None if found.covered_share is None else round(found.covered_share, 4),
    }
    return [
        {name: None if one is None else float(one[at]) for name, one in said.items()}
        | record
        | {"past_periods_count": len(values)}
        for at, values in enumerate(series)
    ]


def _named(segment: str, labels: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    row = labels[segment]
    return {
        "scheme": row["scheme"],
        "segment_id": segment,
        "label": row["label"],
        "label_zh": row["label_zh"],
    }


def _later(project: Project, period: str, ahead: int) -> str:
    for _ in range(ahead):
        period = project.calendar.next(period)
    return period
