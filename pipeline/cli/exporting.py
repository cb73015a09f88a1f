"""``segments export``: a segment, a scheme or moves under the company's own numbers.

Belongs here: arguments, and what is said at the end. Does not belong here: reading the lake and the
publication for it (``takeout``), rows, consents and destinations (``pipeline.export``).
"""

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import views
from pipeline.cli.endings import readable_errors
from pipeline.cli.terminal import say, say_error, styled
from pipeline.errors import InputError
from pipeline.settings import Project, load_project, with_environment


class Language(Enum):
    """Languages of labels."""

    en = "en"
    zh = "zh"


def export(
    project: Annotated[Path, typer.Option("--project", help="Folder with a project.yaml.")] = Path(),
    scheme: Annotated[str | None, typer.Option(help="Scheme, as rfm: all its assignments.")] = None,
    segment: Annotated[
        str | None, typer.Option(help="Only this segment: champions, or rfm:champions.")
    ] = None,
    moves: Annotated[
        bool, typer.Option("--moves", help="Who changed segment, instead of who is in it.")
    ] = False,
    cause: Annotated[str | None, typer.Option(help="Only moves with this cause.")] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="Period; default: the newest published one.")
    ] = None,
    ids: Annotated[
        str | None,
        typer.Option(help="Account space (or source) whose numbers to give, where there are several."),
    ] = None,
    consent: Annotated[
        str | None,
        typer.Option(help="Purpose that customers must consent to; none: whatever they consented to."),
    ] = None,
    identifiers: Annotated[
        str | None, typer.Option("--with", help="Identifiers to add, as email,phone; needs --consent.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(help="File ending in .csv or .parquet, or the URL of a database; may have ${NAME}."),
    ] = None,
    table: Annotated[str | None, typer.Option(help="Table of the database: NAME or SCHEMA.NAME.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over the file, or fill an exported table anew.")
    ] = False,
    language: Annotated[Language | None, typer.Option(help="Of labels; default: the project's.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Show all exports so far, and export nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Give a segment, a scheme or moves back under the company's own numbers, to a file or a database.

    Every export is recorded (segments export --log). docs/export.md tells whose numbers are given, which
    consents count, and how a spreadsheet is kept from computing what is in a file.
    """
    with readable_errors():
        settings = load_project(project)
        if log:
            show_exports(settings, json)
            return
        from pipeline.cli.takeout import take_out
        from pipeline.export.wanted import Options

        if to is None:
            raise InputError(
                "segments export",
                "it is not said where to",
                "--to with a file ending in .csv or .parquet, or the URL of a database",
                "For instance --to champions.csv.",
            )
        words = language.value if language else settings.report.language
        options = Options(scheme, segment, moves, cause, ids, consent, identifiers, words)
        place = with_environment(to, "--to")
        outcome = take_out(settings, options, period, place, table, replace)
        if json:
            views.as_json(outcome)
        else:
            _came_out(outcome)


def show_exports(project: Project, json: bool) -> None:
    """Print every export so far, newest first; they stand in the restricted zone."""
    from pipeline.engine import Lake
    from pipeline.export import exports_of

    found = exports_of(Lake(project.lake_path)).to_pylist()
    if json:
        views.as_json(found)
        return
    shown = [
        {
            "begun": f"{one['begun_at']:%Y-%m-%d %H:%M} UTC",
            "by": one["exported_by"],
            "what": f"{_what(one)} of {one['of_period']}, publication {one['of_publication']}",
            "numbers of": ", ".join([one["account_space"], *one["identifiers"]]),
            "consent to": one["consent_purpose"],
            "rows": one["rows_count"],
            "where to": one["destination"],
            "status": one["export_status"],
        }
        for one in found
    ]
    views.grid("Exports", shown)


def _what(row: dict[str, Any]) -> str:
    part = str(row["asked_segment_id"] or row["asked_scheme"] or "every scheme")
    if row["exported"] == "assignments":
        return part
    return f"moves {part}{' by ' + row['asked_cause'] if row['asked_cause'] else ''}"


def _came_out(found: dict[str, Any]) -> None:
    say(
        styled("Exported", "bold"),
        f" {found['rows_count']:,} rows of {found['customers_count']:,} customers ({_what(found)},"
        f" {found['of_period']}, revision {found['of_revision']} in publication {found['of_publication']})"
        f" under numbers of {found['account_space']} to {found['destination']}",
        unbroken=True,
    )
    left_out = [
        f"{found[name]:,} {words}"
        for name, words in (
            ("without_number_count", f"have no number of {found['account_space']}"),
            ("no_longer_known_count", "are no longer known"),
            ("without_consent_count", f"do not consent to {found['consent_purpose']}"),
        )
        if found[name]
    ]
    if left_out:
        say(f"Not exported of {found['asked_customers_count']:,} customers: {', '.join(left_out)}.")
    if found["consents_through"]:
        say(
            f"Consents are known through {found['consents_through']}: later decisions count after the next"
            " segments run that reads them."
        )
    if unreadable := found["consents_unreadable_count"]:
        decisions = "decision" if unreadable == 1 else "decisions"
        say(f"{unreadable:,} {decisions} on consent could not be read: see lake/quarantine/consents.")
    if found["identifiers"]:
        say_error("The export holds identifiers: keep it as the law and the purpose ask for.")
