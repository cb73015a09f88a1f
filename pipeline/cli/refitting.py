"""``segments refit`` and ``segments rollback``: versions by hand.

Belongs here: remembering what is asked for, and saying what came of it. Does not belong here: fitting or
gates (``pipeline.segments``).
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import terminal
from pipeline.cli.endings import readable_errors
from pipeline.cli.terminal import say, say_error
from pipeline.cli.watching import watched
from pipeline.errors import InputError
from pipeline.models.parameters import from_json
from pipeline.settings import Project, load_project, request_refits, request_rollback
from pipeline.settings.requested import check_scheme
from pipeline.tables.zones import SCHEME_VERSIONS

ProjectOption = Annotated[Path, typer.Option("--project", help="Folder with a project.yaml, or a YAML file.")]
PeriodOption = Annotated[
    str | None, typer.Option("--period", help="Period from which it holds; default: the newest one.")
]
HERE = Path()


def refit(
    schemes: Annotated[
        list[str] | None, typer.Argument(help="Schemes to fit anew; default: every one in force.")
    ] = None,
    period: PeriodOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Fit schemes anew, beside the cadence: a challenger replaces the version in force if its gates pass."""
    with readable_errors():
        settings = load_project(project)
        at = _period(settings, period)
        wanted = schemes or [name for name, row in _in_force(settings, at).items() if row["parameters"]]
        if not wanted:
            raise InputError(
                f"refit in {at}", "no scheme is in force", "a period that was published", "segments run"
            )
        _brought(request_refits(settings, wanted, at))
        _told(settings, wanted, at)


def rollback(
    scheme: Annotated[str, typer.Argument(help="Scheme that goes back to an earlier version.")],
    to: Annotated[
        str | None, typer.Option(help="Version, such as rfm@2017-06; default: the one before that in force.")
    ] = None,
    period: PeriodOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Put an earlier version of a scheme in force again, until the next refit."""
    with readable_errors():
        settings = load_project(project)
        check_scheme(settings, scheme)
        at = _period(settings, period)
        _brought(request_rollback(settings, _version(settings, scheme, to, at), at))
        _told(settings, [scheme], at)


def _period(project: Project, period: str | None) -> str:
    """The period asked for, by default the newest that is there; it must have been fitted in before."""
    from assets.lib.platform import utc_now

    known = project.periods(utc_now())
    if period is not None and period not in known:
        raise InputError(
            f"--period {period}",
            "it is no complete period of this project",
            f"one from {project.first_period} to {known[-1]}" if known else "a project with complete periods",
            "Leave it out for the newest one.",
        )
    if not known:
        raise InputError("refit", "no period of this project is complete yet", "a complete period", "Wait.")
    return period or known[-1]


def _versions(project: Project, periods: Sequence[str]) -> list[dict[str, Any]]:
    from assets.lib.platform import Platform

    platform = Platform(project)
    with closing(platform):
        rows = platform.engine.to_arrow(platform.read(SCHEME_VERSIONS, periods)).to_pylist()
    return sorted(rows, key=lambda row: (row["period"], row["scheme"]))


def _in_force(project: Project, period: str) -> dict[str, dict[str, Any]]:
    """Rows of the versions in force in ``period``, or in the one before where it was not reached yet."""
    for one in (period, project.calendar.previous(period)):
        if rows := _versions(project, [one]):
            return {row["scheme"]: row for row in rows}
    return {}


def _version(project: Project, scheme: str, to: str | None, period: str) -> str:
    """The version to go back to: ``to``, or the one in force before the present one.

    Raises ``InputError`` for one that was not in force before ``period``.
    """
    periods = project.calendar.between(project.first_period, period)
    rows = [row for row in _versions(project, periods) if row["scheme"] == scheme and row["scheme_version"]]
    versions = list(dict.fromkeys(row["scheme_version"] for row in rows))
    now = rows[-1]["scheme_version"] if rows else None
    earlier: list[str] = [one for one in versions if one != now]
    if to is None and earlier:
        return earlier[-1]
    if to is None or to not in earlier:
        raise InputError(
            f"rollback {scheme}" + (f" --to {to}" if to else ""),
            f"{now} is in force" if to == now and now else "no such version was in force before",
            ", ".join(earlier) or "an earlier version: there is only one so far",
            "See scheme_version in the published model_cards.",
        )
    return to


def _brought(project: Project) -> None:
    """Bring the project up to date, with progress."""
    from assets.running import bring_up_to_date

    with watched(quiet=not terminal.err.is_terminal) as watch:
        bring_up_to_date(project, None, watch)


def _told(project: Project, schemes: Sequence[str], period: str) -> None:
    rows = _in_force(project, period)
    for scheme in schemes:
        row = rows[scheme]
        say(f"{scheme}: {decided(row)}")
    say_error(f"It is remembered in {project.lake_path / 'models'}: a line taken out there is taken back.")


def decided(row: dict[str, Any]) -> str:
    """What became of a fit, from a row of ``SCHEME_VERSIONS``, in words."""
    gates = from_json(row["gates"]) if row["gates"] else {}
    if gates.get("period") != row["period"]:
        return f"not fitted: {row['status'].replace('_', ' ')}"
    if gates["decision"] == "accepted":
        return f"{row['scheme_version']} is in force from {row['period']} on"
    if gates["decision"] == "rolled_back":
        instead = f", in place of {gates['from']}" if gates["from"] not in (None, gates["to"]) else ""
        return f"{gates['to']} is in force again from {row['period']} on{instead}"
    if gates["decision"] == "unchanged":
        return f"the new fit is the same as {row['scheme_version']}, which stays in force"
    failed = [
        f"{one['name'].replace('_', ' ')} {_number(one['value'])}, limit {_number(one['limit'])}"
        for one in gates["gates"]
        if not one["passed"]
    ]
    why = "; ".join(failed) or "nothing could be fitted"
    kept = row["scheme_version"]
    return f"refused ({why}); " + (f"{kept} stays in force" if kept else "none is in force")


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"
