"""The report's part on how a scheme's segments go on.

Belongs here: the table of one scheme, and by what it was told. Does not belong here: how it is told
(``segments``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.publish.figures import Figures, Row
from pipeline.publish.formats import number
from pipeline.publish.texts import Words
from pipeline.tables.outlooks import forecast_measure


def outlook_section(
    figures: Figures, words: Words, scheme: str, states: Sequence[str], colours: Mapping[str, str]
) -> dict[str, Any]:
    """``rows`` of segments, under ``columns`` of a measure in a period; by which methods is ``said``."""
    told = {
        (row["segment_id"], row["forecast_measure"], row["periods_ahead_count"]): row
        for row in figures.outlooks
        if row["scheme"] == scheme
    }
    measures = list(forecast_measure.values)
    columns = sorted({one[1:] for one in told}, key=lambda one: (measures.index(one[0]), one[1]))
    by_column = {one[1:]: row for one, row in told.items()}
    rows = [
        {
            "label": words.state(state),
            "colour": colours.get(state, "transparent"),
            "cells": [_cell(told.get((state, *one))) for one in columns],
        }
        for state in states
        if any((state, *one) in told for one in columns)
    ]
    return {
        "rows": rows,
        "columns": [_column(by_column[one], words) for one in columns],
        "said": " ".join(_said(by_column[one], words) for one in columns),
    }


def _column(row: Row, words: Words) -> str:
    measure = words(f"outlook_{row['forecast_measure']}")
    return f"{measure} {row['target_period']}"


def _cell(row: Row | None) -> str:
    """What is expected, and between what four in five are."""
    if row is None:
        return "–"
    if row["lower_value"] is None:
        return number(row["expected_value"])
    return f"{number(row['expected_value'])} ({number(row['lower_value'])}–{number(row['upper_value'])})"


def _said(row: Row, words: Words) -> str:
    """The method, and how far off it was beside the last period again."""
    return words(
        "outlook_plain" if row["is_plain"] else "outlook_method",
        column=_column(row, words),
        method=words(f"outlook_{row['series_method']}"),
        error=number(row["scaled_error"]),
        plain=number(row["plain_scaled_error"]),
    )
