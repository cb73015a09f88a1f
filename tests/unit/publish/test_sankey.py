"""Bands from state to state: each as thick as its customers, none on another where they begin and end."""

from collections import defaultdict
from itertools import pairwise
from typing import Any

import altair as alt

from pipeline.publish.sankey import Band, sankey

STATES = ["High", "Medium", "Low"]
COLOURS = dict.fromkeys((*STATES, "Entered", "Left"), "#174a7e")
TITLES = {"before": "Before", "now": "Now", "customers": "Customers"}
BANDS = [
    Band("High", "High", 40, stayed=True),
    Band("High", "Low", 3),
    Band("Low", "Low", 20, stayed=True),
    Band("Low", "High", 1),
    Band("Low", "Left", 2),
    Band("Entered", "High", 5),
]


def drawn(bands: list[Band]) -> list[dict[str, Any]]:
    """Points of the bands, and the states of both sides."""
    chart = sankey(bands, [*STATES, "Entered"], [*STATES, "Left"], COLOURS, TITLES)
    alt.Chart.from_dict(chart, validate=True)
    names = dict.fromkeys(one["data"]["name"] for one in chart["layer"])
    return [row for name in names for row in chart["datasets"][name]]


def sides(rows: list[dict[str, Any]], side: str) -> dict[str, list[tuple[float, float]]]:
    """Where bands begin, or end, by state."""
    points = [row for row in rows if "strength" in row]
    at = (min if side == "before" else max)(row["x"] for row in points)
    found = defaultdict(list)
    for row in points:
        if row["x"] == at:
            found[row[side]].append((row["y"], row["z"]))
    return found


def test_a_band_is_as_thick_as_its_customers_all_along() -> None:
    points = [row for row in drawn(BANDS) if "strength" in row]
    assert {round(row["z"] - row["y"], 1) - row["n"] for row in points} == {0.0}
    assert {row["strength"] < 0.5 for row in points if row["before"] == row["now"]} == {True}


def test_bands_of_a_state_fill_it_and_states_lie_apart() -> None:
    rows = drawn(BANDS)
    for side, order in (("before", ["High", "Low", "Entered"]), ("now", ["High", "Low", "Left"])):
        filled = {}
        for state, some in sides(rows, side).items():
            some.sort()
            assert all(abs(one[1] - after[0]) < 0.1 for one, after in pairwise(some))
            filled[state] = (some[0][0], some[-1][1])
        assert sorted(filled, key=filled.__getitem__) == order, "from above, without those that are empty"
        places = [filled[one] for one in order]
        assert all(before[1] < after[0] for before, after in pairwise(places))


def test_labels_say_how_many_stand_on_each_side() -> None:
    said = [row["said"] for row in drawn(BANDS) if "said" in row]
    assert said == ["High 43", "Low 23", "Entered 5", "High 46", "Low 23", "Left 2"]
