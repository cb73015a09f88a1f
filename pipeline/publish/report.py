"""The report: one self-contained HTML page for readers who must see what changed, why, and whether to act.

Belongs here: which sections there are and what stands in them. Does not belong here:
numbers (``figures``), charts (``charts``), words (``texts``), layout (``templates``).

The page holds aggregates only, never a customer's id, and loads nothing from anywhere.
Equal published values give an equal page.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.engine import Engine
from pipeline.publish import charts
from pipeline.publish.figures import QUIET_CHANGE, Figures, Row, load, share
from pipeline.publish.formats import percent, points, signed
from pipeline.publish.listings import backtests, events, findings, models
from pipeline.publish.lives import lives
from pipeline.publish.manifest import Manifest
from pipeline.publish.overlap_section import together
from pipeline.publish.overview import overview, quality
from pipeline.publish.plan_section import plan_section
from pipeline.publish.scheme_section import scheme_section
from pipeline.publish.texts import Language, Words
from pipeline.publish.verdicts import SEVERE, Outcome, ill
from pipeline.settings import Project


def report(
    engine: Engine,
    folder: Path,
    manifest: Manifest,
    project: Project,
    language: Language,
    period: str | None = None,
) -> str:
    """HTML page on ``period`` (default: the last published) of the publication in ``folder``."""
    period = period or max(manifest.periods)
    figures = load(engine, folder, manifest, period, project.every_scheme, project.catalogue)
    labels = figures.labels(language)
    words = Words(language, project.currency, labels, project.every_scheme, project.readable)
    with charts.unchecked():
        over_time, sources = overview(figures, words), quality(figures, words)
        schemes = [scheme_section(figures, words, one) for one in figures.schemes]
        register, at_once = lives(figures, words), together(figures, words)
    of_schemes = (chart for one in schemes for chart in one["charts"])
    shown = (*over_time, *of_schemes, *at_once, *register, *sources)
    now, before = figures.totals(period), figures.totals(figures.previous) if figures.previous else None
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            w=words,
            title=project.title,
            period=period,
            periods=figures.periods,
            revision=manifest.periods[period].revision,
            as_of=manifest.periods[period].as_of.astimezone(ZoneInfo(project.time_zone)).strftime("%Y-%m-%d"),
            time_zone=project.time_zone,
            verdict=_verdict(figures.outcome(period), before is None, words),
            summary=_summary(figures, manifest, now, before, words),
            cards=_cards(now, before, words),
            findings=findings(figures, words),
            history_short=any(
                row["history_status"] == "history_short" and row["p_value"] is not None
                for row in figures.findings
                if row["period"] == period
            ),
            quiet=figures.outcome(period).quiet(words),
            overview=over_time,
            schemes=schemes,
            at_once=at_once,
            plan=plan_section(figures, words),
            events=events(figures, words),
            register=register,
            quality=sources,
            quality_rows=[row for row in figures.quality if row["period"] == period],
            models=models(figures, words),
            forecasts=backtests(figures, words),
            specifications=_script_json({chart.id: chart.specification for chart in shown}),
            vega=Markup(_vega()),
        )
    )


def _verdict(found: Outcome, is_first: bool, words: Words) -> dict[str, str]:
    if is_first and found.severity not in SEVERE:
        return {"level": "unknown", "line": words("verdict_first"), "more": words("verdict_first_more")}
    return {"level": found.severity, "line": found.headline(words), "more": found.quiet(words)}


def _summary(figures: Figures, manifest: Manifest, now: Row, before: Row | None, words: Words) -> list[str]:
    """Whether the sources are whole; what changed and why; in sentences."""
    found = figures.outcome(figures.period)
    sentences = _sources(figures.health_of(figures.period), words)
    if before is None:
        sentences.append(words("short_population_first", population=f"{now['population']:,}"))
    else:
        sentences.append(
            words(
                "short_population",
                population=f"{now['population']:,}",
                change=signed(now["population"] - before["population"]),
                **{key: f"{now[key]:,}" for key in ("entered", "returned", "left")},
            )
        )
        causes = [
            words(
                "short_cause",
                label=words(f"cause_{cause}"),
                share=percent(share(count, now["moved_count"])),
            )
            for cause, count in sorted(now["moved"].items(), key=lambda one: -one[1])
            if count
        ]
        joined = words("list").join(causes)
        sentences.append(
            words("short_moves", share=percent(now["moved_share"]), causes=joined)
            if causes
            else words("short_no_moves")
        )
        if found.sources and now["moved_count"]:
            sentences.append(found.doubt(words))
    refits = [words.scheme(row["scheme"]) for row in figures.cards if row["is_refit"]]
    if refits:
        sentences.append(words("short_refit", schemes=words("list").join(refits)))
    totals = {scheme: figures.scheme_totals(scheme) for scheme in figures.schemes}
    scheme, largest = max(totals.items(), key=lambda one: abs(one[1]["largest_change"]), default=("", {}))
    if before and largest and abs(largest["largest_change"]) >= QUIET_CHANGE:
        sentences.append(
            words(
                "short_mix",
                segment=words.state(largest["largest"]),
                scheme=words.scheme(scheme),
                before=percent(largest["largest_before"]),
                now=percent(largest["largest_now"]),
            )
        )
    sentences.append(
        words(
            "short_quarantine",
            share=percent(now["quarantined_share"], 2),
            rows=f"{now['rows_quarantined']:,}",
            read=f"{now['rows_read']:,}",
        )
    )
    if manifest.periods[figures.period].revision > 1:
        sentences.append(words("short_restated", revision=manifest.periods[figures.period].revision))
    return sentences


def _sources(health: list[Row], words: Words) -> list[str]:
    """What is wrong with each source that is not whole; else of how many it is known that they are."""
    zh = "_zh" if words.language == "zh" else ""
    told = [
        words(
            f"source_{row['source_state']}",
            source=row["source"],
            since=row["since_period"],
            found=row[f"explanation{zh}"],
            to_do=row[f"to_do{zh}"],
        )
        for row in ill(health)
    ]
    whole = sum(row["source_state"] == "healthy" for row in health)
    if told or not health:
        return told
    return [
        words("sources_whole" if whole == len(health) else "sources_known", whole=whole, count=len(health))
    ]


def _cards(now: Row, before: Row | None, words: Words) -> list[dict[str, Any]]:
    def card(
        label: str, value: str, change: str | None, note: str = "", parts: Iterable[tuple[str, str, str]] = ()
    ) -> dict[str, Any]:
        change = words("no_previous") if before is None else words("previous_short", value=change)
        return {"label": label, "value": value, "change": change, "note": note, "parts": list(parts)}

    then: Row = before or now
    notes = {
        key: words(of_which, count=f"{now[of_which]:,}")
        for key, of_which in (("entered", "entered_by_split"), ("left", "left_by_merge"))
        if now[of_which]
    }
    cards = [
        card(words(key), f"{now[key]:,}", f"{then[key]:,}", notes.get(key, ""))
        for key in ("population", "entered", "returned", "left")
    ]
    causes = [
        (words(f"cause_{cause}"), charts.FLOW_COLOURS[cause], percent(value))
        for cause, value in now["moved_shares"].items()
        if value
    ]
    findings = words("alarms_note", major=now["major"], minor=now["minor"])
    return [
        *cards,
        card(
            words("moved_share"),
            percent(now["moved_share"]),
            percent(then["moved_share"]),
            words("moved_note"),
            causes,
        ),
        card(words("alarms"), f"{now['major'] + now['minor']}", f"{then['major'] + then['minor']}", findings),
        card(
            words("quarantine"),
            percent(now["quarantined_share"], 2),
            percent(then["quarantined_share"], 2),
            words("quarantine_note"),
        ),
    ]


def _environment() -> Environment:
    templates = Environment(
        loader=PackageLoader("pipeline.publish"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"percent": percent, "signed": signed, "points": points}
    return templates


def _script_json(value: object) -> Markup:
    """JSON that may stand inside a script element."""
    return Markup(json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


@lru_cache(maxsize=1)
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    return resources.files("pipeline.publish").joinpath("static/vega.js").read_text(encoding="utf-8")
