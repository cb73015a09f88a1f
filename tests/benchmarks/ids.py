"""What keyed ids of accounts cost, beside the MD5 that they replaced.

``python -m tests.benchmarks ids [--rows 5000000]``. Rows of a table in the engine get the ids of their
accounts, of which there are few or many; CPU seconds for a million rows.
"""

import argparse
import resource
import secrets
import time
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.engine.dialect import md5
from pipeline.engine.duck import DuckEngine
from pipeline.engine.keyed import Key
from pipeline.engine.values import held
from pipeline.ids.accounts import with_account_ids
from pipeline.settings import EngineSettings, Project
from tests.conftest import shop_settings

SHARES = (2_000, 50, 5, 1)
#: Steps through the accounts without an order.
_STEP = 7_919


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _measured(name: str, expression: ir.Table, rows: int) -> None:
    cpu, wall = _cpu(), time.perf_counter()
    held(expression)
    cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    print(f"  {name:28} {cpu / rows * 1e6:6.2f} CPU s, {wall / rows * 1e6:6.2f} s by the clock", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Print seconds for a million rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    rows = parser.parse_args(arguments).rows
    engine = DuckEngine(EngineSettings(threads=2, memory_limit="4GB"))
    key, shop = Key(secrets.token_hex(32)), Project(**shop_settings(), folder=Path())
    for share in SHARES:
        accounts = max(rows // share, 1)
        numbers = pa.array([number * _STEP % accounts for number in range(rows)])
        own = pc.binary_join_element_wise("c", numbers.cast(pa.string()), "")
        table = engine.from_arrow(pa.table({"row": range(rows), "account": own}))
        print(f"{rows:,} rows of {accounts:,} accounts, for a million rows")
        _measured("copied, no id", table, rows)
        _measured("MD5 of each row", table.mutate(id=md5(ibis.literal("shop:till:") + table.account)), rows)
        named = with_account_ids(table, key, shop, "till", "account", "id")
        _measured("keyed, each account once", named, rows)
    engine.close()


if __name__ == "__main__":
    main()
