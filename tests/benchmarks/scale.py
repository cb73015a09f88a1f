"""Cost of one more period on top of a history of 24, beside the bare query for the same features and a notebook.

    python -m tests.benchmarks.scale 10000 100000
    python -m tests.benchmarks.scale 1000000 --history 3 --without-notebook
    python -m tests.benchmarks.scale 1000000 --middle --without-notebook
    python -m tests.benchmarks.scale 10000000 --lines 12 --history 1 --without-notebook

Each size: customers with 50 order lines each (or ``--lines``) over 25 months, and a profile. The history,
24 months or the last ``--history`` of them, is brought up to date first; then one run of the whole pipeline
for the 25th month is timed as a process of its own (wall, CPU, peak memory); with ``--middle`` the 13th
month too, to see whether a period costs more the longer the history is. After it one
DuckDB query that computes windowed features of the same period straight from the raw lines, and the script
that an analyst would write instead (``notebook``: RFM, tiers, clusters), which takes 18 GiB for a million
customers, and can be left out.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import yaml

MONTHS, LINES = 25, 50
#: The last month of the first half of the history, and the one that ``--middle`` times.
HALF, MIDDLE = "2022-12", "2023-01"

_ORDERS = """
COPY (
  WITH lines AS (
    SELECT (i % {customers})::BIGINT AS customer, i,
           hash(i * 31 + 7) / 18446744073709551615.0 AS moment,
           hash(i * 17 + 3) AS noise
    FROM range({lines}) t(i)
  )
  SELECT 'k' || customer AS customer,
         customer || '-' || (moment * 300)::INT AS "order",
         make_timestamp(2022, 1, 1, 0, 0, 0)
           + to_seconds((moment * 300)::INT * {step}) AS "at",
         'p' || (noise % 2000) AS product,
         (1 + noise % 4)::INT AS quantity,
         (1 + (customer % 9) + (noise % 500) / 100.0)::DECIMAL(18, 2) AS price,
         ((noise % 10 = 0)::INT * 0.5)::DECIMAL(18, 2) AS discount
  FROM lines
) TO '{path}' (FORMAT parquet)
"""

_PROFILES = """
COPY (
  SELECT 'k' || i AS customer, CASE WHEN i % 2 = 0 THEN 'f' ELSE 'm' END AS gender, 15000 + (i * 7919) % 90000 AS income
  FROM range({customers}) t(i)
) TO '{path}' (FORMAT parquet)
"""

#: The same kind of features as the pipeline's, for one period, straight from raw lines.
_BARE = """
COPY (
  WITH lines AS (
    SELECT customer, "order", "at", product, quantity * price AS net, discount FROM '{path}'
    WHERE "at" < TIMESTAMP '2024-02-01' AND "at" >= TIMESTAMP '2023-02-01'
  ),
  orders AS (
    SELECT customer, "order", min("at") AS "at", sum(net) AS net, count(*) AS lines FROM lines GROUP BY ALL
  ),
  days AS (
    SELECT customer, day, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap
    FROM (SELECT DISTINCT customer, "at"::DATE AS day FROM orders)
  ),
  rhythm AS (SELECT customer, avg(gap) AS mean_gap, stddev_pop(gap) AS sd_gap, count(*) AS days FROM days GROUP BY 1),
  breadth AS (
    SELECT customer, count(DISTINCT product) AS products, sum(discount) / nullif(sum(net) + sum(discount), 0) AS discounts,
           sum((discount > 0)::INT) / count(*) AS discounted
    FROM lines GROUP BY 1
  ),
  value AS (
    SELECT customer, max("at") AS last_at, min("at") AS first_at, count(*) AS orders, sum(net) AS net, avg(net) AS mean_order,
           stddev_pop(net) AS sd_order, avg(lines) AS basket,
           count(*) FILTER ("at" >= TIMESTAMP '2023-11-01') AS orders_3p, sum(net) FILTER ("at" >= TIMESTAMP '2023-11-01') AS net_3p,
           count(*) FILTER ("at" >= TIMESTAMP '2023-08-01' AND "at" < TIMESTAMP '2023-11-01') AS orders_before,
           avg((dayofweek("at") IN (0, 6))::INT) AS weekend, avg((hour("at") >= 18)::INT) AS evening,
           count(DISTINCT date_trunc('month', "at")) / 12 AS active_share
    FROM orders GROUP BY 1
  )
  SELECT * FROM value JOIN rhythm USING (customer) JOIN breadth USING (customer) ORDER BY customer
) TO '{target}' (FORMAT parquet)
"""


@dataclass(frozen=True)
class Cost:
    """What a finished process used."""

    wall_seconds: float
    cpu_seconds: float
    peak_gib: float


def measured(command: list[str]) -> Cost:
    """Run ``command`` and account for it; fails when it does."""
    started, process = time.monotonic(), subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)


def write_project(folder: Path, customers: int, history: int, lines: int = LINES) -> None:
    """Sources and settings of customers with ``lines`` order lines each, ``history`` periods and one, below ``folder``."""
    step, target = int((MONTHS * 30.4 * 86_400) / 300), folder / "orders.parquet"
    duckdb.sql(_ORDERS.format(customers=customers, lines=customers * lines, step=step, path=target))
    duckdb.sql(_PROFILES.format(customers=customers, path=folder / "profiles.parquet"))
    (folder / "project.yaml").write_text(yaml.safe_dump(_settings(history)), encoding="utf-8")


def _settings(history: int) -> dict[str, Any]:
    return {
        "project": "scale",
        "title": "Benchmark",
        "currency": "EUR",
        "time_zone": "UTC",
        "first_period": f"{2024 + -history // 12}-{-history % 12 + 1:02}",
        "last_period": "2024-01",
        "sources": {
            "till": {
                "entity": "orders",
                "account_space": "shop",
                "connector": {"kind": "file", "format": "parquet", "path": "orders.parquet"},
                "columns": {
                    "source_account_id": "customer",
                    "order_id": "order",
                    "ordered_at": "at",
                    "product_id": "product",
                    "quantity": "quantity",
                    "unit_price_amount": "price",
                    "discount_amount": "discount",
                },
                "exact_duplicates": "keep",
            },
            "crm": {
                "entity": "profiles",
                "account_space": "shop",
                "connector": {"kind": "file", "format": "parquet", "path": "profiles.parquet"},
                "columns": {"source_account_id": "customer", "gender": "gender", "income_amount": "income"},
            },
        },
        "engine": {"threads": 2, "memory_limit": "2GB"},
    }


def told(customers: int, what: str, cost: Cost) -> Cost:
    """Print the row of ``cost`` at once: a run of a million takes an hour."""
    figures = f"{cost.wall_seconds:>8.1f} {cost.cpu_seconds:>8.1f} {cost.peak_gib:>9.2f}"
    print(f"{customers:>10,} {what:<28} {figures}", flush=True)
    return cost


def _compared(customers: int, what: str, cost: Cost, other: Cost) -> None:
    print(
        f"{customers:>10,} {f'CPU, period to {what}':<28} {cost.cpu_seconds / other.cpu_seconds:>17.1f}",
        flush=True,
    )


def _measure(folder: Path, customers: int, arguments: argparse.Namespace) -> None:
    """Bring the history of one company up to date, then time one more period and what it is compared with."""
    write_project(folder, customers, arguments.history, arguments.lines)
    program = [str(Path(sys.executable).parent / "segments"), "run", "--project", str(folder)]
    middle = None
    if arguments.middle:
        told(customers, "history of 12 periods", measured([*program, "--through", HALF]))
        middle = told(customers, "the 13th, whole", measured([*program, "--through", MIDDLE]))
    told(
        customers,
        f"history up to {arguments.history} periods",
        measured([*program, "--through", "2023-12"]),
    )
    period = told(customers, "one more period, whole", measured(program))
    if middle:
        _compared(customers, "the 13th", period, middle)
    query = _BARE.format(path=folder / "orders.parquet", target=folder / "bare.parquet")
    bare = [sys.executable, "-c", f"import duckdb; duckdb.sql('SET threads = 2'); duckdb.sql({query!r})"]
    _compared(customers, "bare query", period, told(customers, "bare query, features only", measured(bare)))
    if not arguments.without_notebook:
        script = ["-m", "tests.benchmarks.notebook", str(folder), str(folder / "notebook.parquet")]
        notebook = told(customers, "notebook script", measured([sys.executable, *script]))
        _compared(customers, "notebook script", period, notebook)


def main() -> None:
    """Measure every size named on the command line and print its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", type=int, nargs="*", default=[10_000])
    parser.add_argument(
        "--history", type=int, default=MONTHS - 1, choices=range(1, MONTHS), metavar="PERIODS"
    )
    parser.add_argument("--lines", type=int, default=LINES, help="order lines of a customer in 25 months")
    parser.add_argument("--middle", action="store_true", help="time the 13th of 25 periods too")
    parser.add_argument("--without-notebook", action="store_true")
    arguments = parser.parse_args()
    if arguments.middle and arguments.history != MONTHS - 1:
        parser.error("--middle needs the whole history of 24 periods: leave --history out")
    print(f"{'customers':>10} {'what':<28} {'wall s':>8} {'CPU s':>8} {'peak GiB':>9}")
    for customers in arguments.customers:
        with TemporaryDirectory(prefix="segments-scale-") as name:
            _measure(Path(name), customers, arguments)


if __name__ == "__main__":
    main()
