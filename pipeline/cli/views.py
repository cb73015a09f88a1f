"""How the command line shows things: tables for people, JSON for programs.

Belongs here: layout of what ``summary`` and the stages found. Does not belong here: queries, or
how text reaches a terminal (``terminal``).
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipeline.cli.terminal import Grid, say, say_document, styled

#: Width of the longest command of "Look further", without the folder.
_COMMAND = len("segments show customer ID --project ")
#: Columns beside each other that a terminal of 110 characters shows without breaking words, ten each.
_MOST_COLUMNS = 10
#: Rows shown where there are more columns.
_ROWS_BESIDE = 3
_SEVERITY_STYLE = {"major": "bold red", "minor": "yellow"}


def as_json(value: Any) -> None:
    """Print ``value`` as JSON, and nothing else."""
    say_document(json.dumps(value, default=plain_value, ensure_ascii=False, indent=2))


def plain_value(value: Any) -> Any:
    """What JSON has no form for, in one: decimals as numbers, times as ISO 8601."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def grid(title: str, rows: Sequence[dict[str, Any]], columns: Sequence[str] | None = None) -> None:
    """Print rows as a table; numbers to the right."""
    if not rows:
        say(styled(title, "bold"), ": none")
        return
    names = list(columns or rows[0])
    table = Grid(title)
    for name in names:
        is_number = any(isinstance(row[name], int | float | Decimal) for row in rows)
        table.column(name.replace("_", " "), is_number=is_number, folds=True)
    for row in rows:
        table.row([_text(name, row[name]) for name in names])
    table.show()


def checked(found: dict[str, Any]) -> None:
    """What ``segments check`` found: each source, its rows, then notes, warnings and problems."""
    for source in found["sources"]:
        facts = [{"what": key, "found": value} for key, value in source.items() if key != "sample"]
        grid(f"Source {source['source']}", facts)
        grid("Mapped rows, identifiers masked", readable(source["sample"]))
    grid("Notes", [{"note": one} for one in found["notes"]])
    _warnings(found["warnings"])
    grid("Problems", [{"problem": one} for one in found["problems"]])


def readable(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """``rows`` as they are, or, with more columns than a terminal has room for, a line a column with the
    values of the first of them beside it."""
    if not rows or len(rows[0]) <= _MOST_COLUMNS:
        return rows
    some = list(enumerate(rows[:_ROWS_BESIDE], 1))
    return [{"column": name, **{f"row {at}": row[name] for at, row in some}} for name in rows[0]]


def _warnings(found: Sequence[dict[str, Any]]) -> None:
    """Each warning in words, with the lines that would mend it, to be copied."""
    if not found:
        say(styled("Warnings", "bold"), ": none")
        return
    say(styled("Warnings", "bold"), f": {len(found)}; each is explained in docs/check.md")
    for one in found:
        say()
        say("  ", styled(one["code"], "yellow"), f"  {', '.join(one['sources'])}")
        for name in ("seen", "why", "remedy"):
            if one[name]:
                say(f"    {one[name].removesuffix('.')}.")
        for line in one["yaml"].splitlines():
            say(f"      {line}", unbroken=True)
    say()


def _text(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.endswith("share") and isinstance(value, float):
        return f"{value:.1%}"
    if name == "change" and isinstance(value, int):
        return f"{value:+,}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Decimal):
        return f"{value:,.4g}"
    return str(value)


def came_out(found: dict[str, Any], folder: str) -> None:
    """What a period's publication holds, and where to look further."""
    say()
    say(
        styled(f"{found['project']} {found['period']}", "bold"),
        f", revision {found['revision']}: {found['population']:,} customers in the population",
    )
    sources(found["sources"])
    _segments(found["segments"])
    moves(found["moves"], found["moves_doubt"])
    findings(found["verdict"], found["quiet"], found["findings"])
    rows = found["rows"]
    excluded = f" + {rows['rows_excluded_count']:,} excluded" if rows["rows_excluded_count"] else ""
    say(
        styled("Rows", "bold"),
        f" of the period: {rows['rows_read_count']:,} read = {rows['rows_kept_count']:,} kept"
        f" + {rows['duplicates_dropped_count']:,} duplicates + {rows['rows_withdrawn_count']:,} withdrawn"
        f" + {rows['rows_quarantined_count']:,} quarantined{excluded} ({rows['late_rows_count']:,} late)",
    )
    happened = [f"{count:,} {kind}" for kind, count in found["identity"].items() if count]
    say(styled("Customer ids", "bold"), f" of the period: {', '.join(happened) or 'nothing happened'}")
    for one in found["restatements"]:
        say(
            styled("Restated", "bold"),
            f" as revision {one['revision']} ({one['cause'].replace('_', ' ')}):"
            f" {one['customers']:,} customers are in another segment; who: lake/history/restatements",
        )
    say()
    say("Look further:")
    for command, what in (
        ("show customer ID", "one customer, every period, with reasons"),
        ("show rows", "rows from source to publication"),
        ("report", "the HTML report"),
        ("ui", "runs, checks and plots in the Dagster UI"),
    ):
        told = f"segments {command} --project {folder}"
        say(f"  {told:<{len(folder) + _COMMAND}}  {what}", unbroken=True)


def _segments(segments: Sequence[dict[str, Any]]) -> None:
    table = Grid("Segments")
    for name in ("scheme", "segment"):
        table.column(name)
    for name in ("customers", "share", "change", "moved in", "moved out"):
        table.column(name, is_number=True)
    previous = None
    for one in segments:
        if previous not in (None, one["scheme"]):
            table.section()
        table.row(
            [
                one["scheme_label"] if one["scheme"] != previous else "",
                one["label"],
                f"{one['customers']:,}",
                f"{one['share']:.1%}",
                f"{one['change']:+,}",
                f"{one['moved_in']:,}",
                f"{one['moved_out']:,}",
            ]
        )
        previous = one["scheme"]
    table.show()


def moves(by_cause: Sequence[dict[str, Any]], doubt: str) -> None:
    """Moves of each scheme by cause, and why some are not called behaviour, where ``doubt`` says so."""
    renamed = {"scheme_label": "scheme", "data": "faulty data"}
    shown = [
        {renamed.get(name, name): value for name, value in one.items() if name != "scheme"}
        for one in by_cause
    ]
    grid("Moves by cause", shown)
    if doubt:
        say(styled("Cause of moves", "bold"), f": {doubt}")


def sources(found: Sequence[dict[str, Any]]) -> None:
    """Sources that are not whole: what is wrong, since when, what to do."""
    for one in found:
        style = _SEVERITY_STYLE["major" if one["source_state"] == "broken" else "minor"]
        say(
            styled(f"Source {one['source']}", "bold"),
            " is ",
            styled(one["source_state"], style),
            f" since {one['since_period']}. {one['explanation']} {one['to_do']}",
        )


def findings(verdict: str, quiet: str, found: Sequence[dict[str, Any]]) -> None:
    """The verdict of a period, what is known of the measurements that are no findings, the findings."""
    say(styled("Findings", "bold"), f": {verdict}")
    for one in sorted(found, key=lambda each: each["severity"]):
        say("  ", styled(one["severity"], _SEVERITY_STYLE[one["severity"]]), f" {one['explanation']}")
    if quiet:
        say(f"  {'further measurements' if found else 'measurements'}: {quiet}")
