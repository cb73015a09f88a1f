"""Commands of ``segments``.

Exit codes: 0 done; 1 unexpected failure (with a traceback); 2 something the user gave cannot
be used, said in one paragraph; 3 the check found problems; 128 + the signal when it was asked
to end (Ctrl-C: 130).
"""

import time
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import terminal, views
from pipeline.cli.asking import sql
from pipeline.cli.customer import customer_record, show_customer
from pipeline.cli.drafting import init
from pipeline.cli.endings import FOUND, is_found, readable_errors
from pipeline.cli.exporting import export, show_exports
from pipeline.cli.notifying import notify
from pipeline.cli.planned import LISTED_ACTIONS, action_listing
from pipeline.cli.portrayed import LISTED, listing, overlap, segment_record, show_segment
from pipeline.cli.refitting import refit, rollback
from pipeline.cli.ruled import rules_record
from pipeline.cli.schema import schema
from pipeline.cli.simulating import simulate
from pipeline.cli.standing import standing
from pipeline.cli.summary import manifest_of, period_of, reconciliation, rows, summary
from pipeline.cli.terminal import say
from pipeline.cli.ui import ui
from pipeline.cli.watching import watched
from pipeline.errors import InputError
from pipeline.settings import Project, load_project
from pipeline.settings import accept as accepted

