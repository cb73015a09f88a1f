"""Bringing a project up to date through Dagster: collect what changed, redo what is due.

Belongs here: which jobs run over which periods, and turning a failed run into one readable
error. Does not belong here: what is due (``assets.lib.lineage``), or printing.
"""

import gc
import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from dagster import DagsterExecutionInterruptedError, DagsterInstance, Definitions

from assets.definitions import build_defs
from assets.defs.automation import JOBS
from assets.lib.collected_state import remember
from assets.lib.collections import planned, spans
from assets.lib.instance import HOST_TAG, PROCESS_TAG, PROJECT_TAG, key_prefix, open_instance
from assets.lib.lineage import Lineage
from assets.lib.origin import ended_when_asked, location_name, tied
from assets.lib.platform import Platform, Progress, silent, utc_now
from assets.lib.retention import forget_runs
from assets.lib.run_lock import alone
from assets.lib.telling import WithheldError, told_of_its_end
from pipeline.engine import clear_dead, ends_tidily
from pipeline.errors import InputError
from pipeline.health import withheld
from pipeline.ids.secret import id_key
from pipeline.lineage.plan import batches, consecutive
from pipeline.settings import Project
from pipeline.tables.health import SOURCE_HEALTH
from pipeline.tables.zones import GUARD_TRIPS

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
#: Customers named in an error, at most.
_NAMED = 5
#: How many new objects Python looks through for cycles at a time, in place of 700.
_COLLECTED_AT_ONCE = 20_000
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Outcome:
    """What a run did: sources collected, periods published (none when all was up to date)."""

    periods: list[str]
    collected: list[str]
    published: list[str]


def bring_up_to_date(
    project: Project,
    through: str | None = None,
    progress: Progress = silent,
    now: Callable[[], datetime] = utc_now,
) -> Outcome:
    """Collect, prepare and publish every complete period up to ``through`` (none: all).

    Does nothing twice: sources and periods whose state has not changed are left alone. Raises
    ``InputError`` when something cannot be done; what was published before stays published.
    """
    with told_of_its_end(project, now):
        return _brought(project, through, progress, now)


def _brought(
    project: Project, through: str | None, progress: Progress, now: Callable[[], datetime]
) -> Outcome:
    periods = _due(project, through, now())
    platform = Platform(project, now, progress, prefix=key_prefix(project))
    id_key(project, platform.lake)  # a secret that is lost or another one must stop the run before it writes
    with (
        ends_tidily(),
        alone(project, now()),
        closing(platform),
        _seldom_collecting(),
        open_instance(project, is_alone=True) as instance,
    ):
        _clear_partial_files(project.lake_path)
        clear_dead(platform.lake.scratch)
        runner = _Runner(build_defs(project, platform), tied(instance, location_name(project)), platform)
        collected = _collect(platform, runner, periods)
        published = _redo(runner, periods)
        if published:
            forget_runs(instance, project, now())
    return Outcome(periods, collected, published)


def _collect(platform: Platform, runner: "_Runner", periods: Sequence[str]) -> list[str]:
    """Collect what is due; sources that wrote something. All are read before any is written."""
    platform.planned = planned(platform, periods)
    try:
        for span, names in spans(platform.planned, periods).items():
            runner.run("collect", span, [f"raw/{name}" for name in names])
        for name, one in platform.planned.items():
            remember(platform.lake, name, one.state)
        return sorted(name for name, one in platform.planned.items() if one.periods)
    finally:
        platform.planned = {}


def _redo(runner: "_Runner", periods: Sequence[str]) -> list[str]:
    """Make what is due, in order; periods that were published.

    What is made anew may come out as it was: then nothing that follows from it is made. The report is drawn
    once, by the last publication; by one of its own where that was not known beforehand.
    """
    _rounds(runner, "prepare", periods)
    published = []
    due = _lineage(runner.platform).plan(periods).periods
    for period in due:
        runner.platform.is_followed = period != due[-1]
        if _rounds(runner, "segment", periods, [period]):
            published.append(period)
    if published:
        _rounds(runner, "segment", periods, periods[-1:])
    return published


def _rounds(runner: "_Runner", job: str, periods: Sequence[str], of: Sequence[str] | None = None) -> bool:
    """Runs of ``job`` until nothing of it is due any more; whether they published."""
    lineage, groups = _lineage(runner.platform), JOBS[job][0]
    done: set[tuple[str, str]] = set()
    published = False
    while (found := lineage.plan(periods, of, groups)).due:
        ready = found.ready(done)
        if not ready:
            left = found.due[0]
            raise RuntimeError(f"{left.stage} of {left.period} stays due: {'; '.join(lineage.why(left))}")
        for some, stages in batches(ready, lineage.stages.order):
            tables = [table for one in lineage.stages.order if one.name in stages for table in one.tables]
            for span in consecutive(some, periods):
                runner.run(job, span, tables)
        done |= {(one.stage, one.period) for one in ready}
        published = published or any(map(lineage.is_publication, ready))
    return published


def _lineage(platform: Platform) -> Lineage:
    if platform.lineage is None:
        raise ValueError("the platform has no lineage: define its assets with build_defs")
    return platform.lineage


