"""Collecting one more period out of one Parquet file that grows: the 25th period beside the 13th.

    python -m tests.benchmarks growing --lines 200000

A month brings so many order lines. They are appended to one file, which is written anew each month, as most
programs do it. All 13 periods are collected at the end of each, as a run would; CPU seconds are those of
collecting alone (reading, comparing, writing), in a process that has everything imported.
"""

import argparse
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import yaml

from assets import running
from assets.definitions import build_defs
from assets.lib.instance import open_instance
from assets.lib.platform import Platform
from pipeline.ids.secret import id_key
from pipeline.settings import Project, load_project
from tests.benchmarks.scale import _settings

MEASURED = (13, 25)

_MONTH = """
COPY (
  SELECT 'k' || hash(i * 31 + {month}) % {customers} AS customer,
         hash(i * 17 + {month}) % 1000000 || '-{month}' AS "order",
         TIMESTAMP '2022-01-01' + INTERVAL {month} MONTH + to_seconds((i * 2400000 / {lines})::INT) AS "at",
         'p' || hash(i + {month}) % 2000 AS product,
         (1 + i % 4)::INT AS quantity, (1 + hash(i * 7) % 900 / 100)::DECIMAL(18, 2) AS price,
         0::DECIMAL(18, 2) AS discount
  FROM range({lines}) t(i)
) TO '{path}' (FORMAT parquet)
"""


def deliver(folder: Path, months: int, lines: int) -> None:
    """The file as it stands after so many months, and a few rows of the next."""
    parts = []
    for month in range(months + 1):
        path = folder / f"month-{month}.parquet"
        count = lines if month < months else lines // 100
        query = _MONTH.format(month=month, customers=lines // 2, lines=count, path=path)
        duckdb.sql(query)
        parts.append(f"SELECT * FROM '{path}'")
    whole = folder / "orders.parquet.new"
    duckdb.sql(f"COPY ({' UNION ALL '.join(parts)}) TO '{whole}' (FORMAT parquet)")
    whole.replace(folder / "orders.parquet")


def collect(project: Project, through: int) -> float:
    """CPU seconds of collecting the first ``through`` periods, as far as it is due."""
    periods = project.calendar.between(project.first_period, project.last_period or "")[:through]
    platform = Platform(project)
    id_key(project, platform.lake)
    with closing(platform), open_instance(project) as instance:
        runner = running._Runner(build_defs(project, platform), instance, platform)
        before = time.process_time()
        running._collect(platform, runner, periods)
        return time.process_time() - before


def main() -> None:
    """Print the cost of collecting the 13th and the 25th period, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000, help="order lines of a month")
    arguments = parser.parse_args()
    cost = {}
    settings = _settings(24) | {"first_period": "2022-01"}
    del settings["sources"]["crm"]
    with TemporaryDirectory(prefix="segments-growing-") as name:
        folder = Path(name)
        (folder / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        for period in MEASURED:
            for through in (period - 1, period):
                deliver(folder, through, arguments.lines)
                cost[through] = collect(load_project(folder), through)
                size = (folder / "orders.parquet").stat().st_size / 2**20
                print(
                    f"through period {through:>2}: {cost[through]:6.2f} CPU s, file of {size:,.0f} MiB",
                    flush=True,
                )
    print(f"25th / 13th: {cost[25] / cost[13]:.2f}")


if __name__ == "__main__":
    main()
