"""Who stayed, moved, came and left between two periods, as bands from state to state.

Belongs here: where bands and states lie, and how they are drawn. Does not belong here: counting
(``figures``).

Vega-Lite knows no bands, but areas: each is the area between two curves, and a curve is a line through few
points of 3t² − 2t³, which leaves and arrives level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from pipeline.publish.charts import data, finished

#: Between states: what a label takes, so that those of tiny states do not lie on each other.
_GAP = 16
#: Least height of the bands together, and more of it for each state.
_LEAST_HEIGHT, _HEIGHT_A_STATE = 160, 22
#: Width of a state, and places of the points of a curve, from the left state (0) to the right one (1).
_WIDE = 0.02
_STEPS = (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0)
#: Room for labels beside the states, in the same unit.
_ROOM = 0.42
#: How strong bands are of who stayed, and of all others.
_STAYED, _MOVED = 0.16, 0.6


@dataclass(frozen=True)
class Band:
    """So many customers who went from a state on the left to one on the right."""

    before: str
    now: str
    customers: int
    stayed: bool = False


def sankey(
    bands: Sequence[Band],
    left: Sequence[str],
    right: Sequence[str],
    colours: Mapping[str, str],
    titles: Mapping[str, str],
) -> dict[str, Any]:
    """Bands between the states on the ``left`` and on the ``right``, each in their order from above.

    ``colours`` are of all states, by label; a band has that of where it comes from. ``titles`` name
    ``before``, ``now`` and ``customers``.
    """
    sides = [_sizes(bands, left, "before"), _sizes(bands, right, "now")]
    most = max(map(len, sides), default=0)
    height, gaps = _LEAST_HEIGHT + _HEIGHT_A_STATE * most, _GAP * max(0, most - 1)
    everyone = sum(one.customers for one in bands)
    gap = _GAP * everyone / height if everyone else 0.0
    tops = [_tops(some, gap, most) for some in sides]
    domain = [0, everyone + gap * max(0, most - 1)]
    chart = alt.layer(
        _areas(bands, tops, left, right, colours, titles, domain),
        *_states(sides, tops, colours, titles["customers"], domain),
    )
    return finished(chart, height + gaps)


def _sizes(bands: Sequence[Band], states: Sequence[str], side: str) -> dict[str, int]:
    """Customers by state on one side, in order, of those that have any."""
    found = {one: sum(band.customers for band in bands if getattr(band, side) == one) for one in states}
    return {one: size for one, size in found.items() if size}


def _tops(sizes: Mapping[str, int], gap: float, most: int) -> dict[str, float]:
    """Where each state begins, counted from above; the side with fewer states lies in the middle."""
    at, found = gap * (most - len(sizes)) / 2, {}
    for state, size in sizes.items():
        found[state] = at
        at += size + gap
    return found


def _areas(
    bands: Sequence[Band],
    tops: Sequence[Mapping[str, float]],
    left: Sequence[str],
    right: Sequence[str],
    colours: Mapping[str, str],
    titles: Mapping[str, str],
    domain: Sequence[float],
) -> alt.Chart:
    starts, ends = dict(tops[0]), dict(tops[1])
    ordered = sorted(bands, key=lambda one: (left.index(one.before), right.index(one.now)))
    begins = {}
    for one in ordered:
        begins[one] = starts[one.before]
        starts[one.before] += one.customers
    rows = []
    for one in sorted(ordered, key=lambda band: (right.index(band.now), left.index(band.before))):
        begin, end = begins[one], ends[one.now]
        ends[one.now] += one.customers
        for step in _STEPS:
            top = begin + (end - begin) * (3 * step**2 - 2 * step**3)
            rows.append(
                {
                    "x": round(_WIDE + (1 - 2 * _WIDE) * step, 4),
                    "y": round(top, 2),
                    "z": round(top + one.customers, 2),
                    "before": one.before,
                    "now": one.now,
                    "n": one.customers,
                    "strength": _STAYED if one.stayed else _MOVED,
                }
            )
    named = list(dict.fromkeys(one.before for one in ordered))
    chart: alt.Chart = (
        alt.Chart(data(rows))
        .mark_area(interpolate="monotone", line=False)
        .encode(
            x=_across(),
            y=_down("y", domain),
            y2=alt.Y2("z:Q"),
            detail=[alt.Detail("before:N"), alt.Detail("now:N")],
            color=alt.Color(
                "before:N",
                scale=alt.Scale(domain=named, range=[colours[one] for one in named]),
                legend=None,
            ),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            tooltip=[
                alt.Tooltip("before:N", title=titles["before"]),
                alt.Tooltip("now:N", title=titles["now"]),
                alt.Tooltip("n:Q", title=titles["customers"], format=",d"),
            ],
        )
    )
    return chart


def _states(
    sides: Sequence[Mapping[str, int]],
    tops: Sequence[Mapping[str, float]],
    colours: Mapping[str, str],
    customers: str,
    domain: Sequence[float],
) -> list[alt.Chart]:
    """The states on both sides as bars, and their labels with the number of customers beside them."""
    found: list[alt.Chart] = []
    for place, (sizes, top) in enumerate(zip(sides, tops, strict=True)):
        begin = 0.0 if place == 0 else 1 - _WIDE
        rows = [
            {
                "x": begin,
                "w": begin + _WIDE,
                "y": round(top[state], 2),
                "z": round(top[state] + size, 2),
                "middle": round(top[state] + size / 2, 2),
                "state": state,
                "n": size,
                "said": f"{state} {size:,}",
                "colour": colours[state],
            }
            for state, size in sizes.items()
        ]
        base = alt.Chart(data(rows)).encode(
            tooltip=[
                alt.Tooltip("state:N", title=" "),
                alt.Tooltip("n:Q", title=customers, format=",d"),
            ]
        )
        bars = base.mark_rect().encode(
            x=_across(),
            x2=alt.X2("w:Q"),
            y=_down("y", domain),
            y2=alt.Y2("z:Q"),
            color=alt.Color("colour:N", scale=None, legend=None),
        )
        labels = base.mark_text(
            align="right" if place == 0 else "left", dx=-6 if place == 0 else 6, fontSize=12, limit=190
        ).encode(x=_across("x" if place == 0 else "w"), y=_down("middle", domain), text=alt.Text("said:N"))
        found += [bars, labels]
    return found


def _across(field: str = "x") -> alt.X:
    return alt.X(f"{field}:Q", title=None, axis=None, scale=alt.Scale(domain=[-_ROOM, 1 + _ROOM], nice=False))


def _down(field: str, domain: Sequence[float]) -> alt.Y:
    scale = alt.Scale(domain=list(domain), reverse=True, nice=False)
    return alt.Y(f"{field}:Q", title=None, axis=None, scale=scale)
