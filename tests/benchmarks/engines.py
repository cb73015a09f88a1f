"""One company on both engines, from collecting to publishing: every table of the lake, row for row.

``python -m tests.benchmarks engines [--customers 300 --periods 3]``. Prints seconds of each zone by engine,
and for each zone how many tables and rows are equal; ends with an error where a row differs. With
``--project`` a
project that exists is copied instead (its sources must be files in its folder). Needs what Spark needs:
``make spark`` and Java 17.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from assets.running import bring_up_to_date
from pipeline.settings import load_project
from pipeline.simulate import Plan, simulate
from tests.conftest import SECRET_NAME
from tests.engines import WHY_NO_SPARK, has_spark

SEED = 7
SPARK: dict[str, Any] = {
    "kind": "spark",
    "master": "local[2]",
    "threads": 2,
    "memory_limit": "2GB",
    "conf": {"spark.sql.codegen.wholeStage": False, "spark.sql.adaptive.enabled": False},
}
ENGINES: dict[str, dict[str, Any]] = {"duckdb": {"threads": 2, "memory_limit": "2GB"}, "spark": SPARK}


@dataclass
class Run:
    """A lake, and the seconds that passed until each of its tables was written."""

    lake: Path
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def on_each_engine(
    folder: Path, write: Callable[[Path], None], now: datetime, conf: Mapping[str, Any] | None = None
) -> dict[str, Run]:
    """The company that ``write`` writes into a folder, run whole on every engine at one moment; ``conf`` are
    further settings of Spark."""
    runs = {}
    on_spark = SPARK | {"conf": SPARK["conf"] | dict(conf or {})}
    for name, engine in (ENGINES | {"spark": on_spark}).items():
        home = folder / name
        write(home)
        document = home / "project.yaml"
        said = yaml.safe_load(document.read_text("utf-8"))
        # ids are made with a secret: lakes of two secrets have no id in common
        secret = {"secret": f"${{{SECRET_NAME}}}"} | said.get("identity", {})
        said |= {"engine": engine, "identity": secret}
        document.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
        project = load_project(home)
        run = Run(project.lake_path)
        last = [time.monotonic()]

        def told(
            table: str, periods: Sequence[str], rows: int, run: Run = run, last: list[float] = last
        ) -> None:
            run.seconds[table.split("/")[0]] += time.monotonic() - last[0]
            last[0] = time.monotonic()

        bring_up_to_date(project, progress=told, now=lambda: now)
        runs[name] = run
    return runs


def tables(lake: Path) -> dict[str, pa.Table]:
    """Rows of each table of a lake, in their order: by ``zone/name/period=…`` what it was worked on in, by
    ``published/name/file`` and ``history/name/file`` what was published."""
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(lake.rglob("period=*/**/*.parquet")):
        if not any(part.startswith(".") for part in path.relative_to(lake).parts):
            place = path.relative_to(lake).as_posix()
            files[place[: place.index("/", place.index("period="))]].append(path)
    for zone in ("published", "history"):
        # the newest publication stands behind a link, which rglob does not follow
        folder = (lake / zone).resolve()
        for path in sorted(folder.rglob("*.parquet")):
            files[f"{zone}/{path.relative_to(folder).as_posix()}"].append(path)
    return {
        name: pa.concat_tables(pq.ParquetFile(one).read() for one in some) for name, some in files.items()
    }


def differences(one: Mapping[str, pa.Table], other: Mapping[str, pa.Table]) -> dict[str, str]:
    """By table what the first row is that differs, or that a lake has not got the table."""
    found = dict.fromkeys(set(one) ^ set(other), "only one lake has it")
    for name in set(one) & set(other):
        left, right = one[name], other[name]
        if left.schema.remove_metadata() != right.schema.remove_metadata():
            found[name] = f"columns {sorted(set(map(str, left.schema)) ^ set(map(str, right.schema)))}"
        elif not left.equals(right):
            pairs = enumerate(zip(left.to_pylist(), right.to_pylist(), strict=False))
            unequal = [(place, one, other) for place, (one, other) in pairs if one != other]
            place, a, b = unequal[0] if unequal else (None, {}, {})
            cells = {key: (a[key], b[key]) for key in a if a[key] != b[key]}
            found[name] = (
                f"{left.num_rows} and {right.num_rows} rows, {len(unequal)} differ; {place}: {cells}"
            )
    return found


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--periods", type=int, default=3)
    parser.add_argument("--project", type=Path, help="a project to copy instead of a simulated company")
    asked = parser.parse_args(arguments)
    if not has_spark():
        print(WHY_NO_SPARK)
        return
    plan = Plan(asked.customers, asked.periods, SEED)

    def write(home: Path) -> None:
        if asked.project:
            shutil.copytree(asked.project, home, ignore=shutil.ignore_patterns("lake"))
        else:
            simulate(home, plan)

    with tempfile.TemporaryDirectory() as temporary:
        runs = on_each_engine(Path(temporary), write, datetime.now(UTC))
        lakes = {name: tables(run.lake) for name, run in runs.items()}
    found = differences(lakes["duckdb"], lakes["spark"])
    count, equal, rows = Counter[str](), Counter[str](), Counter[str]()
    for name, table in lakes["duckdb"].items():
        zone = name.split("/")[0]
        count[zone] += 1
        rows[zone] += table.num_rows
        equal[zone] += name not in found
    print(f"{'zone':12} {'duckdb s':>9} {'spark s':>9} {'files':>6} {'equal':>6} {'rows':>10}")
    for zone in dict.fromkeys([*runs["duckdb"].seconds, *count]):
        seconds = " ".join(f"{runs[name].seconds.get(zone, 0):9.1f}" for name in ENGINES)
        print(f"{zone:12} {seconds} {count[zone]:6} {equal[zone]:6} {rows[zone]:10,}")
    for name, what in sorted(found.items()):
        print(f"{name}: {what}", file=sys.stderr)
    if found:
        sys.exit(1)


if __name__ == "__main__":
    main()
