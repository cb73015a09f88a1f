"""Commands of ``segments``.

Exit codes: 0 done; 1 unexpected failure (with a traceback); 2 something the user gave cannot
be used, said in one paragraph; 3 the check found problems.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.cli import views
from pipeline.cli.customer import customer_record, show_customer
from pipeline.cli.simulating import simulate
from pipeline.cli.standing import standing
from pipeline.cli.summary import manifest_of, period_of, reconciliation, rows, summary
from pipeline.errors import InputError
from pipeline.settings import Project, load_project

app = typer.Typer(
    name="segments",
    help="Scattered customer records into segments that can be trusted, explained and followed through time.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

ProjectOption = Annotated[Path, typer.Option("--project", help="Folder with a project.yaml.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
PeriodOption = Annotated[
    str | None, typer.Option("--period", help="Period; default: the newest published one.")
]
HERE = Path()
app.command()(simulate)


class ReportLanguage(Enum):
    """Languages of the report."""

    en = "en"
    zh = "zh"


@contextmanager
def readable_errors() -> Iterator[None]:
    """One paragraph and exit code 2 for what the user can mend."""
    try:
        yield
    except InputError as error:
        views.err.print(f"[bold red]Error[/bold red] {error}", highlight=False, markup=True, soft_wrap=True)
        raise typer.Exit(2) from error


@app.command()
def run(
    project: ProjectOption = HERE,
    through: Annotated[
        str | None, typer.Option(help="Last period to bring up to date; default: all.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Bring every period up to date: collect what changed, redo what is stale, publish."""
    with readable_errors():
        from assets.running import bring_up_to_date

        settings = load_project(project)
        started = time.monotonic()
        with _watched(quiet=json or not views.err.is_terminal) as watch:
            outcome = bring_up_to_date(settings, through, watch)
        found = summary(settings, outcome.periods[-1])
        seconds = round(time.monotonic() - started, 1)
        if json:
            views.as_json(
                {"collected": outcome.collected, "published": outcome.published, "seconds": seconds, **found}
            )
            return
        if not outcome.published:
            views.out.print(
                f"Nothing to do: {len(outcome.periods)} periods are published and up to date,"
                f" as of {outcome.periods[-1]}."
            )
        else:
            views.out.print(
                f"Published {len(outcome.published)} periods, {outcome.published[0]} to"
                f" {outcome.published[-1]}, in {seconds:.0f} s."
            )
        views.came_out(found, str(project))


@contextmanager
def _watched(quiet: bool) -> Iterator[Any]:
    """Progress by stage and period: a moving line on a terminal, one line a stage elsewhere."""
    if quiet:
        yield _Lines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=views.err, transient=True) as progress:
        task = progress.add_task("starting")

        def moved(table: str, periods: Sequence[str], count: int) -> None:
            progress.update(task, description=f"{_span(periods)}  {table}  {count:,} rows")

        yield moved


class _Lines:
    """One line a period, for logs: when its publication is complete, or a range is prepared."""

    def __call__(self, table: str, periods: Sequence[str], count: int) -> None:
        if table == "published" or table.startswith(("raw/", "clean/")):
            views.err.print(f"{_span(periods)}  {table}  {count:,} rows", highlight=False)


def _span(periods: Sequence[str]) -> str:
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"


@app.command()
def status(project: ProjectOption = HERE, json: JsonOption = False) -> None:
    """Which sources and periods are up to date, and what the next run would do."""
    with readable_errors():
        sources, periods, manifest = standing(load_project(project))
        if json:
            number = manifest.publication if manifest else None
            views.as_json({"sources": sources, "periods": periods, "publication": number})
            return
        views.grid("Sources", sources)
        views.grid("Periods", periods)
        is_done = all(one["state"] in ("collected", "up to date") for one in (*sources, *periods))
        views.out.print("Nothing is due." if is_done else "Run segments run to bring it up to date.")


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="period, customer, segment, findings, or rows")] = "period",
    id: Annotated[str | None, typer.Argument(help="id of the customer or segment")] = None,
    project: ProjectOption = HERE,
    period: PeriodOption = None,
    json: JsonOption = False,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show a customer's identifiers, from the restricted zone.")
    ] = False,
) -> None:
    """Show a published period, a customer, a segment's portrait, findings, or row accounts.

    A customer is shown with its accounts and links, surviving values, events and segments.
    """
    with readable_errors():
        settings = load_project(project)
        manifest = manifest_of(settings)
        if what == "period":
            found = summary(settings, period)
            views.as_json(found) if json else views.came_out(found, str(project))
            return
        if what == "customer" and id:
            record = customer_record(settings, id, reveal)
            views.as_json(record) if json else show_customer(record, reveal)
            return
        title, content, columns = _shown(settings, what, id, period_of(manifest, period))
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
            ["severity", "subject", "measure", "value", "q_value", "history_status", "explanation"],
        )
    if what == "segment" and id:
        found = [one for one in rows(project, "segment_portraits", period) if one["segment_id"] == id]
        columns = [
            "rank",
            "feature",
            "mean_value",
            "population_mean_value",
            "standardized_difference",
            "previous_mean_value",
            "known_share",
        ]
        return (
            f"Segment {id} in {period}",
            sorted(_known(found, what, id), key=lambda one: one["rank"]),
            columns,
        )
    raise InputError(
        f"segments show {what}",
        "that is not something to show",
        "period, rows, findings, customer ID, or segment ID",
        "See segments show --help.",
    )


def _known(found: list[dict[str, Any]], what: str, id: str) -> list[dict[str, Any]]:
    if not found:
        raise InputError(
            f"{what} {id}",
            f"no published {what} has this id",
            f"the id of a {what}",
            "Look it up in the published tables.",
        )
    return found


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
        chosen = period_of(manifest_of(settings), period)
        words = language.value if language else settings.report.language
        if to is None and period is None and words == settings.report.language:
            views.out.print(str(settings.lake_path / "published" / "report.html"), soft_wrap=True)
            return
        from pipeline.cli.checking import write_report

        target = to or Path(f"report_{chosen}_{words}.html")
        write_report(settings, words, chosen, target)
        views.out.print(str(target), soft_wrap=True)


@app.command()
def docs(folder: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("docs")) -> None:
    """Write the data dictionary and the list of entities, generated from the contracts."""
    from pipeline.publish.dictionary import dictionary_text
    from pipeline.tables.entities.document import entities_text

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data_dictionary.md").write_text(dictionary_text(), encoding="utf-8")
    (folder / "entities.md").write_text(entities_text(), encoding="utf-8")


@app.command()
def ui(project: ProjectOption = HERE, port: int = 3000, host: str = "127.0.0.1") -> None:
    """Open the Dagster UI of the project."""
    with readable_errors():
        import assets
        from assets.lib.instance import instance_folder

        settings = load_project(project)
        os.environ["DAGSTER_HOME"] = str(instance_folder(settings))
        os.environ["SEGMENTS_PROJECT"] = str(settings.folder)
        workspace = Path(assets.__file__).parents[1] / "workspace.yaml"
        command = str(Path(sys.executable).parent / "dg")
        views.err.print(f"Dagster UI of {settings.project}: http://{host}:{port}")
        os.execv(command, [command, "dev", "-w", str(workspace), "-p", str(port), "-h", host])
