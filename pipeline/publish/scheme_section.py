"""The report's section on one scheme.

Belongs here: mix, flows, movement matrix and portraits of a scheme. Does not belong here:
how a chart is drawn (``charts``).
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.publish import charts, plan_section
from pipeline.publish.figures import QUIET_CHANGE, Figures, share
from pipeline.publish.formats import percent, signed
from pipeline.publish.outcome_section import outcome_section
from pipeline.publish.outlook_section import outlook_section
from pipeline.publish.overlap_section import overlap_section
from pipeline.publish.overview import Chart
from pipeline.publish.refit_words import nobody_assigned
from pipeline.publish.rules_in_words import rules_in_words
from pipeline.publish.sankey import Band, sankey
from pipeline.publish.taught_section import NOTHING, taught_section
from pipeline.publish.texts import CAUSES, Words
from pipeline.settings.schemes import PLAYBOOK_PARTS
from pipeline.tables.fields import UNASSIGNED

#: So many standard errors hold a difference that is chance in 95 of 100 cases.
TWO_SIDED = 1.96


def scheme_section(figures: Figures, words: Words, scheme: str) -> dict[str, Any]:
    """Sentences, charts, flow table, portraits of a scheme; a note alone where nobody has a segment."""
    totals = figures.scheme_totals(scheme)
    section: dict[str, Any] = {
        "id": scheme,
        "label": words.scheme(scheme),
        "many": len(figures.states(scheme)) > 6,
        "charts": [],
        "flows": [],
        "portraits": [],
        "movements": "",
        "outcome": None,
        "outlook": None,
        "overlap": None,
        "taught": NOTHING,
        "rules": [],
    }
    if totals["only_status"] is not None:
        card = next((one for one in figures.cards if one["scheme"] == scheme), None)
        is_applicable = totals["only_status"] != "not_applicable"
        note = nobody_assigned(card, words) if is_applicable else words("scheme_not_applicable")
        return section | {"note": note}
    section["note"] = words("scheme_evidence", share=percent(totals["assigned_share"]))
    if figures.previous:
        quiet = abs(totals["largest_change"]) < QUIET_CHANGE
        section["movements"] = words(
            "scheme_quiet" if quiet else "scheme_change",
            moved=f"{totals['moved']:,}",
            stayed=f"{totals['stayed']:,}",
            share=percent(totals["moved_share"]),
            segment=words.state(totals["largest"]),
            before=percent(totals["largest_before"]),
            now=percent(totals["largest_now"]),
        )
        section["movements"] += _by_chance(figures, words, scheme)
    states = figures.states(scheme)
    declared = figures.declared.get(scheme)
    is_tier = declared is not None and declared.kind == "tier"
    colours = charts.state_colours(states, is_tier, declared.colours() if declared else {})
    section["charts"] = [_mix(figures, words, scheme, states, colours)]
    if figures.previous:
        section["charts"] += [
            _flow_chart(figures, words, scheme, states),
            _matrix(figures, words, scheme, states),
            *_bands(figures, words, scheme, states, colours),
        ]
    section["flows"] = _flow_rows(figures, words, scheme, states, totals["before"], colours)
    section["outcome"] = outcome_section(figures, words, scheme, states, colours)
    section["outlook"] = outlook_section(figures, words, scheme, states, colours)
    section["overlap"] = overlap_section(figures, words, scheme, states, colours)
    section["taught"] = taught_section(figures, words, scheme)
    section["rules"] = rules_in_words(scheme, _in_force(figures, scheme), words)
    section["portraits"] = _portraits(figures, words, scheme, states, colours)
    return section


def _in_force(figures: Figures, scheme: str) -> dict[str, Any] | None:
    """Parameters of the version in force, if there is one."""
    card = next((one for one in figures.cards if one["scheme"] == scheme), None)
    return json.loads(card["parameters"]) if card and card["parameters"] else None


def _by_chance(figures: Figures, words: Words, scheme: str) -> str:
    """How many would have moved if nobody had changed, and whether more have by behaviour."""
    row = figures.by_chance(scheme)
    if row is None:
        return ""
    share, floor = row["moved_behaviour_share"], row["noise_floor_share"]
    error = math.hypot(row["noise_floor_error"], math.sqrt(share * (1 - share) / row["in_both_count"]))
    said = "more_than_chance" if share > floor + TWO_SIDED * error else "no_more_than_chance"
    return words(said, share=percent(share), floor=percent(floor))


def _mix(
    figures: Figures, words: Words, scheme: str, states: Sequence[str], colours: Mapping[str, str]
) -> Chart:
    found = {(row["period"], row["state"]): row for row in figures.flows if row["scheme"] == scheme}
    rows = [
        {
            "period": period,
            "series": words.state(state),
            "order": index,
            "value": row["population_share"],
            "customers": row["population_count"],
        }
        for period in figures.periods
        for index, state in enumerate(states)
        if (row := found.get((period, state)))
    ]
    legend = {words.state(state): colours[state] for state in states}
    table = [
        [
            period,
            *(
                percent(found[period, state]["population_share"]) if (period, state) in found else "–"
                for state in states
            ),
        ]
        for period in figures.periods
    ]
    specification = charts.stacked_bars(rows, legend, words("period"), words("share"), True, 280)
    return Chart(
        f"{scheme}-mix", words("chart_mix"), specification, [words("period"), *legend], table, legend
    )


_FLOW_KINDS = ("entered", "returned", *CAUSES, "left")


def _flow_chart(figures: Figures, words: Words, scheme: str, states: Sequence[str]) -> Chart:
    by_state = {row["state"]: row for row in figures.flows_of(figures.period, scheme)}
    names = {kind: words(f"cause_{kind}" if kind in CAUSES else kind) for kind in _FLOW_KINDS}
    rows, table, used = [], [], set()
    for state in states:
        row = by_state.get(state)
        if row is None:
            continue
        values = [("entered", row["entered_count"]), ("returned", row["returned_count"])]
        values += [(cause, row[f"moved_in_{cause}_count"]) for cause in CAUSES]
        values += [(cause, -row[f"moved_out_{cause}_count"]) for cause in CAUSES] + [
            ("left", -row["left_count"])
        ]
        for kind, value in values:
            if value:
                used.add(kind)
                rows.append(
                    {
                        "segment": words.state(state),
                        "kind": names[kind],
                        "order": _FLOW_KINDS.index(kind),
                        "value": value,
                    }
                )
                table.append([words.state(state), names[kind], signed(value)])
    kinds = {names[kind]: charts.FLOW_COLOURS[kind] for kind in _FLOW_KINDS if kind in used}
    labels = [words.state(one) for one in states if one in by_state]
    specification = charts.flow_bars(rows, kinds, labels, words("customers"), words("segment"))
    header = [words("segment"), words("cause"), words("customers")]
    note = words("chart_flows_note", period=figures.period)
    return Chart(f"{scheme}-flows", words("chart_flows"), specification, header, table, kinds, note, 340)


def _matrix(figures: Figures, words: Words, scheme: str, states: Sequence[str]) -> Chart:
    cells = figures.matrix(scheme)
    used = [
        one
        for one in states
        if any(one in (cell["from"], cell["to"]) and cell["customers"] for cell in cells)
    ]
    rows = [
        cell
        | {"from": words.state(cell["from"]), "to": words.state(cell["to"]), "share": round(cell["share"], 6)}
        for cell in cells
        if cell["from"] in used and cell["to"] in used
    ]
    titles = {
        "from": words("from"),
        "to": words("now"),
        "customers": words("customers"),
        "share": words("share_of_before"),
    }
    table = [
        [row["from"], row["to"], f"{row['customers']:,}", percent(row["share"])]
        for row in rows
        if row["customers"]
    ]
    labels = [words.state(one) for one in used]
    specification = charts.heat_map(rows, labels, titles)
    return Chart(
        f"{scheme}-matrix",
        words("chart_matrix"),
        specification,
        list(titles.values()),
        table,
        {},
        words("chart_matrix_note"),
        150 + 52 * len(used),
    )


def _bands(
    figures: Figures, words: Words, scheme: str, states: Sequence[str], colours: Mapping[str, str]
) -> list[Chart]:
    """Everybody of both periods as bands from state to state; none where nobody was there before."""
    came = {words(kind): f"{kind}_count" for kind in ("entered", "returned")}
    left, right = [*map(words.state, states), *came], [*map(words.state, states), words("left")]
    bands = [
        Band(words.state(cell["from"]), words.state(cell["to"]), cell["customers"], cell["stayed"])
        for cell in figures.matrix(scheme)
        if cell["customers"]
    ]
    for row in figures.flows_of(figures.period, scheme):
        state = words.state(row["state"])
        bands += [Band(name, state, row[count]) for name, count in came.items() if row[count]]
        bands += [Band(state, words("left"), row["left_count"])] if row["left_count"] else []
    if not any(one.before not in came for one in bands):
        return []
    shown = {words.state(state): colours[state] for state in states}
    shown |= {words(kind): charts.FLOW_COLOURS[kind] for kind in ("entered", "returned", "left")}
    titles = {"before": words("from"), "now": words("now"), "customers": words("customers")}
    note = words("chart_bands_note", before=figures.previous, now=figures.period)
    return [
        Chart(
            f"{scheme}-bands",
            words("chart_bands"),
            sankey(bands, left, right, shown, titles),
            list(titles.values()),
            [[one.before, one.now, f"{one.customers:,}"] for one in bands],
            {},
            note,
            620,
        )
    ]


def _flow_rows(
    figures: Figures,
    words: Words,
    scheme: str,
    states: Sequence[str],
    before: int,
    colours: Mapping[str, str],
) -> list[dict[str, Any]]:
    by_state = {row["state"]: row for row in figures.flows_of(figures.period, scheme)}
    return [
        {
            "label": words.state(state),
            "colour": colours[state],
            "before": row["population_previous_count"],
            "entered": row["entered_count"],
            "returned": row["returned_count"],
            "moved_in": sum(row[f"moved_in_{cause}_count"] for cause in CAUSES),
            "moved_out": sum(row[f"moved_out_{cause}_count"] for cause in CAUSES),
            "left": row["left_count"],
            "now": row["population_count"],
            "share": row["population_share"],
            "change": row["population_share"] - share(row["population_previous_count"], before)
            if before
            else None,
        }
        for state in states
        if (row := by_state.get(state))
    ]


def _portraits(
    figures: Figures, words: Words, scheme: str, states: Sequence[str], colours: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Cards of segments with the features that set them apart; bars are cut at two standard deviations."""
    flows = {row["state"]: row for row in figures.flows_of(figures.period, scheme)}
    cards = []
    for state in states:
        if state in UNASSIGNED or state not in flows or not flows[state]["population_count"]:
            continue
        features = [
            {
                "label": words.feature(row["feature"]),
                "difference": row["standardized_difference"],
                "width": round(min(abs(row["standardized_difference"]), 2) * 25, 1),
                "means": words(
                    "portrait_mean",
                    mean=words.quantity(row["feature"], row["mean_value"]),
                    population=words.quantity(row["feature"], row["population_mean_value"]),
                )
                if row["mean_value"] is not None
                else words("portrait_withheld"),
            }
            for row in figures.portraits
            if row["segment_id"] == state and row["standardized_difference"] is not None
        ]
        size = words(
            "customers_of",
            count=f"{flows[state]['population_count']:,}",
            share=percent(flows[state]["population_share"]),
        )
        cards.append(
            {
                "label": words.state(state),
                "colour": colours[state],
                "size": size,
                "features": features,
                "advice": _advice(figures, words, scheme, state),
            }
        )
    return cards


def _advice(figures: Figures, words: Words, scheme: str, state: str) -> list[tuple[str, str]]:
    """Parts of a segment's playbook that somebody has written, each with its heading."""
    declared = figures.declared.get(scheme)
    document = None if declared is None else declared.segments.get(state.removeprefix(f"{scheme}:"))
    if document is None:
        return []
    written = {part: getattr(document.playbook, part) for part in PLAYBOOK_PARTS}
    advice = [
        (words(f"playbook_{part}"), said.zh if words.language == "zh" else said.en)
        for part, said in written.items()
        if said is not None
    ]
    planned = plan_section.actions_for(figures, words, state)
    return [*advice, *([(words("playbook_actions"), planned)] if planned else [])]
