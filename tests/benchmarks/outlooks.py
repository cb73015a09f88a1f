"""How segments went on beside what was told of them.

    python -m tests.benchmarks outlooks --project data/complete_journey    after a run

For every period that has a later one, what would have been published at its end is made from the portraits up
to it, and compared with those of the next periods: the error of what was told and of the last period again,
both per what came, and how many outcomes lay within the 80% interval where one was published, or any.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.engine.duck import DuckEngine
from pipeline.segments.outlook import AHEAD, MEASURES, _past, segment_forecasts
from pipeline.settings import EngineSettings, Project, load_project
from pipeline.tables.zones import PORTRAITS, SEGMENT_REGISTER


def main() -> None:
    """Print a row a measure and periods ahead."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, required=True)
    project = load_project(parser.parse_args().project)
    engine = DuckEngine(EngineSettings(threads=2, memory_limit="2GB"))
    try:
        _compared(engine, project)
    finally:
        engine.close()


def _compared(engine: DuckEngine, project: Project) -> None:
    folders = sorted((project.lake_path / PORTRAITS.path).glob("period=*"))
    periods = [one.name.removeprefix("period=") for one in folders]
    portraits = engine.read([file for one in folders for file in one.glob("*.parquet")], PORTRAITS)
    registered = project.lake_path / SEGMENT_REGISTER.path / f"period={periods[-1]}"
    register = engine.to_arrow(engine.read(list(registered.glob("*.parquet")), SEGMENT_REGISTER))
    rows = defaultdict(list)
    for period in periods[:-1]:
        known = portraits.filter(portraits.period <= period)
        told = segment_forecasts(known, register, period, project)
        now = _past(known, period, project)
        for row in told.to_pylist():
            target = row["target_period"]
            if target in periods:
                came = _past(portraits.filter(portraits.period == target), target, project)
                measure, segment = row["forecast_measure"], row["segment_id"]
                if segment in came[measure]:
                    pair = (came[measure][segment][-1], now[measure][segment][-1])
                    rows[measure, row["periods_ahead_count"]].append((row, *pair))
    _print(project, rows)


def _print(project: Project, rows: dict) -> None:
    print(project.title)
    print("| | ahead | told at | outcomes | off | last period off | closer | methods | inside 80% |")
    print("| --- |" + " --- |" * 8)
    for measure in MEASURES:
        for ahead in AHEAD:
            found = rows[measure, ahead]
            if not found:
                print(f"| {measure} | {ahead} | nothing told |")
                continue
            told = np.array([row["expected_value"] for row, _, _ in found])
            came, last = (np.array([one[at] for one in found]) for at in (1, 2))
            off, plain = np.abs(told - came), np.abs(last - came)
            inside = [
                row["lower_value"] <= one <= row["upper_value"]
                for row, one, _ in found
                if row["lower_value"] is not None
            ]
            held = f"{np.mean(inside):.1%} of {len(inside)}" if inside else "none told"
            methods = pa.array([row["series_method"] for row, _, _ in found]).value_counts().to_pylist()
            named = ", ".join(f"{one['values']} {one['counts']}" for one in methods)
            at = len({row["period"] for row, _, _ in found})
            print(
                f"| {measure} | {ahead} | {at} | {len(found)} | {off.sum() / np.abs(came).sum():.1%} | "
                f"{plain.sum() / np.abs(came).sum():.1%} | {np.mean(off < plain):.0%} | {named} | {held} |"
            )


if __name__ == "__main__":
    main()
