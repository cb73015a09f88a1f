"""The report's part on the action plan: whom to contact, and what earlier contacts earned.

Belongs here: its tables and sentences. Does not belong here: choosing and measuring (``plans``).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.publish.figures import Figures, Row, total
from pipeline.publish.formats import number, percent
from pipeline.publish.texts import Words
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.plans import ALL, BASES, REASONS

#: Columns of the plan: statuses of who is chosen, then reasons of who is not.
_CHOSEN = ("contact", "hold_out")


def plan_section(figures: Figures, words: Words) -> dict[str, Any]:
    """``planned`` actions, ``results`` and ``groups`` as rows of cells under their columns; ``notes`` on how
    the plan was followed. Without actions all are empty."""
    actions = list(dict.fromkeys(row["action"] for row in figures.results))
    planned = [_planned(figures, words, one) for one in actions]
    return {
        "planned": planned,
        "planned_columns": [words(f"plan_{one}") for one in (*_CHOSEN, *_reasons(figures), "by")],
        "results": [_result(row, words) for row in figures.results if row["effect_group"] == ALL],
        "results_columns": [
            *(words(f"plan_{one}") for one in ("chosen", "outcome", "contacts", "hold_outs", "effect")),
            words("plan_gain", currency=words.currency),
            words("plan_verdict"),
        ],
        "groups": [_group(row, words) for row in figures.results if row["gain_probability"] is not None],
        "groups_columns": [
            words(f"plan_{one}") for one in ("group", "contacts", "hold_outs", "effect", "shrunk", "chance")
        ],
        "notes": [one for row in figures.results if (one := _note(row, words))],
    }


def actions_for(figures: Figures, words: Words, state: str) -> str:
    """Names of actions that are planned for customers of a segment; empty for none."""
    label = _label(words)
    named = {row["action"]: row[label] for row in figures.plan if state in row["effect_group"].split("+")}
    return words("list").join(named.values())


def _label(words: Words) -> str:
    return "action_label_zh" if words.language == "zh" else "action_label"


def _reasons(figures: Figures) -> list[str]:
    there = {row["plan_reason"] for row in figures.plan}
    return [one for one in REASONS if one in there]


def _planned(figures: Figures, words: Words, action: str) -> dict[str, Any]:
    mine = [row for row in figures.plan if row["action"] == action]
    named = next(row for row in figures.results if row["action"] == action)
    counts = [_count(mine, "plan_status", one) for one in _CHOSEN]
    counts += [_count(mine, "plan_reason", one) for one in _reasons(figures)]
    bases = [(one, _count(mine, "rank_basis", one)) for one in BASES]
    by = words("list").join(words(f"plan_{one}", count=f"{count:,}") for one, count in bases if count)
    return {"label": named[_label(words)], "cells": [*(f"{one:,}" for one in counts), by or "–"]}


def _count(rows: Iterable[Row], column: str, value: str) -> int:
    return total((row for row in rows if row[column] == value), "customers")


def _result(row: Row, words: Words) -> dict[str, Any]:
    return {
        "label": row[_label(words)],
        "cells": [
            words("plan_all") if row["chosen_period"] == ALL else row["chosen_period"],
            words(
                "plan_outcome_of",
                outcome=words(f"plan_{row['measured_outcome']}"),
                periods=row["follow_periods"],
            ),
            f"{row['contact_count']:,}",
            f"{row['hold_out_count']:,}",
            _within(row, "effect", "value"),
            _within(row, "net_gain", "amount"),
            words(f"plan_verdict_{row['action_verdict']}") if row["action_verdict"] else "–",
        ],
        "verdict": row["action_verdict"],
    }


def _within(row: Row, name: str, unit: str) -> str:
    """A figure, and between what it lies."""
    if row[f"{name}_{unit}"] is None:
        return "–"
    if row[f"{name}_lower_{unit}"] is None:
        return number(row[f"{name}_{unit}"])
    low, high = (number(row[f"{name}_{end}_{unit}"]) for end in ("lower", "upper"))
    return f"{number(row[f'{name}_{unit}'])} ({low} – {high})"


def _group(row: Row, words: Words) -> dict[str, Any]:
    return {
        "label": row[_label(words)],
        "cells": [
            _named(row["effect_group"].split("+"), words),
            f"{row['contact_count']:,}",
            f"{row['hold_out_count']:,}",
            _within(row, "effect", "value"),
            number(row["shrunk_effect_value"]),
            percent(row["gain_probability"]),
        ],
    }


def _named(parts: Sequence[str], words: Words) -> str:
    """Labels of the segments of a group; of a status with its scheme."""
    found = []
    for one in parts:
        scheme, _, state = one.partition(":")
        told = f"{words.scheme(scheme)}: {words.state(state)}" if state in UNASSIGNED else words.state(one)
        found.append(told)
    return " + ".join(found)


def _note(row: Row, words: Words) -> str:
    if (row["chosen_period"], row["effect_group"]) != (ALL, ALL) or row["effect_value"] is None:
        return ""
    label = row[_label(words)]
    if row["leaked_share"] is None:
        return words("plan_unknown", action=label)
    if not row["leaked_share"]:
        return ""
    share, reached = percent(row["leaked_share"]), percent(row["reached_share"])
    return words("plan_leaked", action=label, share=share, reached=reached)
