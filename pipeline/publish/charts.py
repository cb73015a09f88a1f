"""Charts of the report as Vega-Lite specifications, made with Altair.

Belongs here: marks, scales, colours. Does not belong here: numbers (``figures``), words
(passed in as labels), the page around a chart (``report``). Legends are part of the page,
where they wrap on narrow screens.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

Row = Mapping[str, Any]

INK, MUTED, GRID, QUIET = "#1d2733", "#5a6675", "#e3e8ee", "#e9edf2"
#: Ordered shades for high, medium, low; told apart in grey and by colour-blind readers.
TIER_COLOURS = ("#174a7e", "#5b9bd5", "#bcd7f0")
#: Named and discovered segments; neighbours differ in lightness as well as hue.
SEGMENT_COLOURS = (
    "#174a7e",
    "#5b9bd5",
    "#0f766e",
    "#7ccab4",
    "#c99700",
    "#f2d06b",
    "#b4532a",
    "#f0a27a",
    "#6d4c9f",
    "#b9a3d9",
)
STATUS_COLOURS = {"insufficient_data": "#c3cad3", "not_applicable": "#e3e8ee"}
FLOW_COLOURS = {
    "entered": "#0f766e",
    "returned": "#7ccab4",
    "behaviour": "#2f6db5",
    "model": "#e08a00",
    "identity": "#8a5bb5",
    "data": "#b4552d",
    "late_data": "#8c8350",
    "left": "#a63d32",
}
#: Pixels that all columns of a movement matrix have together, on the narrowest page that shows one.
_MATRIX_WIDTH = 300
SEVERITY_COLOURS = {"major": "#b3261e", "minor": "#d98e04"}

_CONFIG: dict[str, Any] = {
    "font": "inherit",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "labelColor": INK,
        "labelLimit": 180,
        "titleFontSize": 12,
        "titleFontWeight": 500,
        "titleColor": MUTED,
        "gridColor": GRID,
        "domainColor": "#9aa5b1",
        "tickColor": "#9aa5b1",
    },
    "bar": {"discreteBandSize": {"band": 0.78}},
}


@contextmanager
def unchecked() -> Iterator[None]:
    """Charts within are drawn without holding each of their parts against Vega-Lite's schema: tests do it,
    and it takes as long as all the rest."""
    with debug_mode(False):
        yield


def state_colours(
    states: Sequence[str], is_tier: bool, own: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Colour of each state of a scheme, its ``own`` where it says one; statuses are grey."""
    segments = [one for one in states if one not in STATUS_COLOURS]
    palette = _shades(len(segments)) if is_tier else SEGMENT_COLOURS
    colours = {one: palette[index % len(palette)] for index, one in enumerate(segments)}
    colours |= {one: STATUS_COLOURS[one] for one in states if one in STATUS_COLOURS}
    return colours | {one: colour for one, colour in (own or {}).items() if one in colours}


def _shades(count: int) -> Sequence[str]:
    """Shades of as many tiers, from dark to light, each its own."""
    if count <= len(TIER_COLOURS):
        return TIER_COLOURS
    dark, light = (
        [int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in (TIER_COLOURS[0], TIER_COLOURS[-1])
    )
    steps = [at / (count - 1) for at in range(count)]
    mixed = [[round(a + (b - a) * step) for a, b in zip(dark, light, strict=True)] for step in steps]
    return ["#" + "".join(f"{one:02x}" for one in colour) for colour in mixed]


def stacked_bars(
    rows: Sequence[Row], series: Mapping[str, str], x: str, y: str, share: bool, height: int = 240
) -> dict[str, Any]:
    """Bars by period, stacked by ``series`` (label -> colour); rows hold period, series, order, value.

    ``share`` shows values as percentages. ``x`` and ``y`` are the titles of the axes.
    """
    periods = sorted({row["period"] for row in rows})
    chart = (
        alt.Chart(data(rows))
        .mark_bar()
        .encode(
            x=_periods(x, periods),
            y=alt.Y("value:Q", title=y, axis=_numbers(share), stack="zero"),
            color=_colour("series", series),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("period:N", title=x),
                alt.Tooltip("series:N", title=" "),
                *(
                    [alt.Tooltip("customers:Q", format=",d", title="n")]
                    if rows and "customers" in rows[0]
                    else []
                ),
                alt.Tooltip("value:Q", title=y, format=".1%" if share else ",d"),
            ],
        )
    )
    return finished(chart, height)


def flow_bars(
    rows: Sequence[Row], kinds: Mapping[str, str], states: Sequence[str], x: str, y: str
) -> dict[str, Any]:
    """Gains right of zero, losses left, by segment; rows hold segment, kind, order, value (signed)."""
    bars = (
        alt.Chart(data(rows))
        .mark_bar()
        .encode(
            y=alt.Y(
                "segment:N",
                title=None,
                sort=list(states),
                scale=alt.Scale(domain=list(states)),
                axis=alt.Axis(ticks=False, labelPadding=8),
            ),
            x=alt.X(
                "value:Q",
                title=x,
                stack="zero",
                scale=alt.Scale(padding=12),
                axis=alt.Axis(format=",d", tickMinStep=1, tickCount=5),
            ),
            color=_colour("kind", kinds),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("segment:N", title=y),
                alt.Tooltip("kind:N", title=" "),
                alt.Tooltip("value:Q", title=x, format="+,d"),
            ],
        )
    )
    zero = alt.Chart(data([{"zero": 0}])).mark_rule(color=INK).encode(x=alt.X("zero:Q"))
    return finished(alt.layer(bars, zero), 44 + 30 * len(states))


