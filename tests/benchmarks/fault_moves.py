"""What moves are called when the orders of the last period have a fault, in whole runs of a small company.

``python -m tests.benchmarks fault_moves [--customers 250 --months 5 --seed 7]``. All periods but the last are
run once; then the last is delivered with one fault each, a source that is broken is accepted by name, and
moves in schemes that rest on the orders are counted by cause. Not as asked for where a source is named and
a move is called behaviour.
"""

import argparse
import csv
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import yaml

from assets.running import bring_up_to_date
from pipeline.errors import InputError
from pipeline.schemes.resting import sources_behind
from pipeline.settings import accept, load_project
from pipeline.tables.health import ILL
from tests.company import write_company
from tests.lakes import lake_rows

Lines = list[dict[str, str]]
Fault = Callable[[Lines], Lines]

SOURCE = "till"


def faults(seed: int) -> dict[str, Fault]:
    """By name, what is done to the order lines of the last period."""
    rng = random.Random(seed)

    def some(share: float) -> Fault:
        return lambda lines: [one for one in lines if rng.random() >= share]

    def without(column: str, share: float) -> Fault:
        def cut(lines: Lines) -> Lines:
            every = sorted({one[column] for one in lines})
            gone = set(rng.sample(every, int(len(every) * share)))
            return [one for one in lines if one[column] not in gone]

        return cut

    def again(lines: Lines) -> Lines:
        return lines + [one | {"order": one["order"] + "x"} for one in lines]

    return {
        "as it is": lambda lines: lines,
        "20% of rows": some(0.2),
        "50% of rows": some(0.5),
        "30% of orders": without("order", 0.3),
        "30% of accounts": without("customer", 0.3),
        "50% of accounts": without("customer", 0.5),
        "cut on the 20th": lambda lines: [one for one in lines if one["at"][8:10] <= "20"],
        "amounts x100": lambda lines: [one | {"price": f"{100 * float(one['price']):.2f}"} for one in lines],
        "loaded twice, new keys": again,
        "empty": lambda lines: [],
    }


def _read(folder: Path) -> Lines:
    with (folder / "orders.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _deliver(folder: Path, lines: Lines, last: str) -> None:
    with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    path = folder / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8")) | {"last_period": last}
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def _run(folder: Path, period: str) -> tuple[str, Counter[str]]:
    """State of the source in ``period``, and moves of schemes that rest on it by cause."""
    project = load_project(folder)
    try:
        bring_up_to_date(project)
    except InputError as error:
        if f"{SOURCE} is broken" not in str(error):
            raise
        accept(project, [f"{SOURCE}:{period}"])
        bring_up_to_date(load_project(folder))
    told = lake_rows(project.lake_path, "published/source_health", period)
    state = next(row["source_state"] for row in told if row["source"] == SOURCE)
    resting = {name for name, sources in sources_behind(project).items() if SOURCE in sources}
    moves = lake_rows(project.lake_path, "published/segment_moves", period)
    return state, Counter(row["cause"] for row in moves if row["scheme"] in resting)


def main(arguments: list[str] | None = None) -> None:
    """Print the table; ends with an error where a fault that is named is called behaviour."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=250)
    parser.add_argument("--months", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    work = Path(tempfile.mkdtemp(prefix="fault_moves_"))
    warm_up = {"warm_up_periods": 1, "min_customers_to_fit": 10}
    project, _ = write_company(work / "whole", asked.customers, asked.months, asked.seed, segments=warm_up)
    last = project.last_period
    assert last is not None
    lines = _read(work / "whole")
    before, now = [one for one in lines if one["at"] < last], [one for one in lines if one["at"] >= last]
    now = [one for one in now if one["at"][:7] == last]
    _deliver(work / "whole", before, project.calendar.previous(last))
    bring_up_to_date(load_project(work / "whole"))
    wrong, called, every = [], 0, 0
    for name, do in faults(asked.seed).items():
        folder = work / "faulty"
        shutil.copytree(work / "whole", folder, symlinks=True)
        _deliver(folder, before + do(now), last)
        state, causes = _run(folder, last)
        shutil.rmtree(folder)
        behaviour, data = causes["behaviour"], causes["data"]
        print(
            f"{name:26} {state:12} moves {causes.total():5}  behaviour {behaviour:5}  data {data:5}",
            flush=True,
        )
        if state in ILL and behaviour:
            wrong.append(name)
        if name != "as it is":
            called, every = called + behaviour, every + causes.total()
    print(f"called behaviour over all faults: {called} of {every} moves, {called / every:.1%}")
    shutil.rmtree(work)
    if wrong:
        sys.exit(f"named at the source, and called behaviour: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
