"""What scoring costs, scheme by scheme, beside a bare prediction of scikit-learn on as many customers.

    segments run --project data/complete_journey
    python -m tests.benchmarks scoring [--project data/complete_journey] [--customers 1000000]

Features of the newest period are taken from the lake and repeated until there are so many customers, each
with an id of its own. Each scheme then assigns all of them with the version in force: segment, confidence,
runner-up, evidence and reasons, as a run does it. Beside them k-means and a logistic regression predict a
label, and nothing else, from six columns of the same features. Told are CPU seconds, in one process, one
after the other.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.segments.assignments import assign
from pipeline.settings import Project, load_project
from pipeline.tables.zones import SCHEME_VERSIONS
from tests.lakes import lake_files

COLUMNS = 6


def main() -> None:
    """Print a row a scheme, and one a prediction."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("data/complete_journey"))
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    project = load_project(asked.project)
    period, few = _newest(project, "features/customer_features")
    _, versions = _newest(project, SCHEME_VERSIONS.path)
    batches = _many(few, asked.customers, sorted(project.every_scheme))
    print(f"{asked.customers:,} customers, features of {few.num_rows:,} in {period} repeated; CPU seconds")
    print("| | seconds | µs a customer |\n| --- | --- | --- |")
    in_force = {row["scheme"] for row in versions.to_pylist() if row["status"] == "assigned"}
    for scheme in sorted(in_force):
        _told(scheme, asked.customers, lambda one=scheme: _assigned(batches, versions, period, project, one))
    for name, predict in _predictions(batches).items():
        _told(name, asked.customers, predict)


def _newest(project: Project, table: str) -> tuple[str, pa.Table]:
    period, path = list(lake_files(project.lake_path, table).items())[-1]
    found = pq.ParquetFile(path).read()
    if "period" not in found.schema.names:
        found = found.append_column("period", pa.array([period] * len(found)))
    return period, found


def _many(few: pa.Table, customers: int, schemes: list[str]) -> list[pa.RecordBatch]:
    """``few`` again and again, nobody with a segment of the period before."""
    for one in schemes:
        few = few.append_column(f"previous_segment_{one}", pa.nulls(len(few), pa.string()))
    times = -(-customers // len(few))
    whole = pa.concat_tables([few] * times).slice(0, customers)
    ids = pa.array([f"c{number:09}" for number in range(customers)])
    whole = whole.set_column(whole.schema.get_field_index("customer_id"), "customer_id", ids)
    return whole.combine_chunks().to_batches(max_chunksize=65_536)


def _assigned(
    batches: list[pa.RecordBatch], versions: pa.Table, period: str, project: Project, scheme: str
) -> None:
    for _ in assign(batches, versions, period, project, {scheme}):
        pass


def _predictions(batches: list[pa.RecordBatch]) -> dict[str, Callable[[], object]]:
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LogisticRegression

    first = batches[0]
    known = [
        one.name for one in first.schema
        if pa.types.is_floating(one.type) and first.column(one.name).null_count < len(first)
    ][:COLUMNS]  # fmt: skip
    values = np.nan_to_num(np.stack([_column(batches, one) for one in known], axis=1))
    some = values[:5_000]
    clusters = KMeans(4, n_init=1, random_state=1).fit(some)
    line = LogisticRegression(max_iter=200).fit(some / (some.std(axis=0) + 1e-9), clusters.labels_)
    return {
        "scikit-learn, k-means": lambda: clusters.predict(values),
        "scikit-learn, logistic regression": lambda: line.predict_proba(values),
    }


def _column(batches: list[pa.RecordBatch], name: str) -> np.ndarray:
    return np.concatenate([one.column(name).to_numpy(zero_copy_only=False).astype(float) for one in batches])


def _told(name: str, customers: int, run: Callable[[], object]) -> None:
    began = time.process_time()
    run()
    seconds = time.process_time() - began
    print(f"| {name} | {seconds:.2f} | {1e6 * seconds / customers:.2f} |", flush=True)


if __name__ == "__main__":
    main()
