"""Planted segments of a simulated company against those that customers are told to be in.

    python -m tests.benchmarks planted_segments [--customers 1500 --periods 12 --seeds 911 912] [--folder DIR]

Each company is written, run through the stages of ``segments run`` as far as the features of its last two
months; schemes are fitted on the last month and assign its customers, by the functions that the stages call.
The truth (``pipeline.simulate.true_segments``) is the same rule on what is to be expected of a person in
place of what was seen of it. Told are, by scheme, of customers of one person with a truth: how many have a
segment, how many of these more than half of the evidence, and of those the macro F1 (mean over segments) and
the share that is right; the same F1 of whom the scheme is sure (confidence of ``SURE`` and more, where it has
one); of who has less than the least evidence, the share that is ``insufficient_data``.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine.duck import DuckEngine
from pipeline.features import customer_features_table
from pipeline.models.frame import frame_of
from pipeline.schemes.least_evidence import observed_share
from pipeline.segments import assign, fit_versions, scoring_input
from pipeline.settings import EngineSettings, Project, load_project
from pipeline.simulate import Plan, simulate
from pipeline.simulate.true_segments import segments_table
from pipeline.simulate.world import world
from tests.benchmarks.partly import FEATURES, person_of_customer, run_as_far_as
from tests.lakes import lake_files

#: What is asked for.
KNOWN, F1, THIN = 0.5, 0.85, 0.95
#: Confidence from which on a customer counts as one of whom the scheme is sure.
SURE = 0.8


def main(arguments: list[str] | None = None) -> None:
    """Print the table of each company; fails where a scheme misses what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_500)
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--seeds", type=int, nargs="+", default=[911, 912])
    parser.add_argument("--folder", type=Path, help="keep the companies here; read those that are there")
    asked = parser.parse_args(arguments)
    right = True
    for seed in asked.seeds:
        plan = Plan(asked.customers, asked.periods, seed)
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.folder or Path(temporary)) / f"seed{seed}"
            found = measured(folder, plan)
        print(f"\nseed {seed}\n{found.to_string(index=False, float_format='{:.2f}'.format)}", flush=True)
        right &= bool(
            (found["macro_f1"].dropna() >= F1).all() and (found["thin_unassigned"].dropna() >= THIN).all()
        )
    sys.exit(0 if right else 1)


def measured(folder: Path, plan: Plan) -> pd.DataFrame:
    """One row a scheme with a truth."""
    if not (folder / "truth" / "accounts.parquet").exists():
        simulate(folder / "company", plan, folder / "truth")
    project = load_project(folder / "company")
    if not set(plan.keys[-2:]) <= set(lake_files(project.lake_path, FEATURES)):
        run_as_far_as(project, {FEATURES: plan.keys[-2:]})
    assigned = _assigned(project, plan)
    accounts = pd.read_parquet(folder / "truth" / "accounts.parquet")
    assigned["person_id"] = assigned["customer_id"].map(person_of_customer(project, accounts, plan.keys[-1]))
    truth = segments_table(world(plan)).to_pandas()
    both = assigned.merge(truth.rename(columns={"segment": "true"}), on=["person_id", "scheme"])
    # one customer of each person: that of whom most is known
    both = both.sort_values("evidence_share").drop_duplicates(["scheme", "person_id"], keep="last")
    return pd.DataFrame([_row(project, plan, scheme, some) for scheme, some in both.groupby("scheme")])


def _row(project: Project, plan: Plan, scheme: str, some: pd.DataFrame) -> dict[str, object]:
    known = some.dropna(subset="segment")
    sure = known[known["evidence_share"] > KNOWN]
    thin = _thin(project, plan, scheme, some)
    confident = sure[sure["confidence"] >= SURE]
    return {
        "scheme": scheme,
        "with_truth": len(some),
        "assigned": len(known) / len(some),
        "evident": len(sure),
        "macro_f1": macro_f1(sure["true"], sure["segment"]) if len(sure) else float("nan"),
        "right": (sure["true"] == sure["segment"]).mean(),
        "confident": len(confident),
        "f1_confident": macro_f1(confident["true"], confident["segment"]) if len(confident) else float("nan"),
        "right_confident": (confident["true"] == confident["segment"]).mean(),
        "f1_by_segment": " ".join(
            f"{name} {one:.2f}" for name, one in f1(sure["true"], sure["segment"]).items()
        ),
        "thin": len(thin),
        "thin_unassigned": thin["segment"].isna().mean() if len(thin) else float("nan"),
    }


def _thin(project: Project, plan: Plan, scheme: str, some: pd.DataFrame) -> pd.DataFrame:
    """Customers of whom less was observed than the scheme asks for; of facts nothing is."""
    document = project.every_scheme[scheme]
    least = {} if len(document.facts()) == len(document.segments) else document.least_evidence
    table = pq.read_table(lake_files(project.lake_path, FEATURES)[plan.keys[-1]], partitioning=None)
    frame = frame_of(table, least)
    share = pd.Series(observed_share(frame, least), frame.customer_id.to_pylist())
    return some[some["customer_id"].map(share) < 1]


def f1(true: pd.Series, told: pd.Series) -> dict[str, float]:
    """F1 of each true segment."""
    return {
        name: 2
        * ((true == name) & (told == name)).sum()
        / max((true == name).sum() + (told == name).sum(), 1)
        for name in sorted(true.unique())
    }


def macro_f1(true: pd.Series, told: pd.Series) -> float:
    """Mean F1 of all true segments."""
    found = f1(true, told)
    return sum(found.values()) / len(found)


def _assigned(project: Project, plan: Plan) -> pd.DataFrame:
    engine = DuckEngine(EngineSettings())
    try:
        files = lake_files(project.lake_path, FEATURES)
        every = engine.read(
            [files[one] for one in plan.keys[-2:]], customer_features_table(project.catalogue)
        )
        now, before = (every.filter(every.period == one) for one in (plan.keys[-1], plan.keys[-2]))
        versions = fit_versions(now, before.view(), None, None, plan.keys[-1], project)
        batches = assign(
            scoring_input(now, None, project).to_pyarrow().to_batches(), versions, plan.keys[-1], project
        )
        table = pa.Table.from_batches(batches).select(
            ["scheme", "customer_id", "segment_id", "status", "evidence_share", "confidence"]
        )
    finally:
        engine.close()
    found = table.unify_dictionaries().to_pandas()
    for name in ("scheme", "customer_id", "segment_id", "status"):
        found[name] = found[name].astype(object)
    told = found["segment_id"].str.partition(":")[2]
    found["segment"] = told.where(found["status"] == "assigned", None)
    return found


if __name__ == "__main__":
    main()