def _width(label: str) -> int:
    """About how many pixels a label takes: Chinese characters are twice as wide."""
    return sum(6 if one < "\u2e80" else 11 for one in label)


def heat_map(rows: Sequence[Row], states: Sequence[str], titles: Mapping[str, str]) -> dict[str, Any]:
    """Movement matrix: rows hold from, to, customers, before, share, stayed; ``titles`` name them.

    The scale ends at the largest share of a segment of some size: a handful of customers in a tiny
    one must not make all else look pale.
    """
    some = 0.02 * sum(row["before"] for row in rows if row["stayed"])
    darkest = max([0.01, *(row["share"] for row in rows if not row["stayed"] and row["before"] >= some)])
    is_flat = max(map(_width, states), default=0) * len(states) <= _MATRIX_WIDTH
    base = alt.Chart(data(rows)).encode(
        y=alt.Y(
            "from:N",
            title=titles["from"],
            sort=list(states),
            scale=alt.Scale(domain=list(states)),
            axis=alt.Axis(ticks=False, domain=False),
        ),
        x=alt.X(
            "to:N",
            title=titles["to"],
            sort=list(states),
            scale=alt.Scale(domain=list(states)),
            axis=alt.Axis(
                orient="top",
                ticks=False,
                domain=False,
                labelAngle=0 if is_flat else -90,  # aslant, the last would lie beyond the chart
                labelAlign="center" if is_flat else "left",
                labelBaseline="alphabetic" if is_flat else "middle",
            ),
        ),
        tooltip=[
            alt.Tooltip("from:N", title=titles["from"]),
            alt.Tooltip("to:N", title=titles["to"]),
            alt.Tooltip("customers:Q", title=titles["customers"], format=",d"),
            alt.Tooltip("share:Q", title=titles["share"], format=".1%"),
        ],
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "share:Q",
            condition={"test": "datum.stayed", "value": QUIET},
            scale=alt.Scale(domain=[0, darkest], clamp=True, range=["#eef5fc", "#174a7e"]),
            legend=None,
        )
    )
    numbers = base.mark_text(fontSize=12).encode(
        text=alt.Text("customers:Q", format=",d"),
        color=alt.ColorValue(
            INK,
            condition={
                "test": f"!datum.stayed && datum.share > {darkest * 0.55:.4f}",
                "value": "white",
            },
        ),
    )
    return finished(alt.layer(cells, numbers), max(120, 34 * len(states)))


def lines(
    rows: Sequence[Row], series: Mapping[str, str], x: str, y: str, share: bool, logarithmic: bool = False
) -> dict[str, Any]:
    """Lines by period; rows hold period, series, value."""
    periods = sorted({row["period"] for row in rows})
    scale = alt.Scale(type="symlog") if logarithmic else alt.Scale(domainMin=0, nice=True)
    largest = max((row["value"] for row in rows), default=0)
    if not logarithmic and largest <= 0:
        scale = alt.Scale(domain=[0, 0.01] if share else [0, 1])
    axis = (
        alt.Axis(format=",d", values=[10**power for power in range(10) if 10**power <= largest * 10])
        if logarithmic
        else _numbers(share)
    )
    chart = (
        alt.Chart(data(rows))
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(
            x=_periods(x, periods),
            y=alt.Y("value:Q", title=y, axis=axis, scale=scale),
            color=_colour("series", series),
            tooltip=[
                alt.Tooltip("period:N", title=x),
                alt.Tooltip("series:N", title=" "),
                alt.Tooltip("value:Q", title=y, format=".2%" if share else ",d"),
            ],
        )
    )
    return finished(chart, 220)


def data(rows: Sequence[Row]) -> alt.InlineData:
    """Rows that stand in the chart itself."""
    return alt.InlineData(values=[dict(row) for row in rows])


def _periods(title: str, periods: Sequence[str]) -> alt.X:
    angle = 0 if len(periods) <= 6 else -45
    return alt.X(
        "period:O",
        title=None,
        scale=alt.Scale(domain=list(periods)),
        axis=alt.Axis(labelAngle=angle, ticks=False, labelPadding=6, labelOverlap="greedy"),
    )


def _numbers(share: bool) -> alt.Axis:
    if share:
        return alt.Axis(format="~%", tickCount=5, domain=False, ticks=False)
    return alt.Axis(format=",d", tickCount=5, tickMinStep=1, domain=False, ticks=False)


def _colour(field: str, series: Mapping[str, str]) -> alt.Color:
    return alt.Color(
        f"{field}:N", scale=alt.Scale(domain=list(series), range=list(series.values())), legend=None
    )


def finished(chart: Any, height: int) -> dict[str, Any]:
    """The specification of ``chart``, as wide as its place and ``height`` pixels high."""
    sized = chart.properties(
        width="container", height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    # Checking against Vega-Lite's schema costs more than all the rest of the page: tests do it.
    specification: dict[str, Any] = sized.to_dict(validate=False)
    # The address of the schema is not needed to draw, and the page names no address at all.
    specification.pop("$schema", None)
    specification["config"] = _CONFIG
    return specification
