"""One late day of Online Retail: what a run costs that redoes the periods from its own to the newest.

    python -m tests.benchmarks daily --through 2011-04

The files of all days but one, a CSV each, are brought up to date ``through`` a period. Then the file of that
day comes, with rows of the first period, and one whole run, start-up included, publishes its period and all
later ones again. A run with nothing new stands beside it.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from tests.benchmarks.companies.retail import FILE
from tests.benchmarks.companies.trial import HERE, SHARED
from tests.benchmarks.scale import measured

LATE = "2010-12-14"


def deliver(folder: Path, through: str) -> tuple[Path, pd.DataFrame]:
    """Write the project and its files; the file that is to come, and its rows."""
    (folder / "drops").mkdir()
    settings = (HERE / "drops.yaml").read_text(encoding="utf-8")
    (folder / "project.yaml").write_text(
        settings.replace('last_period: "2011-11"', f'last_period: "{through}"'), encoding="utf-8"
    )
    lines = pd.read_parquet(SHARED / FILE)
    end = pd.Timestamp(through) + pd.offsets.MonthBegin()
    some = lines[lines["InvoiceDate"] < end]
    days = {str(day.date()): rows for day, rows in some.groupby(some["InvoiceDate"].dt.normalize())}
    for day, rows in days.items():
        if day != LATE:
            rows.to_csv(folder / "drops" / f"{day}.csv", index=False)
    return folder / "drops" / f"{LATE}.csv", days[LATE]


def main() -> None:
    """Print the cost of the late day, and of nothing new."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--through", default="2011-04", help="last period, 2010-12 to 2011-11")
    through = parser.parse_args().through
    with TemporaryDirectory(prefix="segments-daily-") as name:
        late, rows = deliver(Path(name), through)
        program = [str(Path(sys.executable).parent / "segments"), "run", "--project", name]
        print(f"{'what':<34} {'wall s':>8} {'CPU s':>8}")
        for what, comes in (
            ("all days but one", False),
            (f"{len(rows):,} rows of {LATE}", True),
            ("nothing new", False),
        ):
            if comes:
                rows.to_csv(late, index=False)
            cost = measured(program)
            print(f"{what:<34} {cost.wall_seconds:>8.1f} {cost.cpu_seconds:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
