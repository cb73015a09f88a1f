"""Charts of the report that are about all schemes and sources together.

Belongs here: which rows go into which chart. Does not belong here: charts of one scheme
(``scheme_section``), how a chart is drawn (``charts``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.publish import charts
from pipeline.publish.figures import Figures
from pipeline.publish.formats import percent
from pipeline.publish.texts import CAUSES, Words


@dataclass(frozen=True)
class Chart:
    """A chart with its text title, legend (label -> colour), and the same figures as a table.

    ``minimum_width`` in pixels: narrower screens scroll the chart rather than squeeze it.
    """

    id: str
    title: str
    specification: dict[str, Any]
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Mapping[str, str]
    note: str = ""
    minimum_width: int = 0


def overview(figures: Figures, words: Words) -> list[Chart]:
    """Charts of all periods up to the one reported: customers, moves, findings."""
    totals = {period: figures.totals(period) for period in figures.periods}
    # The first period has nothing before it: its arrivals would dwarf all others.
    compared = {period: totals[period] for period in figures.periods[1:]} or totals
    arrivals = {words(key): charts.FLOW_COLOURS[key] for key in ("entered", "returned", "left")}
    flows = [
        {
            "period": period,
            "series": words(key),
            "order": index,
            "value": -row[key] if key == "left" else row[key],
        }
        for period, row in compared.items()
        for index, key in enumerate(("entered", "returned", "left"))
    ]
    causes = {words(f"cause_{cause}"): charts.FLOW_COLOURS[cause] for cause in CAUSES}
    moves = [
        {
            "period": period,
            "series": words(f"cause_{cause}"),
            "order": index,
            "value": round(row["moved_shares"].get(cause, 0.0), 6),
        }
        for period, row in compared.items()
        for index, cause in enumerate(CAUSES)
    ]
    severities = {words(f"severity_{one}"): charts.SEVERITY_COLOURS[one] for one in ("major", "minor")}
    alarms = [
        {"period": period, "series": words(f"severity_{one}"), "order": index, "value": row[one]}
        for period, row in compared.items()
        for index, one in enumerate(("major", "minor"))
    ]
    period = words("period")
    return [
        Chart(
            "population",
            words("chart_population"),
            charts.stacked_bars(flows, arrivals, period, words("customers"), False),
            [period, words("population"), *arrivals],
            [
                [one, f"{row['population']:,}", *(f"{row[key]:,}" for key in ("entered", "returned", "left"))]
                for one, row in totals.items()
            ],
            arrivals,
            words("chart_population_note") if len(totals) > 1 else "",
        ),
        Chart(
            "moves",
            words("chart_moves"),
            charts.stacked_bars(moves, causes, period, words("share"), True),
            [period, *causes],
            [
                [one, *(percent(row["moved_shares"].get(cause)) for cause in CAUSES)]
                for one, row in totals.items()
            ],
            causes,
        ),
        Chart(
            "alarms",
            words("chart_alarms"),
            charts.stacked_bars(alarms, severities, period, words("count"), False),
            [period, *severities],
            [[one, str(row["major"]), str(row["minor"])] for one, row in totals.items()],
            severities,
        ),
    ]


def quality(figures: Figures, words: Words) -> list[Chart]:
    """Charts of rows read and quarantined by source."""
    sources = sorted({row["source"] for row in figures.quality})
    colours = {name: charts.SEGMENT_COLOURS[(2 * index) % 10] for index, name in enumerate(sources)}
    rows = [row for row in figures.quality if row["period"] in figures.periods]
    shares = [
        {"period": row["period"], "series": row["source"], "value": row["quarantined_share"] or 0.0}
        for row in rows
    ]
    reads = [
        {"period": row["period"], "series": row["source"], "value": row["rows_read_count"]} for row in rows
    ]
    found = {(row["period"], row["source"]): row for row in rows}

    def table(column: str, form: Callable[[Any], str]) -> list[list[str]]:
        return [
            [
                period,
                *(
                    form(found[period, one][column] or 0) if (period, one) in found else "–"
                    for one in sources
                ),
            ]
            for period in figures.periods
        ]

    period = words("period")
    return [
        Chart(
            "quarantine",
            words("chart_quarantine"),
            charts.lines(shares, colours, period, words("share"), True),
            [period, *sources],
            table("quarantined_share", lambda value: percent(value, 2)),
            colours,
        ),
        Chart(
            "rows",
            words("chart_rows"),
            charts.lines(reads, colours, period, words("rows"), False, logarithmic=True),
            [period, *sources],
            table("rows_read_count", lambda value: f"{value:,}"),
            colours,
        ),
    ]
