"""Lists of the report: findings, life of segments, versions in force.

Belongs here: rows put into order and words. Does not belong here: charts.
"""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.forecasts import FORECASTS, METHOD_LABELS, new_category
from pipeline.publish.figures import Figures, Row
from pipeline.publish.formats import number, percent
from pipeline.publish.gate_words import gates_in_words
from pipeline.publish.refit_words import fitted_on_findings
from pipeline.publish.texts import Words
from pipeline.tables.fields import ALL_ORIGINS

#: Figures of a backtest that the report shows, in their order, by the kind of forecast.
BACKTEST_FIGURES: Mapping[str, tuple[str, ...]] = {
    "probability": ("auc", "brier", "calibration_error", "top_decile_lift"),
    "category": ("hit_share", "auc", "brier", "calibration_error"),
    "quantity": (
        "root_mean_squared_error",
        "mean_absolute_error",
        "rank_correlation",
        "total_error_share",
        "coverage_share",
    ),
}


def findings(figures: Figures, words: Words) -> list[dict[str, str]]:
    """Major and minor findings of the period, worst first."""
    order = {"major": 0, "minor": 1}
    alarms = [row for row in figures.findings if row["period"] == figures.period and row["severity"] in order]
    alarms.sort(
        key=lambda row: (order[row["severity"]], -abs(row["effect"] or 0), row["level"], row["subject"])
    )
    return [
        {
            "severity": row["severity"],
            "level": words(f"level_{row['level']}"),
            "subject": words.subject(row["subject"]),
            "measure": words(f"measure_{row['measure']}"),
            "value": number(row["value"]),
            "effect": number(row["effect"]),
            "explanation": _explanation(row, words),
        }
        for row in alarms
    ]


def _explanation(row: Row, words: Words) -> str:
    """The finding's own sentence, which is English, with the label of its subject in place of the name; in
    other languages one made of its figures."""
    if words.language == "en":
        name, label = str(row["subject"]), words.subject(row["subject"])
        return re.sub(rf"\b{re.escape(name)}\b", lambda _: label, str(row["explanation"]))
    return sentence(row, words)


def sentence(row: Row, words: Words) -> str:
    """A finding in one sentence made of its figures: what it was compared with, and how much differs."""
    parts = [
        words(
            f"finding_{row['comparison']}",
            subject=words.subject(row["subject"]),
            measure=words(f"measure_{row['measure']}"),
            value=number(row["value"]),
            effect=number(row["effect"]),
        )
    ]
    # Findings that earlier versions published have neither.
    if row.get("began_period") and row["began_period"] != row["period"]:
        parts.append(words("finding_began", period=row["began_period"]))
    if row.get("carried_by"):
        parts.append(
            words("finding_carried", group=row["carried_by"], part=percent(row["carried_share"], digits=0))
        )
    return words("sentences").join(parts)


def events(figures: Figures, words: Words) -> list[dict[str, Any]]:
    """Events of segments by period, newest first; those of the first period are counted only."""
    timeline = []
    for period in reversed(figures.periods):
        rows = [row for row in figures.events if row["period"] == period]
        rows.sort(key=lambda row: _named_first(row, figures))
        if not rows:
            continue
        by_kind: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            by_kind.setdefault((row["scheme"], row["event"]), []).append(_event(row, words))
        entries = [
            {
                "scheme": words.scheme(scheme),
                "event": words(f"event_{kind}"),
                "kind": kind,
                "segments": segments,
            }
            for (scheme, kind), segments in sorted(
                by_kind.items(), key=lambda one: (place_of(figures, one[0][0]), one[0][1])
            )
        ]
        timeline.append({"period": period, "entries": entries})
    return timeline


def _named_first(row: Row, figures: Figures) -> tuple[int, str]:
    """Named segments in their own order (high before medium), discovered ones by id."""
    named = figures.named_segments(row["scheme"])
    place = named.index(row["segment_id"]) if row["segment_id"] in named else len(named)
    return place, row["segment_id"]


def _event(row: Row, words: Words) -> str:
    language_label = row["label_zh"] if words.language == "zh" else row["label"]
    details = []
    related = [one for one in row["related_segment_ids"] or [] if one != row["segment_id"]]
    if related:
        details.append(words("event_with", segments=", ".join(words.state(one) for one in related)))
    if row["overlap_share"] is not None:
        details.append(words("event_overlap", share=percent(row["overlap_share"])))
    return f"{language_label} ({', '.join(details)})" if details else str(language_label)


def models(figures: Figures, words: Words) -> list[dict[str, Any]]:
    """Version in force of each scheme, with the gates of its last fit."""
    return [
        {
            "scheme": words.scheme(row["scheme"]),
            "status": words(f"status_{row['status']}"),
            "version": row["scheme_version"] or "–",
            "fitted": row["fitted_period"] or "–",
            "customers": f"{row['customers_fitted_count']:,}"
            if row["customers_fitted_count"] is not None
            else "–",
            "is_refit": row["is_refit"],
            "gates": [*filter(None, [fitted_on_findings(row, words)]), *gates_in_words(row, words)],
        }
        for row in sorted(figures.cards, key=lambda one: place_of(figures, one["scheme"]))
    ]


def backtests(figures: Figures, words: Words) -> list[dict[str, Any]]:
    """Each forecast, and each segment that labels teach, with how every method did over all origins that it
    had not seen, as published first."""
    found = []
    kinds = {name: (words.feature(name), one.kind) for name, one in FORECASTS.items()}
    label = new_category.LABEL[words.language == "zh"]
    taught = {
        name: (f"{words.scheme(name.partition(':')[0])}: {words.state(name)}", "probability")
        for row in figures.backtests
        if ":" in (name := row["forecast"])
    }
    for name, (called, kind) in {**kinds, new_category.NAME: (label, "category"), **taught}.items():
        shown = BACKTEST_FIGURES[kind]
        rows = [row for row in figures.backtests if row["forecast"] == name]
        methods = {row["method"]: row for row in rows if row["origin_period"] == ALL_ORIGINS}
        origins = {row["origin_period"] for row in rows} - {ALL_ORIGINS}
        found.append(
            {
                "forecast": called,
                "figures": [words(one) for one in shown],
                "more": words("forecasts_more", origins=len(origins))
                if origins
                else words("forecasts_held_out" if methods else "forecasts_untried"),
                "methods": [
                    {
                        "method": METHOD_LABELS[method][words.language == "zh"],
                        "is_published": row["is_published"],
                        "figures": [number(row[one]) for one in shown],
                    }
                    for method in METHOD_LABELS
                    if (row := methods.get(method))
                ],
            }
        )
    return found


def place_of(figures: Figures, scheme: str) -> int:
    """Place of a scheme in the report."""
    return figures.schemes.index(scheme) if scheme in figures.schemes else len(figures.schemes)
