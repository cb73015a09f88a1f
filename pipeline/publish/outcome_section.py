"""The report's part on what came of a scheme's segments.

Belongs here: the table and the sentence of one scheme. Does not belong here: how outcomes are worked out
(``segments``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.publish.figures import Figures
from pipeline.publish.formats import number, percent
from pipeline.publish.texts import Words


def outcome_section(
    figures: Figures, words: Words, scheme: str, states: Sequence[str], colours: Mapping[str, str]
) -> dict[str, Any]:
    """``rows`` of segments one period back and two, under ``columns``; what is ``said`` of the scheme."""
    of_scheme = [row for row in figures.outcomes if row["scheme"] == scheme]
    rows = [
        {
            "label": words.state(row["state"]),
            "colour": colours.get(row["state"], "transparent"),
            "since": row["segment_period"],
            "cells": [
                f"{row['followed_count']:,}",
                percent(row["silent_share"]),
                number(row["mean_orders_count"]),
                number(row["mean_net_amount"]),
                percent(row["stayed_share"]),
            ],
        }
        for row in sorted(of_scheme, key=lambda row: (row["horizon_periods"], _place(row["state"], states)))
    ]
    columns = ("followed", "silent", "orders_each", "spend_each", "still_there")
    return {
        "rows": rows,
        "columns": [words(f"outcome_{one}") for one in columns],
        "said": _said(figures, words, scheme),
    }


def _place(state: str, states: Sequence[str]) -> int:
    return states.index(state) if state in states else len(states)


def _said(figures: Figures, words: Words, scheme: str) -> str:
    """How much of the newest spend the scheme had told apart a period before, beside the plain baseline."""
    for row in figures.explained:
        if row["scheme"] == scheme and row["horizon_periods"] == 1 and row["explained_share"] is not None:
            is_less = row["explained_share"] < row["baseline_explained_share"]
            return words(
                "outcome_explains_less" if is_less else "outcome_explains",
                share=percent(row["explained_share"]),
                baseline=percent(row["baseline_explained_share"]),
            )
    return ""
