"""Is stated confidence earned? Segments of a second draw of the same customers against those of the first.

    python -m tests.benchmarks confidence [--customers 2000 --periods 12 --seeds 201]

A stationary company is simulated twice: the same persons with the same traits, accounts and products, with
another history (``--draw``). Both run through the stages of ``segments run`` as far as the features of the
last month. Every scheme is fitted on the first draw, and the frozen version scores both. Printed are, by
scheme and tenth of stated confidence, its mean and the share of customers whose segment is the same in the
second draw; the greatest and the mean gap between the two over tenths (the latter is the expected calibration
error); the most that the former may be there, and how many tenths are beyond what they may be; the area
under the curve of confidence for being the same; how many of those who are not went to their runner-up, and
of how many the runner-up was the likelier of the two; the same by how many orders had been seen; and how many
were assigned in the first draw alone, whom the table leaves out. Schemes that state no confidence
(``schemes.earned``) are not in it.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from assets.defs.forecasts import plan_of
from pipeline.engine.duck import DuckEngine
from pipeline.features import customer_features_table
from pipeline.forecasts.fitting import fit_forecasts
from pipeline.models.frame import frame_of
from pipeline.models.parameters import from_json
from pipeline.schemes import serving
from pipeline.schemes.earned import is_earned
from pipeline.segments import fit_versions
from pipeline.segments.inputs import remembering, scoring_input
from pipeline.settings import EngineSettings, Project, load_project
from pipeline.simulate import Plan, simulate
from tests.benchmarks.partly import FEATURES, person_of_customer, run_as_far_as
from tests.lakes import lake_files

TENTHS = 10
#: Confidence may be off the share that is the same by so much in each tenth of customers, beside two standard
#: errors of that share: a tenth of a few hundred customers is a few dozen.
OFF = 0.05
ORDERS = ((1, 3), (4, 5), (6, 10), (11, 20), (21, 10_000))
_ORDERS_COUNT = "orders_count_12p"


def main(arguments: list[str] | None = None) -> None:
    """Print the tables; fails where confidence is not earned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--seeds", type=int, nargs="+", default=[201])
    parser.add_argument("--folder", type=Path, help="keep the companies here; read those that are there")
    asked = parser.parse_args(arguments)
    found = []
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.folder or Path(temporary)) / f"seed{seed}"
            size = (asked.customers, asked.periods, seed)
            plans = [Plan(*size, is_stationary=True, draw=one) for one in (0, 1)]
            found.append(pair(folder, plans).assign(seed=seed))
    sys.exit(0 if told(pd.concat(found)) else 1)


def pair(folder: Path, plans: list[Plan]) -> pd.DataFrame:
    """One row a scheme and customer assigned in the first draw, with its segment in the second."""
    projects = [_run(folder / f"draw{plan.draw}", plan) for plan in plans]
    engine = DuckEngine(EngineSettings())
    try:
        first, second = (_features(engine, one) for one in projects)
        last = plans[0].keys[-1]
        versions = _fitted(first, projects[0], plans[0].keys)
        scored = [
            pd.concat(_scored(versions, rows.filter(rows.period == last), project))
            for rows, project in zip((first, second), projects, strict=True)
        ]
    finally:
        engine.close()
    for one, project, plan in zip(scored, projects, plans, strict=True):
        accounts = pd.read_parquet(folder / f"draw{plan.draw}" / "truth" / "accounts.parquet")
        one["person"] = one["customer_id"].map(person_of_customer(project, accounts, last))
    key = ["scheme", "person"]
    once = [one.dropna(subset="person").drop_duplicates(key, keep=False) for one in scored]
    again = once[1].set_index(key)["segment"].rename("again")
    return once[0].dropna(subset="segment").join(again, on=key, how="inner")


def _run(folder: Path, plan: Plan) -> Project:
    if not (folder / "truth" / "traits.parquet").exists():
        simulate(folder / "company", plan, folder / "truth")
    project = load_project(folder / "company")
    # forecasts are fitted on the first draw, on features of every month
    months = plan.keys if plan.draw == 0 else plan.keys[-1:]
    if not set(months) <= set(lake_files(project.lake_path, FEATURES)):
        run_as_far_as(project, {FEATURES: months})
    return project


def _features(engine: DuckEngine, project: Project):
    contract = customer_features_table(project.catalogue)
    return engine.read([*lake_files(project.lake_path, FEATURES).values()], contract)