app = typer.Typer(
    name="segments",
    help="Scattered customer records into segments that can be trusted, explained and followed through time.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

ProjectOption = Annotated[Path, typer.Option("--project", help="Folder with a project.yaml, or a YAML file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
PeriodOption = Annotated[
    str | None, typer.Option("--period", help="Period; default: the newest published one.")
]
HERE = Path()
app.command()(init)
app.command()(simulate)
app.command()(refit)
app.command()(rollback)
app.command()(export)
app.command()(sql)
app.command()(schema)
app.command()(notify)
app.command()(ui)


class RulesAs(Enum):
    """What rules of a taught scheme are written as."""

    words = "words"
    sql = "sql"
    yaml = "yaml"


class FailOn(Enum):
    """Severity of findings with which a run ends with an exit code of its own."""

    minor = "minor"
    major = "major"


class ReportLanguage(Enum):
    """Languages of the report."""

    en = "en"
    zh = "zh"


@app.command()
def run(
    project: ProjectOption = HERE,
    through: Annotated[
        str | None, typer.Option(help="Last period to bring up to date; default: all.")
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Publish a period of a source that is not whole as it is: source:period."),
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            help="End with exit code 4 when the newest period is new and has such a finding, or a source "
            "that is not whole (suspect: minor, broken: major)."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Bring every period up to date: collect what changed, redo what is stale, publish."""
    with readable_errors():
        from assets.running import bring_up_to_date

        settings = load_project(project)
        if accept:
            settings = accepted(settings, accept)
        started = time.monotonic()
        with watched(quiet=json or not terminal.err.is_terminal) as watch:
            outcome = bring_up_to_date(settings, through, watch)
        found = summary(settings, outcome.periods[-1])
        seconds = round(time.monotonic() - started, 1)
        if json:
            views.as_json(
                {"collected": outcome.collected, "published": outcome.published, "seconds": seconds, **found}
            )
        elif not outcome.published:
            say(
                f"Nothing to do: {len(outcome.periods)} periods are published and up to date,"
                f" as of {outcome.periods[-1]}."
            )
        else:
            say(
                f"Published {len(outcome.published)} periods, {outcome.published[0]} to"
                f" {outcome.published[-1]}, in {seconds:.0f} s."
            )
        if not json:
            views.came_out(found, str(project))
        is_new = found["period"] in outcome.published
        if fail_on and is_new and is_found(found["findings"], found["sources"], fail_on.value):
            raise typer.Exit(FOUND)


@app.command()
def status(
    project: ProjectOption = HERE,
    json: JsonOption = False,
    why: Annotated[
        bool, typer.Option("--why", help="Name what changed, for every period that is due.")
    ] = False,
) -> None:
    """Which sources and periods are up to date, and what the next run would do."""
    with readable_errors():
        sources, periods, manifest = standing(load_project(project))
        if json:
            number = manifest.publication if manifest else None
            views.as_json({"sources": sources, "periods": periods, "publication": number})
            return
        views.grid("Sources", sources)
        shown = ("period", "state", "revision", "rows")
        views.grid("Periods", [{name: one[name] for name in shown} for one in periods])
        if why:
            due = [{"period": one["period"], "why": reason} for one in periods for reason in one["why"]]
            views.grid("Why", due)
        is_done = all(one["state"] in ("collected", "up to date") for one in (*sources, *periods))
        say("Nothing is due." if is_done else "Run segments run to bring it up to date.")


@app.command()
def show(
    what: Annotated[
        str,
        typer.Argument(
            help="period, segments, segment, overlap, rules, plan, customer, findings, rows, or exports"
        ),
    ] = "period",
    id: Annotated[
        str | None,
        typer.Argument(
            help="id or name of the segment; name of the scheme (rules); of the customer: its id, an "
            "account's, or a source's number"
        ),
    ] = None,
    project: ProjectOption = HERE,
    period: PeriodOption = None,
    json: JsonOption = False,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show a customer's identifiers, from the restricted zone.")
    ] = False,
    rules_as: Annotated[
        RulesAs,
        typer.Option("--as", help="Rules of a taught scheme in words, as SQL, or as a scheme in YAML."),
    ] = RulesAs.words,
) -> None:
    """Show a published period, its segments, one of them whole, where its customers are in other schemes
    (overlap), the rules of a scheme that labels taught, the action plan, a customer, findings, row accounts,
    or exports.

    A customer is shown with its accounts and links, surviving values, events, segments, and why it is in
    them: what speaks for each and against it, and the smallest change that would move it. It is found
    by customer_id, account_id, or the company's own number (13085, or shop:13085).
    """
    with readable_errors():
        settings = load_project(project)
        if what == "exports":
            show_exports(settings, json)
            return
        manifest = manifest_of(settings)
        if what == "period":
            found = summary(settings, period)
            views.as_json(found) if json else views.came_out(found, str(project))
            return
        if what == "customer" and id:
            record = customer_record(settings, id, reveal)
            views.as_json(record) if json else show_customer(record, reveal, settings.report.language)
            return
        when = period_of(manifest, period)
        if what == "rules" and id:
            told = rules_record(settings, id, when)
            views.as_json(told) if json else say(told[rules_as.value], unbroken=True)
            return
        if what == "segment" and id:
            segment = segment_record(settings, id, when)
            views.as_json(segment) if json else show_segment(segment)
            return
        title, content, columns = _shown(settings, what, id, when)
        views.as_json(content) if json else views.grid(title, content, columns)


def _shown(
    project: Project, what: str, id: str | None, period: str
) -> tuple[str, list[dict[str, Any]], list[str] | None]:
    """Title, rows and columns of what was asked for."""
    if what == "rows":
        return (
            "Rows from source to publication, all published periods; rows outside of every period",
            reconciliation(project),
            None,
        )
    if what == "findings":
        found = rows(project, "drift_findings", period)
        return (
            f"Findings of {period}",
            found,
            ["verdict", "subject", "measure", "value", "q_value", "history_status", "explanation"],
        )
    if what == "segments":
        return f"Segments in {period}", listing(project, period), list(LISTED)
    if what == "plan":
        return f"Action plan after {period}", action_listing(project, period), list(LISTED_ACTIONS)
    if what == "overlap" and id:
        return f"Where customers of {id} are in other schemes, {period}", overlap(project, id, period), None
    raise InputError(
        f"segments show {what}",
        "it is not said which"
        if what in ("customer", "segment", "overlap", "rules")
        else "that is not something to show",
        "period, segments, plan, rows, findings, exports, customer ID, segment NAME, overlap NAME, or rules"
        " SCHEME",
        "See segments show --help.",
    )


@app.command()
def check(project: ProjectOption = HERE, json: JsonOption = False) -> None:
    """Validate the settings, try every source, verify the publication's checksums."""
    with readable_errors():
        from pipeline.cli.checking import checked

        found = checked(load_project(project))
        if json:
            views.as_json(found)
        else:
            views.checked(found)
        if found["problems"]:
            raise typer.Exit(3)


@app.command()
def report(
    project: ProjectOption = HERE,
    period: PeriodOption = None,
    language: Annotated[ReportLanguage | None, typer.Option(help="Default: the project's.")] = None,
    to: Annotated[
        Path | None, typer.Option(help="File to write; default: say where the report stands.")
    ] = None,
) -> None:
    """Write the HTML report of a published period, or say where that of the newest one stands."""
    with readable_errors():
        settings = load_project(project)
        manifest = manifest_of(settings)
        chosen = period_of(manifest, period)
        words = language.value if language else settings.report.language
        usual = to is None and period is None and words == settings.report.language
        if usual and not manifest.is_report_earlier:
            say(str(settings.lake_path / "published" / "report.html"), unbroken=True)
            return
        from pipeline.cli.checking import write_report

        target = to or Path(f"report_{chosen}_{words}.html")
        write_report(settings, words, chosen, target)
        say(str(target), unbroken=True)


@app.command()
def docs(folder: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("docs")) -> None:
    """Write the data dictionary, the list of entities and the JSON Schema of settings, all generated."""
    from pipeline.publish.dictionary import dictionary_text
    from pipeline.settings.json_schema import schema_text
    from pipeline.tables.entities.document import entities_text

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data_dictionary.md").write_text(
        dictionary_text(with_texts=True, with_actions=True), encoding="utf-8"
    )
    (folder / "entities.md").write_text(entities_text(), encoding="utf-8")
    (folder / "project.schema.json").write_text(schema_text(), encoding="utf-8")
