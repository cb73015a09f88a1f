"""What watching two periods costs here, in Evidently and in NannyML, and what each says of planted faults.

    python -m tests.benchmarks rivals [costs faults unchanged] [--customers 1000000] [--runs 20]

The others live in a virtual environment of their own, which ``make rivals`` makes: they do not fit this
project's pandas. Without it this ends with an error that says so.

``costs``: two samples of ``--customers`` customers of thirty columns (those of ``alarms``), written as
Parquet once; each tool reads both and says what changed in a process of its own. CPU seconds (user and
system) and peak memory are what the system says of that process, start-up included; CPU without imports is
what the process says of itself.

``faults``: at 100,000 customers, one fault in one column; in how many runs is that column told, and of all
other columns which share is.

``unchanged``: samples of one population; how many comparisons have any column told.

All with the defaults of each. Data are drawn from seeds, the same for all three.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.tables.zones import ASSIGNMENTS
from tests.benchmarks.alarms import CATEGORIES, FAULTS, FLAGS, MIXES, Sample, drawn, rate

HOME = Path(__file__).parents[2]
PYTHON = HOME / ".venv-rivals" / "bin" / "python"
RIVALS = {"Evidently": "evidently", "NannyML": "nannyml"}
OWN = "this project"
#: Columns that are called otherwise here: the mix by which changes are explained bears the name of a scheme,
#: and places are no quasi-identifiers, of which less would be said.
NAMES = {"mix_few": "rfm", "region": "area", "city": "town"}
TEN = (
    "spend",
    "basket",
    "score_0",
    "score_1",
    "count_1",
    "count_3",
    "flag_rare",
    "flag_half",
    "channel",
    "rfm",
)
SEED = 31


@dataclass(frozen=True)
class Watched:
    """What one process said of its folders, and what it used."""

    seconds: float
    cpu: float
    cpu_without_imports: float
    peak_gib: float
    told: list[dict[str, list[str]]]
    version: str


def watched(tool: str, folders: Sequence[Path]) -> Watched:
    """Have ``tool`` compare the two periods in each of ``folders``; ends when it fails."""
    names = [str(one) for one in folders]
    if tool == OWN:
        command = [sys.executable, "-m", "tests.benchmarks.own_watcher", *names]
    else:
        script = Path(__file__).with_name("rival_watchers.py")
        command = [str(PYTHON), str(script), RIVALS[tool], *names]
    # whom they would tell how they are used is nobody's business here
    quiet = {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1", "PYTHONWARNINGS": "ignore"}
    with TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=os.environ | quiet, cwd=HOME)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        out.seek(0)
        errors.seek(0)
        if os.waitstatus_to_exitcode(status):
            sys.exit(f"{tool} failed: {errors.read()[-2000:]}")
        printed = out.read()
    said: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return Watched(
        seconds,
        usage.ru_utime + usage.ru_stime,
        said["cpu_seconds"],
        usage.ru_maxrss / 2**20,
        said["told"],
        said["version"],
    )


def write(folder: Path, sides: Mapping[str, Sample], columns: Sequence[str] | None = None) -> Path:
    """Parquet of both periods of a pair (only ``columns``), and the segments that each customer is in."""
    folder.mkdir(parents=True)
    for name, sample in sides.items():
        table = _table(sample)
        pq.write_table(
            table.select(["customer_id", *(columns or table.column_names[1:])]), folder / f"{name}.parquet"
        )
        mixes = [
            one for one in (NAMES.get(mix, mix) for mix in MIXES) if one in (columns or table.column_names)
        ]
        assigned = pa.concat_tables([_assigned(table, mix) for mix in mixes])
        pq.write_table(assigned, folder / f"{name}_segments.parquet")
    return folder


def _table(sample: Sample) -> pa.Table:
    size = len(next(iter(sample.values())))
    made: dict[str, Any] = {"customer_id": [f"c{number:015x}" for number in range(size)]}
    for name, values in sample.items():
        if name in FLAGS:
            made[name] = values.astype(bool)
        elif name in CATEGORIES or name in MIXES:
            kind = NAMES.get(name, name)
            words = np.array([f"{kind}:{number}" for number in range(int(values.max()) + 1)])
            made[kind] = pa.DictionaryArray.from_arrays(values.astype(np.int32), words).cast(pa.string())
        else:
            made[name] = pa.array(np.round(values, 6), from_pandas=True)  # NaN is a missing value
    return pa.table(made)


def _assigned(table: pa.Table, mix: str) -> pa.Table:
    size = table.num_rows
    given = {
        "period": pa.repeat("2024-01", size),
        "customer_id": table["customer_id"],
        "scheme": pa.repeat(mix, size),
        "segment_id": table[mix],
        "status": pa.repeat("assigned", size),
    }
    schema = ASSIGNMENTS.schema
    return pa.table({one: given.get(one, pa.nulls(size, schema.field(one).type)) for one in schema.names})


def write_unchanged(folder: Path, customers: int) -> None:
    """Write two samples of one population."""
    random = np.random.default_rng([SEED, customers])
    write(folder, {"before": drawn(random, customers), "now": drawn(random, customers)})


def costs(customers: int) -> None:
    """Print what one comparison of two periods costs each tool."""
    with TemporaryDirectory(prefix="segments-rivals-") as home:
        folder = Path(home) / "pair"
        # by another process: the peak of a process that is started counts that of the one that starts it
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(write_unchanged, folder, customers).result()
        print("| tool | wall s | CPU s | CPU s without imports | peak GiB | told |\n|" + " --- |" * 6)
        used = {}
        for tool in (OWN, *RIVALS):
            one = used[tool] = watched(tool, [folder])
            told = ", ".join(f"{kind}: {len(names)}" for kind, names in one.told[0].items())
            print(
                f"| {tool} {one.version} | {one.seconds:.1f} | {one.cpu:.1f} |"
                f" {one.cpu_without_imports:.1f} | {one.peak_gib:.2f} | {told} |",
                flush=True,
            )
    for tool in RIVALS:
        other, own = used[tool], used[OWN]
        print(
            f"of {tool}'s: CPU 1/{other.cpu / own.cpu:.1f}, without imports"
            f" 1/{other.cpu_without_imports / own.cpu_without_imports:.1f},"
            f" memory 1/{other.peak_gib / own.peak_gib:.1f}",
            flush=True,
        )


def _told(tool: str, one: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """Columns told, by what a reader of the tool may go by."""
    if tool != "NannyML":
        return {tool: set(one["drift"])}
    quality = {*one["missing"], *one["unseen"]}
    return {
        "NannyML, any of ten chunks": {*one["drift"], *quality},
        "NannyML, most chunks": {*one["most"], *quality},
    }


def _on_all(pairs: Sequence[Path]) -> Iterator[tuple[str, list[set[str]]]]:
    """Columns told of every pair, by tool."""
    for tool in (OWN, *RIVALS):
        every = [_told(tool, one) for one in watched(tool, pairs).told]
        for kind in every[0]:
            yield kind, [one[kind] for one in every]


def faults(runs: int, size: int = 100_000) -> None:
    """Print how often each tool tells a planted fault, and which share of the other columns it tells."""
    print("| fault | tool | told | other columns told |\n|" + " --- |" * 4)
    for place, fault in enumerate(FAULTS):
        if fault.size != size:
            continue
        random = np.random.default_rng([SEED, size, place])
        with TemporaryDirectory(prefix="segments-rivals-") as home:
            pairs = []
            for run in range(runs):
                before, now = drawn(random, size), drawn(random, size)
                now[fault.column] = fault.fault(random, now[fault.column])
                pairs.append(write(Path(home) / str(run), {"before": before, "now": now}))
            column = NAMES.get(fault.column, fault.column)
            for tool, told in _on_all(pairs):
                seen = sum(column in one for one in told)
                others = sum(len(one - {column}) for one in told)
                print(
                    f"| {fault.name} | {tool} | {rate(seen, runs)} | {rate(others, 29 * runs)} |", flush=True
                )


def unchanged(runs: int) -> None:
    """Print how often each tool tells anything of two samples of one population."""
    print("| customers | columns | tool | comparisons with a column told | columns told |\n|" + " --- |" * 5)
    for size, columns in (
        (500, TEN),
        (500, None),
        (5_000, TEN),
        (5_000, None),
        (100_000, TEN),
        (100_000, None),
    ):
        random = np.random.default_rng([SEED, size, len(columns or ())])
        with TemporaryDirectory(prefix="segments-rivals-") as home:
            pairs = [
                write(
                    Path(home) / str(run),
                    {"before": drawn(random, size), "now": drawn(random, size)},
                    columns,
                )
                for run in range(runs)
            ]
            width = len(columns) if columns else 30
            for tool, told in _on_all(pairs):
                print(
                    f"| {size:,} | {width} | {tool} | {rate(sum(map(bool, told)), runs)} |"
                    f" {rate(sum(map(len, told)), width * runs)} |",
                    flush=True,
                )


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=["costs", "faults", "unchanged"])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    if not PYTHON.exists():
        sys.exit(
            "Evidently and NannyML are not installed, so nothing is compared: make rivals installs them."
        )
    parts = {
        "costs": lambda: costs(arguments.customers),
        "faults": lambda: faults(arguments.runs),
        "unchanged": lambda: unchanged(arguments.runs),
    }
    for part in arguments.parts:
        print(f"\n{part}", flush=True)
        parts[part]()


if __name__ == "__main__":
    main()
