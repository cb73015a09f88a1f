"""``segments simulate``: a company with known truth.

Belongs here: arguments and what is said at the end. Does not belong here: the company (``simulate``).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.endings import readable_errors
from pipeline.cli.terminal import say


def simulate(
    folder: Annotated[Path, typer.Argument(help="Folder to write: project.yaml and sources.")],
    customers: Annotated[int, typer.Option(help="Persons.")] = 400,
    periods: Annotated[int, typer.Option(help="Months.")] = 4,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal companies.")] = 7,
    language: Annotated[str, typer.Option(help="Of the persons: mixed, de, en, fr or zh.")] = "mixed",
    stationary: Annotated[
        bool, typer.Option("--stationary", help="Nobody changes, and no season, price or campaign does.")
    ] = False,
    draw: Annotated[
        int, typer.Option(help="Another history of the same persons: what happens to happen is drawn anew.")
    ] = 0,
    movers: Annotated[
        float, typer.Option(help="Share of persons who change for good when the last three months begin.")
    ] = 0.0,
    truth: Annotated[
        Path | None, typer.Option(help="Folder for what is true of the company; default: FOLDER-truth.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Sources as they stand at the end of this period.")
    ] = None,
    crm_url: Annotated[
        str | None,
        typer.Option(
            "--crm-url", envvar="DEMO_CRM_URL", help="Database for the CRM's tables; default: a SQLite file."
        ),
    ] = None,
) -> None:
    """Write a company that does not exist: every kind of source, and apart from them the truth."""
    with readable_errors():
        from pipeline.simulate import Plan
        from pipeline.simulate import simulate as write

        place = truth or folder.with_name(f"{folder.resolve().name}-truth")
        write(
            folder, Plan(customers, periods, seed, language, stationary, draw, movers), place, as_of, crm_url
        )
        say(
            f"{customers:,} persons over {periods} months. Next: segments run --project {folder}",
            unbroken=True,
        )
        say(f"What is true of them, for tests and benchmarks only: {place}", unbroken=True)
