"""Memory and time of collecting a large CSV file with a small engine.

    python -m tests.benchmarks big_csv 1 5

Each size in GB: a CSV of order lines of that size, of twelve months, is made in a temporary folder.
A process of its own, with an engine of 512 MB, reads (stages) it; another reads and collects it into
raw partitions by month, sorted, as a run does. Printed: seconds and peak memory of each process.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import yaml

from pipeline.collect import collect, read_source
from pipeline.engine import Engine
from pipeline.engine.duck import DuckEngine
from pipeline.engine.writing import write_partitions
from pipeline.settings import load_project

_LINES = """
COPY (
  SELECT 'k' || (hash(i) % 1000000) AS customer, 'o-' || (i // 3) AS "order",
         strftime(TIMESTAMP '2024-01-01' + to_seconds((hash(i // 3) % 31536000)::INT), '%Y-%m-%d %H:%M:%S')
           AS "at",
         'p' || (hash(i * 7) % 20000) AS product, 1 + hash(i * 3) % 4 AS quantity,
         ((hash(i * 5) % 50000) / 100)::DECIMAL(18, 2) AS price,
         CASE WHEN i % 9 = 0 THEN 'left at the door, rang twice' END AS note
  FROM range({first}, {last}) t(i)
) TO '{path}' (HEADER false, DELIMITER ',')
"""
_HEADER = b"customer,order,at,product,quantity,price,note\n"
_BLOCK_ROWS = 2_000_000
_SETTINGS = {
    "project": "big",
    "title": "A large file",
    "currency": "EUR",
    "time_zone": "UTC",
    "first_period": "2024-01",
    "last_period": "2024-12",
    "engine": {"threads": 2, "memory_limit": "512MB"},
    "sources": {
        "till": {
            "entity": "orders",
            "connector": {"kind": "file", "format": "csv", "path": "orders.csv"},
            "columns": {
                "source_account_id": "customer",
                "order_id": "order",
                "ordered_at": "at",
                "product_id": "product",
                "quantity": "quantity",
                "unit_price_amount": "price",
            },
        }
    },
}


def write_csv(folder: Path, size: int) -> None:
    """``orders.csv`` of at least ``size`` bytes, and the project's settings."""
    (folder / "project.yaml").write_text(yaml.safe_dump(_SETTINGS), encoding="utf-8")
    block, first = folder / "block.csv", 0
    rows = min(_BLOCK_ROWS, size // 50 + 1)
    with (folder / "orders.csv").open("wb") as target:
        target.write(_HEADER)
        while target.tell() < size:
            duckdb.sql(_LINES.format(first=first, last=first + rows, path=block))
            first += rows
            with block.open("rb") as source:
                while part := source.read(1 << 20):
                    target.write(part)
    block.unlink()


def read_it(folder: Path) -> None:
    """Stage the file of ``folder``; prints rows, wall and CPU seconds, MiB before and at the peak."""
    project = load_project(folder)
    engine = DuckEngine(project.engine)
    with _printed(engine, folder):
        print(read_source(engine, project, "till").count().execute(), end=" ")


def collect_it(folder: Path) -> None:
    """Collect the file of ``folder`` into raw partitions; prints what ``read_it`` does."""
    project = load_project(folder)
    engine = DuckEngine(project.engine)
    now = datetime(2025, 2, 1, tzinfo=UTC)
    periods = project.periods(now)
    with _printed(engine, folder):
        rows = collect(engine, project, "till", periods, None, now).order_by(
            ["period", "_collected_at", "_file", "_row"]
        )
        schema = pa.schema([one for one in rows.schema().to_pyarrow() if one.name != "period"])
        paths = {period: folder / "raw" / f"{period}.parquet" for period in periods}
        written = write_partitions(engine.batches(rows), schema, paths)
        print(sum(one.rows for one in written.values()), end=" ")


@contextmanager
def _printed(engine: Engine, folder: Path) -> Iterator[None]:
    before, started, cpu = _peak_mib(), time.perf_counter(), time.process_time()
    yield
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"{seconds:.1f} {cpu:.1f} {before:.0f} {_peak_mib():.0f}")
    engine.close()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(folder: Path, *options: str) -> list[str]:
    """What ``collect_it``, or with ``--read-only`` ``read_it``, prints, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.big_csv", "--folder", str(folder), *options],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gigabytes", nargs="*", type=float, default=[1.0])
    parser.add_argument("--read-only", action="store_true", help="stage the file, collect nothing")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        (read_it if given.read_only else collect_it)(given.folder)
        return
    print("| GB | step | rows | seconds | CPU seconds | MiB before | peak MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for size in given.gigabytes:
        with TemporaryDirectory(prefix="segments-big-") as name:
            write_csv(Path(name), int(size * 1e9))
            for step in ("--read-only",) if given.read_only else ("--read-only", ""):
                found = measured(Path(name), *filter(None, [step]))
                print(f"| {size:g} | {'read' if step else 'collect'} | {' | '.join(found)} |", flush=True)


if __name__ == "__main__":
    main()
