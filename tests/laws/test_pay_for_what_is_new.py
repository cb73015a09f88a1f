"""Law L10: one more period costs its own rows and its customers, not the length of history.

Twice: what every asset asks for, however long the history is; and a real run of a fourteenth
period, in a lake where every file that it has no business reading cannot be read.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from dagster import AssetSpec, DagsterInstance, TimeWindowPartitionMapping

import assets.running as running
from assets.definitions import build_defs
from assets.lib.partitions import partitions_of
from assets.lib.platform import Platform
from assets.running import RANGE_END, RANGE_START
from pipeline.settings import Project
from tests.company import write_company

#: Periods that one period may read of each table: ledgers for the longest window of a feature, one more for
#: the period before with accounts as linked now; findings for the scale of normal change; profiles and
#: states of sources for their rhythm; a year of features for forecasts to be fitted on; two periods more
#: for what came of segments, all bounded; else itself and the one before.
LEDGERS, FINDINGS, LEARNED, FOLLOWED, ELSE = 13, 26, 12, 3, 2
#: Earlier periods whose moves one of now may take back.
MOVES, BACK = ("drift", "moves"), 12
FORECASTS = ("models", "forecast_versions")
OUTCOMES = (("segments", "outcomes"), ("segments", "scheme_outcomes"))
#: Forecasts of segments continue a series of a row a segment and period.
OUTLOOK, SERIES = ("segments", "forecasts"), 60
#: What forecasts are fitted on, and what came of segments is told by.
LEARNED_FROM = ("features/customer_features", "features/customer_categories")
FOLLOWED_IN = ("features/customer_features", "segments/states")
WARM_UP = {"warm_up_periods": 1, "min_customers_to_fit": 10}


def most(key: str, reader: tuple[str, ...] = FORECASTS) -> int:
    """Periods of the table ``key`` that one period may read at most, itself included: for an asset alone, or
    for the one that reads most."""
    if key in LEARNED_FROM and reader == FORECASTS:
        return LEARNED
    if key == "segments/portraits" and reader in (FORECASTS, OUTLOOK):
        return SERIES
    if key in FOLLOWED_IN and reader in (FORECASTS, *OUTCOMES):
        return FOLLOWED
    if key.startswith("activity/"):
        return LEDGERS
    if key.startswith("health/") or key == "drift/findings":
        return FINDINGS + 1
    return BACK + 1 if key == "drift/moves" and reader in (FORECASTS, MOVES) else ELSE


@pytest.fixture(scope="module")
def long_ago(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A company that has been there for eight years."""
    project, _ = write_company(
        tmp_path_factory.mktemp("old"), customers=5, months=2, first_period="2016-01", last_period="2023-12"
    )
    return project


@pytest.mark.parametrize("period", ["2019-06", "2023-12"])
def test_what_an_asset_reads_does_not_grow_with_history(long_ago: Project, period: str) -> None:
    partitions = partitions_of(long_ago)
    this = partitions.empty_subset().with_partition_keys([period])
    now, looked = datetime(2024, 2, 1, tzinfo=UTC), 0
    for spec in build_defs(long_ago).resolve_all_asset_specs():
        for key, mapping in sources(spec):
            found = mapping.get_upstream_mapped_partitions_result_for_partitions(
                this, partitions, partitions, current_time=now
            )
            periods = sorted(found.partitions_subset.get_partition_keys())
            assert len(periods) <= most(key, tuple(spec.key.path)), (
                f"{spec.key.to_user_string()} reads {len(periods)} of {key}"
            )
            assert all(one <= period for one in periods), "nothing of the future (law L2)"
            looked += 1
    assert looked > 40


def sources(spec: AssetSpec) -> Iterator[tuple[str, Any]]:
    """Tables that an asset reads, with the mapping from its periods to theirs."""
    for one in spec.deps:
        yield one.asset_key.to_user_string(), one.partition_mapping or TimeWindowPartitionMapping()


