"""How many customers move by behaviour, and how sure the month before was of those who then moved.

``make run``, then ``python -m tests.benchmarks moves [--project data/complete_journey --after 2017-06]``.
Reads what is published. Of each scheme, over the periods after ``--after`` in which no new version came
into force: pairs of a customer and a period with a segment in it and in the one before; the share of
them whose segment moved with the cause *behaviour*; the mean confidence, in the period before, of those
who then moved and of those who stayed.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from pipeline.cli.summary import manifest_of
from pipeline.engine import Lake
from pipeline.publish.manifest import published_folder, table_file
from pipeline.settings import Project, load_project

_KEY = ["customer_id", "scheme"]


def pairs(project: Project, before: str, period: str) -> pd.DataFrame:
    """Customers with a segment in both periods: ``confidence`` of the first, ``moved``, ``stayed``."""
    folder = published_folder(Lake(project.lake_path))

    def read(table: str, one: str, columns: list[str]) -> pd.DataFrame:
        return pq.read_table(table_file(folder, table, one), columns=columns, partitioning=None).to_pandas()

    assigned = [*_KEY, "scheme_version", "segment_id", "confidence"]
    then, now = (read("segment_assignments", one, assigned).dropna() for one in (before, period))
    found = now.merge(then, on=_KEY, suffixes=("", "_before"))
    found = found.merge(read("segment_moves", period, [*_KEY, "cause"]), on=_KEY, how="left")
    is_refit = found["scheme_version"] != found["scheme_version_before"]
    found = found[~found["scheme"].isin(found["scheme"][is_refit])]
    return pd.DataFrame(
        {
            "scheme": found["scheme"],
            "confidence": found["confidence_before"],
            "moved": found["cause"] == "behaviour",
            "stayed": found["segment_id"] == found["segment_id_before"],
        }
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=Path("data/complete_journey"))
    parser.add_argument("--after", default="2017-06")
    asked = parser.parse_args(arguments)
    project = load_project(asked.project)
    every = [one for one in pairwise(sorted(manifest_of(project).periods)) if one[1] > asked.after]
    found = pd.concat([pairs(project, *one) for one in every])
    print(f"{'scheme':20} {'pairs':>8} {'moved':>7} {'movers':>7} {'stayers':>8}")
    for scheme, mine in sorted(found.groupby("scheme"), key=lambda one: float(one[1]["moved"].mean())):
        movers, stayers = (mine["confidence"][mine[one]].mean() for one in ("moved", "stayed"))
        print(f"{scheme:20} {len(mine):8,} {mine['moved'].mean():7.1%} {movers:7.2f} {stayers:8.2f}")


if __name__ == "__main__":
    main()