def _due(project: Project, through: str | None, now: datetime) -> list[str]:
    periods = project.periods(now)
    if through is not None and through not in periods:
        raise InputError(
            f"period {through}",
            "it is not a complete period of the project",
            f"one of {periods[0]} to {periods[-1]}" if periods else "a complete period",
            "See segments status.",
        )
    if not periods:
        raise InputError(
            f"first_period {project.first_period}",
            "no period is complete yet",
            "at least one period that has ended",
            "Wait for its end, or set an earlier first_period.",
        )
    return periods if through is None else periods[: periods.index(through) + 1]


@dataclass(frozen=True)
class _Runner:
    """Runs jobs in this process on an instance, so that the UI shows them."""

    definitions: Definitions
    instance: DagsterInstance
    platform: Platform

    def run(self, job: str, periods: Sequence[str], tables: Sequence[str] = ()) -> None:
        """One run of ``job`` over consecutive ``periods``, of all its tables or of some."""
        tags = {
            PROCESS_TAG: str(os.getpid()),
            HOST_TAG: socket.gethostname(),
            PROJECT_TAG: self.platform.project.project,
        }
        span = {RANGE_START: periods[0], RANGE_END: periods[-1]} if len(periods) > 1 else {}
        run_id = str(uuid4())
        try:
            with _same_end_afterwards(), ended_when_asked(self.instance, run_id):
                self.definitions.resolve_job_def(job).execute_in_process(
                    instance=self.instance,
                    run_id=run_id,
                    run_config=_QUIET,
                    tags=tags | span,
                    partition_key=periods[0] if len(periods) == 1 else None,
                    asset_selection=[self.platform.asset_key(one) for one in tables] or None,
                )
        except (Exception, DagsterExecutionInterruptedError) as error:
            readable = _readable(error, self.platform, job, periods)
            if readable is error:
                raise
            raise readable from None


def _broken(platform: Platform, periods: Sequence[str]) -> WithheldError:
    """Which sources are broken, what is wrong with them, and how they are accepted."""
    rows = platform.engine.to_arrow(platform.read(SOURCE_HEALTH, periods)).to_pylist()
    broken = withheld(rows)
    names = [f"{row['source']}:{row['period']}" for row in broken]
    return WithheldError(
        f"sources of {periods[0]}",
        " ".join(f"{row['source']} is broken: {row['explanation']}" for row in broken),
        "sources that are whole: nothing of this period is published before",
        "Deliver them anew and run again. If they are right as they are, accept them by name: segments run"
        + "".join(f" --accept {one}" for one in names),
    )


def _tripped(platform: Platform, periods: Sequence[str]) -> str:
    """Customers that tripped a guard, by id."""
    trips = platform.engine.to_arrow(platform.read(GUARD_TRIPS, periods).select("customer_id").distinct())
    ids = sorted(trips["customer_id"].to_pylist())
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more


def _readable(error: BaseException, platform: Platform, job: str, periods: Sequence[str]) -> BaseException:
    """The ``InputError`` behind a failed run, or one that names the checks that failed.

    A run that was asked to end is a ``KeyboardInterrupt``: while it runs, Dagster takes SIGTERM for Ctrl-C,
    and DuckDB says only that a query was interrupted.
    """
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, InputError):
            return cause
        if isinstance(cause, DagsterExecutionInterruptedError):
            return KeyboardInterrupt()
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    if "AssetCheck" in type(error).__name__ and "account_links: guards" in str(error):
        return InputError(
            f"identity, {periods[0]}",
            f"guards against over-merging tripped for {_tripped(platform, periods)}",
            "customers that one person or firm can be",
            "See segments show customer ID; keep accounts apart under identity.overrides, or name the"
            " customer in identity.guards.accepted. The accounts are in the lake's restricted/guard_trips.",
        )
    if "AssetCheck" in type(error).__name__ and "source_health: whole" in str(error):
        return _broken(platform, periods)
    if "AssetCheck" in type(error).__name__:
        return InputError(
            f"run {job} of {periods[0]} to {periods[-1]}",
            f"a blocking check failed ({error})",
            "every blocking check to pass before anything later runs",
            "Open segments ui, see the check's metadata, correct the source or its mapping, run again.",
        )
    return error


@contextmanager
def _same_end_afterwards() -> Iterator[None]:
    """Let SIGTERM do after the block what it did before.

    Dagster lets it do what Ctrl-C does, and leaves it so: in a script's background, where Ctrl-C is ignored,
    nothing could ask the run to end any more.
    """
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look for cycles less often, and not among what is there already: a run makes millions of small objects
    that live briefly, beside a million of imported modules that would be looked through again and again."""
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AT_ONCE, *usual[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)


def _clear_partial_files(lake: Path) -> None:
    """Remove what a killed run left half-written beside its place."""
    for place in ("*/*/period=*/.*.partial", "*/*/.*.partial", "restricted/.*.partial"):
        for path in lake.glob(place):
            if path.is_dir():
                shutil.rmtree(path)  # a partition of several files
            else:
                path.unlink(missing_ok=True)