def _fitted(features, project: Project, periods: list[str]) -> pa.Table:
    """Versions of all schemes, fitted on the last period as a refit would."""
    forecasts = fit_forecasts(features, None, plan_of(project, periods[-1]))
    now, before = (features.filter(features.period == one) for one in (periods[-1], periods[-2]))
    return fit_versions(now, before.view(), None, None, periods[-1], project, forecasts)


def _scored(versions: pa.Table, rows, project: Project) -> Iterator[pd.DataFrame]:
    table = scoring_input(rows, None, project).to_pyarrow()
    for row in versions.to_pylist():
        scheme = project.every_scheme[row["scheme"]]
        parameters = None if row["parameters"] is None else from_json(row["parameters"])
        if parameters is None or not is_earned(parameters):
            continue
        reads = serving.scoring_reads(scheme, parameters)
        frame = frame_of(table, reads, [one for one in remembering(project) if one == scheme.name])
        scored = serving.score(scheme.name, parameters, frame)
        ids = np.array([*scored.segment_ids, None], dtype=object)
        yield pd.DataFrame(
            {
                "scheme": scheme.name,
                "customer_id": table.column("customer_id").to_pylist(),
                "segment": ids[scored.segment],
                "runner_up": ids[scored.runner_up],
                "confidence": scored.confidence,
                "margin": scored.margin,
                "evidence": scored.evidence_share,
                "orders": table.column(_ORDERS_COUNT).to_numpy(zero_copy_only=False),
            }
        )


def told(found: pd.DataFrame) -> bool:
    """Print all tables; whether all confidence is earned."""
    right = True
    both = found.dropna(subset="again")
    both = both.assign(same=both["segment"] == both["again"])
    alone = found["again"].isna().groupby(found["scheme"]).mean()
    heads = ("scheme", "customers", "in one draw alone", "stated", "same", "greatest gap", "allowed there",
             "tenths beyond", "mean gap", "AUC", "to the runner-up", "runner-up likelier")  # fmt: skip
    print(f"| {' | '.join(heads)} |")
    print("| --- " * len(heads) + "|")
    for scheme, some in both.groupby("scheme"):
        tenths = in_tenths(some)
        gaps = (tenths["stated"] - tenths["same"]).abs()
        left = some[~some["same"]]
        error = np.sqrt(tenths["same"] * (1 - tenths["same"]) / (len(some) / TENTHS))
        allowed = OFF + 2 * error
        print(
            f"| {scheme} | {len(some):,} | {alone[scheme]:.1%} | {some['confidence'].mean():.3f} |"
            f" {some['same'].mean():.3f} | {gaps.max():.3f} | {allowed[gaps.idxmax()]:.3f} |"
            f" {(gaps > allowed).sum()} | {gaps.mean():.3f} |"
            f" {area_under_curve(some['confidence'], some['same']):.2f} |"
            f" {(left['runner_up'] == left['again']).mean():.0%} | {(some['margin'] < 0).mean():.1%} |"
        )
        right &= bool((gaps <= allowed).all())
    print("\nstated, same by tenth of stated confidence")
    for scheme, some in both.groupby("scheme"):
        tenths = in_tenths(some)
        cells = (f"{one.stated:.2f} {one.same:.2f}" for one in tenths.itertuples())
        print(f"| {scheme} | {' | '.join(cells)} |")
    heads = [f"{low} to {high}" if high < ORDERS[-1][1] else f"{low} and more" for low, high in ORDERS]
    print(f"\nstated, same (customers) by orders seen: {', '.join(heads)}")
    for scheme, some in both.groupby("scheme"):
        parts = [some[some["orders"].between(*limits)] for limits in ORDERS]
        cells = (
            f"{one['confidence'].mean():.2f} {one['same'].mean():.2f} ({len(one)})" if len(one) else "-"
            for one in parts
        )  # fmt: skip
        print(f"| {scheme} | {' | '.join(cells)} |")
    return right


def area_under_curve(told: pd.Series, happened: pd.Series) -> float:
    """The probability that who it happened to was told higher than who it did not; ties count half."""
    ranks, many = told.rank(), int(happened.sum())
    rest = len(told) - many
    if not many or not rest:
        return float("nan")
    return float((ranks[happened].sum() - many * (many + 1) / 2) / (many * rest))


def in_tenths(some: pd.DataFrame) -> pd.DataFrame:
    """Mean confidence and share that is the same in each tenth of customers by confidence."""
    place = some["confidence"].rank(method="first").to_numpy() - 1
    tenth = (place * TENTHS // len(some)).astype(int)
    means = some.groupby(tenth)[["confidence", "same"]].mean()
    return means.rename(columns={"confidence": "stated"})


if __name__ == "__main__":
    main()
