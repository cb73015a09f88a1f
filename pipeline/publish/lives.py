"""The register of segments as a time line: from birth to retirement, with what happened on the way.

Belongs here: which segments have a line of their own, and how lines are drawn. Does not belong here: the
register (``segments``), its events in words (``listings``).

Segments of a scheme share one line where nothing happened to any of them but that they were born together and
continued: what is to be seen are refits, and they have them together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from pipeline.publish.charts import INK, data, finished
from pipeline.publish.figures import Figures, Row
from pipeline.publish.listings import place_of
from pipeline.publish.overview import Chart
from pipeline.publish.texts import Words

#: What is marked, with its colour, in the order in which marks lie on each other.
COLOURS: Mapping[str, str] = {
    "refit": INK,
    "continued": "#5b9bd5",
    "born": "#0f766e",
    "ambiguous": "#f2d06b",
    "split": "#e08a00",
    "merged": "#8a5bb5",
    "retired": "#b3261e",
}
_LINE, _LINE_HEIGHT = "#c3cad3", 22
#: Events of segments to which nothing happened.
_QUIET = ("born", "continued")


def lives(figures: Figures, words: Words) -> list[Chart]:
    """The time line as a chart; none where no segment has lived yet."""
    lines: list[Row] = []
    marks: list[Row] = []
    table: list[list[str]] = []
    for label, some, refits in _lines(figures, words):
        begin = min(row["born_period"] for row in some)
        ended = [row["retired_period"] for row in some]
        end = max(ended) if all(ended) else figures.period
        lines.append({"line": label, "from": max(begin, figures.periods[0]), "to": end})
        happened = {
            (row["period"], row["event"])
            for row in figures.events
            if row["segment_id"] in {one["segment_id"] for one in some}
        }
        happened |= {(period, "refit") for period in refits if begin < period <= end}
        order = sorted(happened, key=lambda one: (one[0], list(COLOURS).index(one[1])))
        marks += [
            {"line": label, "period": period, "event": words(f"event_{kind}"), "order": place}
            for place, (period, kind) in enumerate(order)
        ]
        said = [f"{period} {words(f'event_{kind}')}" for period, kind in order]
        table.append([label, begin, end if all(ended) else "–", words("look_join").join(said)])
    if not lines:
        return []
    kinds = [one for one in COLOURS if any(row["event"] == words(f"event_{one}") for row in marks)]
    legend = {words(f"event_{one}"): COLOURS[one] for one in kinds}
    header = [words("segment"), words("event_born"), words("event_retired"), words("event_all")]
    return [
        Chart(
            "register-lives",
            words("chart_lives"),
            time_line(lines, marks, figures.periods, legend, words("event_refit"), words("period")),
            header,
            table,
            legend,
            words("chart_lives_note"),
            560,
        )
    ]


def _lines(figures: Figures, words: Words) -> list[tuple[str, list[Row], set[str]]]:
    """Label, rows of the register and periods of refits of each line, schemes in their order."""
    by_scheme: dict[str, list[Row]] = {}
    for row in figures.register:
        by_scheme.setdefault(row["scheme"], []).append(row)
    found = []
    for scheme in sorted(by_scheme, key=lambda one: (place_of(figures, one), one)):
        rows, label = by_scheme[scheme], words.scheme(scheme)
        refits = {period for one, period in figures.refits if one == scheme and period in figures.periods}
        if _is_quiet(rows, figures.events):
            found.append((label, rows, refits))
            continue
        named = figures.named_segments(scheme)
        rows.sort(
            key=lambda row: (
                named.index(row["segment_id"]) if row["segment_id"] in named else len(named),
                row["born_period"],
                row["segment_id"],
            )
        )
        taken: dict[str, int] = {}
        for row in rows:
            name = f"{label} · {words.state(row['segment_id'])}"
            taken[name] = taken.get(name, 0) + 1
            if taken[name] > 1:  # one that lived before, or lives beside it, is called alike
                name = f"{name} ({taken[name]})"
            found.append((name, [row], refits))
    return found


def _is_quiet(rows: Sequence[Row], events: Sequence[Row]) -> bool:
    ids = {row["segment_id"] for row in rows}
    kinds = {row["event"] for row in events if row["segment_id"] in ids}
    return kinds <= set(_QUIET) and len({row["born_period"] for row in rows}) == 1


def time_line(
    lines: Sequence[Row],
    marks: Sequence[Row],
    periods: Sequence[str],
    colours: Mapping[str, str],
    refit: str,
    period: str,
) -> dict[str, Any]:
    """Lines by ``line`` from a period to another, and marks on them; ``refit`` is drawn as a stroke across,
    all other events as points."""
    order = [row["line"] for row in lines]
    y = alt.Y(
        "line:N",
        title=None,
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(ticks=False, domain=False, labelPadding=8, labelLimit=340),
    )
    axis = alt.Axis(
        labelAngle=0 if len(periods) <= 6 else -45, ticks=False, labelPadding=6, labelOverlap="greedy"
    )

    def across(field: str) -> alt.X:
        scale = alt.Scale(type="point", domain=list(periods), padding=0.4)
        return alt.X(f"{field}:O", title=None, scale=scale, axis=axis)

    tooltip = [
        alt.Tooltip("line:N", title=" "),
        alt.Tooltip("period:N", title=period),
        alt.Tooltip("event:N", title=" "),
    ]
    colour = alt.Color(
        "event:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None
    )
    spans = (
        alt.Chart(data(lines))
        .mark_rule(strokeWidth=7, strokeCap="round", color=_LINE)
        .encode(x=across("from"), x2=alt.X2("to:O"), y=y)
    )
    layers = [spans]
    refits, others = ([row for row in marks if (row["event"] == refit) == is_one] for is_one in (True, False))
    marked = [
        alt.Chart(data(refits)).mark_tick(thickness=3, size=20, orient="vertical"),
        alt.Chart(data(others)).mark_point(filled=True, size=75, opacity=1),
    ]
    for chart, rows in zip(marked, (refits, others), strict=True):
        if rows:
            layers.append(chart.encode(x=across("period"), y=y, color=colour, tooltip=tooltip))
    return finished(alt.layer(*layers), 40 + _LINE_HEIGHT * len(order))