@pytest.fixture(scope="module")
def fourteen(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Fourteen months collected and prepared, the first segmented.

    What the first period carries on stands in for all up to the thirteenth: so many runs would take
    too long, and only the place of what the fourteenth reads matters here.
    """
    project, _ = write_company(tmp_path_factory.mktemp("fourteen"), customers=40, months=14, segments=WARM_UP)
    periods = project.periods(datetime.now(UTC))
    assert len(periods) == 14
    run(project, "collect", periods)
    run(project, "prepare", periods)
    run(project, "segment", periods[:1])
    carried = [f"{zone}/*" for zone in ("customers", "features", "models", "segments", "drift")]
    for tables in (*carried, "restricted/crosswalk", "health/source_health"):
        for folder in project.lake_path.glob(f"{tables}/period={periods[0]}"):
            for period in periods[1:-1]:
                shutil.copytree(folder, folder.with_name(f"period={period}"))
    return project


def run(project: Project, job: str, periods: list[str]) -> None:
    """Run a job over consecutive periods, in memory: the instance is not what is tested here."""
    with DagsterInstance.ephemeral() as instance:
        ranged = {RANGE_START: periods[0], RANGE_END: periods[-1]}
        result = (
            build_defs(project)
            .resolve_job_def(job)
            .execute_in_process(
                instance=instance,
                partition_key=periods[0] if len(periods) == 1 else None,
                tags=ranged if len(periods) > 1 else None,
            )
        )
        assert result.success


def spoiled(project: Project, periods: list[str]) -> int:
    """Make every file unreadable that the last of ``periods`` may not read; how many there were.

    The publication is left alone: it is what readers have, and another law's matter.
    """
    files = [one for one in project.lake_path.glob("*/*/period=*/part-0.parquet") if one.is_file()]
    count = 0
    for file in files:
        table, period = file.parents[1].relative_to(project.lake_path), file.parent.name
        if table.parts[0] in ("published", "publications"):
            continue
        carried = table.as_posix() == "restricted/crosswalk"  # as links are, from the period before
        only_now = table.parts[0] in ("raw", "quarantine", "restricted") and not carried
        allowed = 1 if only_now else most(table.as_posix())
        if period.removeprefix("period=") not in periods[-allowed:]:
            file.unlink()  # not in place: a state that did not change is one file in several periods
            file.write_bytes(b"gone")
            count += 1
    return count


@pytest.mark.parametrize("table", ["raw/crm", "clean/profiles", "restricted/profiles"])
def test_a_state_that_does_not_change_is_stored_once(fourteen: Project, table: str) -> None:
    files = sorted(fourteen.lake_path.glob(f"{table}/period=*/part-0.parquet"))
    assert len(files) == 14
    assert pq.read_metadata(files[0]).num_rows > 0
    assert len({one.stat().st_ino for one in files}) == 1


def test_the_fourteenth_period_reads_and_writes_no_more_than_it_may(fourteen: Project) -> None:
    periods, lake = fourteen.periods(datetime.now(UTC)), fourteen.lake_path
    last = periods[-1]
    assert spoiled(fourteen, periods) > 250

    def written() -> dict[Path, int]:
        """When each file of an earlier period was written."""
        files = lake.glob("[!p]*/*/period=*/part-0.parquet")
        return {one: one.stat().st_mtime_ns for one in files if one.parent.name != f"period={last}"}

    before = written()
    assert len(before) > 300
    run(fourteen, "prepare", [last])
    run(fourteen, "segment", [last])
    assert written() == before
    features = pq.read_table(lake / "features/customer_features" / f"period={last}", partitioning=None)
    older = pc.greater(features["orders_count_12p"], features["orders_count_3p"])
    assert pc.any(older).as_py(), "the window is longer than three periods"
    assert (lake / "published/customer_segments" / f"{last}.parquet").is_file()


def test_new_rows_write_the_raw_files_of_their_periods_alone(tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, customers=5, months=14)
    periods = project.periods(datetime.now(UTC))

    def collected(through: str) -> list[str]:
        """Raw files that collecting everything up to a period writes."""
        before = {one: one.stat().st_mtime_ns for one in project.lake_path.glob("raw/*/*/*.parquet")}
        platform = Platform(project)
        with DagsterInstance.ephemeral() as instance:
            runner = running._Runner(build_defs(project, platform), instance, platform)
            running._collect(platform, runner, periods[: periods.index(through) + 1])
        files = project.lake_path.glob("raw/*/*/*.parquet")
        written = [one for one in files if before.get(one) != one.stat().st_mtime_ns]
        return sorted(one.parent.relative_to(project.lake_path / "raw").as_posix() for one in written)

    collected(periods[-2])
    newest = [f"{name}/period={periods[-1]}" for name in sorted(project.sources)]
    assert collected(periods[-1]) == newest, "one more period"
    with (tmp_path / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("k1,late,2024-03-05 10:00:00,p1,1,9.99,0.00\n")
    assert collected(periods[-1]) == ["till/period=2024-03"], "one late row"
    assert collected(periods[-1]) == []
