"""A backfill that the UI starts beside the command line: every published table, row for row.

    python -m tests.benchmarks backfill [--periods 12] [--customers 60]

One small company twice, each under the same secret of ids: in one folder ``segments run`` brings it up to
date; in the other the web server is asked for a backfill of all periods, as its launchpad asks, and the
daemon starts a run a period. Ends with an error where a run failed, or a row differs but for its times.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
from dagster import DagsterRun, DagsterRunStatus, RunsFilter

from assets.lib.instance import open_instance
from assets.lib.turns import BACKFILL
from assets.running import bring_up_to_date
from pipeline.settings import Project
from tests.benchmarks.engines import differences, tables
from tests.company import write_company
from tests.serving import BACKFILL_QUERY, asked, daemon, serving, until

#: A run a period, each a process of its own.
SECONDS_A_PERIOD = 180


def main(arguments: list[str] | None = None) -> None:
    """Print how many tables are equal, and which are not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--customers", type=int, default=60)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        by_hand, by_ui = (
            write_company(Path(temporary) / name, customers=given.customers, months=given.periods)[0]
            for name in ("by_hand", "by_ui")
        )
        bring_up_to_date(by_hand)
        _backfilled(by_ui, Path(temporary))
        found, other = _published(by_hand), _published(by_ui)
    unequal = differences(found, other)
    rows = sum(map(len, found.values()))
    print(f"{len(found)} files, {rows:,} rows by hand; {len(found) - len(unequal)} files are equal by the UI")
    for name, what in sorted(unequal.items()):
        print(f"{name}: {what}", file=sys.stderr)
    sys.exit(1 if unequal else 0)


def _backfilled(project: Project, folder: Path) -> None:
    """All periods of the project, by one backfill."""
    periods = project.calendar.between(project.first_period, str(project.last_period))
    with (
        serving(project, folder / "server.txt") as address,
        daemon(project, folder / "daemon.txt"),
        open_instance(project) as instance,
    ):
        told = asked(address, BACKFILL_QUERY, periods=periods)["launchPartitionBackfill"]
        assert told["__typename"] == "LaunchBackfillSuccess", told
        its = RunsFilter(tags={BACKFILL: told["backfillId"]})

        def over() -> list[DagsterRun] | None:
            runs = list(instance.get_runs(its))
            return runs if len(runs) == len(periods) and all(one.is_finished for one in runs) else None

        runs = until(over, SECONDS_A_PERIOD * len(periods))
        assert {one.status for one in runs} == {DagsterRunStatus.SUCCESS}, [one.status for one in runs]


def _published(project: Project) -> dict[str, pa.Table]:
    """Published tables, without when anything was done."""
    found = {}
    for name, table in tables(project.lake_path).items():
        if name.startswith("published/"):
            times = [one.name for one in table.schema if one.name in ("collected_at", "published_at")]
            found[name] = table.drop_columns(times)
    return found


if __name__ == "__main__":
    main()
