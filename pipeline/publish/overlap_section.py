"""The report's parts on who is where at once: how closely schemes go together, and what sets segments apart.

Belongs here: the chart of all schemes, the table of one. Does not belong here: how overlap is worked out
(``segments``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from pipeline.publish.charts import INK, data, finished
from pipeline.publish.figures import Figures, Row
from pipeline.publish.formats import percent
from pipeline.publish.listings import place_of
from pipeline.publish.overview import Chart
from pipeline.publish.texts import Words
from pipeline.tables.fields import UNASSIGNED

#: Places in other schemes that are told of a segment: few, to be read; ``segment_overlap`` has all.
PLACES = 4
#: From this on numbers are written in white on the shades of the chart.
_DARK = 0.55
_ROW_HEIGHT, _COLUMN_WIDTH = 24, 34


def together(figures: Figures, words: Words) -> list[Chart]:
    """How closely the segments of each two schemes go together, as a chart; none where nothing is known."""
    known = [row for row in figures.together if row["cramers_v"] is not None]
    if not known:
        return []
    schemes = sorted({row["scheme"] for row in known}, key=lambda one: (place_of(figures, one), one))
    rows = [
        {
            "one": words.scheme(row["scheme"]),
            "other": words.scheme(row["other_scheme"]),
            "value": row["cramers_v"],
            "customers": row["placed_in_both_count"],
        }
        for row in known
    ]
    closest = sorted(
        (row for row in known if schemes.index(row["scheme"]) < schemes.index(row["other_scheme"])),
        key=lambda row: (-row["cramers_v"], row["scheme"], row["other_scheme"]),
    )
    table = [
        [
            words.scheme(row["scheme"]),
            words.scheme(row["other_scheme"]),
            f"{row['cramers_v']:.2f}",
            f"{row['placed_in_both_count']:,}",
        ]
        for row in closest
    ]
    header = [words("scheme"), words("overlap_scheme"), words("together_value"), words("overlap_customers")]
    return [
        Chart(
            "schemes-together",
            words("chart_together"),
            _shades(rows, [words.scheme(one) for one in schemes], header),
            header,
            table,
            {},
            words("chart_together_note"),
            180 + _COLUMN_WIDTH * len(schemes),
        )
    ]


def _shades(rows: Sequence[Row], schemes: Sequence[str], titles: Sequence[str]) -> dict[str, Any]:
    """Schemes by schemes, the darker the more closely they go together, from 0 to 1."""
    scale = alt.Scale(domain=list(schemes))
    axis: dict[str, Any] = {"ticks": False, "domain": False, "labelLimit": 220}
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("one:N", title=None, sort=list(schemes), scale=scale, axis=alt.Axis(**axis)),
        x=alt.X(
            "other:N",
            title=None,
            sort=list(schemes),
            scale=scale,
            axis=alt.Axis(**axis, orient="top", labelAngle=-90, labelAlign="left", labelBaseline="middle"),
        ),
        tooltip=[
            alt.Tooltip("one:N", title=titles[0]),
            alt.Tooltip("other:N", title=titles[1]),
            alt.Tooltip("value:Q", title=titles[2], format=".2f"),
            alt.Tooltip("customers:Q", title=titles[3], format=",d"),
        ],
    )
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color("value:Q", scale=alt.Scale(domain=[0, 1], range=["#eef5fc", "#174a7e"]), legend=None)
    )
    numbers = base.mark_text(fontSize=11).encode(
        text=alt.Text("value:Q", format=".2f"),
        color=alt.ColorValue(INK, condition={"test": f"datum.value > {_DARK}", "value": "white"}),
    )
    return finished(alt.layer(cells, numbers), 160 + _ROW_HEIGHT * len(schemes))


def overlap_section(
    figures: Figures, words: Words, scheme: str, states: Sequence[str], colours: Mapping[str, str]
) -> dict[str, Any]:
    """``rows`` of each segment and the places in other schemes that set it apart most, under ``columns``."""
    rows = []
    for state in states:
        if state in UNASSIGNED:
            continue
        found = [row for row in figures.overlaps if row["state"] == state and _tells(row) > 0]
        found.sort(key=lambda row: (-_tells(row), row["other_scheme"], row["other_state"]))
        rows += [
            {
                "label": words.state(state),
                "colour": colours[state],
                "other": words(
                    "overlap_place",
                    scheme=words.scheme(row["other_scheme"]),
                    segment=words.state(row["other_state"]),
                ),
                "cells": [
                    f"{row['shared_count']:,}",
                    percent(row["shared_share"]),
                    words("times", times=f"{row['lift']:.1f}"),
                ],
            }
            for row in found[:PLACES]
        ]
    columns = ("overlap_customers", "overlap_of_it", "overlap_lift")
    return {"rows": rows, "columns": [words(one) for one in columns]}


def _tells(row: Row) -> float:
    """How much a place tells of the segment: its share of it × ln(lift), the place's term in the divergence
    of the segment from all customers (Kullback and Leibler, 1951); nothing where no segment is meant."""
    is_segment = row["other_state"] not in UNASSIGNED
    return float(row["shared_share"] * math.log(row["lift"])) if is_segment else 0.0
