"""Is it calm where nobody changes (law L11)? Segments of a stationary company over two years and more.

    python -m tests.benchmarks calm [--customers 1000 --periods 30 --seeds 311 312 313] [--folder DIR]

A company is simulated in which nobody changes, and no season, price or campaign does (``segments simulate
--stationary --movers 0.1``); its records begin in the middle of most persons' lives. Its months run through
the stages of ``segments run`` as far as features; forecasts and schemes are then fitted, carried forward and
refitted, and every customer assigned, by the functions that the stages call, with the segments of the month
before. When the last three months begin, a tenth of the persons becomes somebody else for good. Told are, by
scheme, of the persons who were there before the first month and do not become others (newcomers would shift
the mix):

- how far the share of a segment ever is, in points, from what it was when the scheme first was fitted, and
  from what it was once the window of twelve months was full;
- the share that moves in a month by behaviour, on average and in the worst month, and by the model;
- the same share since windows are full, statuses among the states, beside the published noise floor: what the
  version in force would move if nobody changed, measured as the pipeline does;
- of those who become others, the share whose segment is another one within two months, beside the same of all
  others in the same months; and of both the share that moved in any scheme.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.expr import types as ir

from assets.defs.features import ledgers_read
from assets.defs.forecasts import plan_of
from pipeline.engine.duck import DuckEngine
from pipeline.features import FeatureInputs, customer_features_table
from pipeline.features.reordered import PERIODS
from pipeline.forecasts.fitting import fit_forecasts
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.segments import assign, fit_versions, moved_by_chance, refitted_schemes, scoring_input
from pipeline.settings import EngineSettings, Project, load_project
from pipeline.simulate import Plan, simulate
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES
from pipeline.tables.model import Table
from tests.benchmarks.partly import FEATURES, person_of_customer, run_as_far_as
from tests.lakes import lake_files

#: What is asked for: points of a mix, moves of rfm and of the others, true movers seen.
MIX_POINTS, RFM_MOVES, MOVES, SEEN = 3.0, 0.15, 0.08, 0.80
MOVERS = 0.1


class Company(NamedTuple):
    """What came of one company: ``rows`` one a scheme, customer and month, ``plan``, who the movers are."""

    rows: pd.DataFrame
    plan: Plan


def main(arguments: list[str] | None = None) -> None:
    """Print the tables; fails where it is not calm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000)
    parser.add_argument("--periods", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[311, 312, 313])
    parser.add_argument("--folder", type=Path, help="keep the companies here; read those that are there")
    asked = parser.parse_args(arguments)
    found = []
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.folder or Path(temporary)) / f"seed{seed}"
            plan = Plan(asked.customers, asked.periods, seed, is_stationary=True, movers=MOVERS)
            found.append(company(folder, plan).assign(seed=seed))
    sys.exit(0 if told(pd.concat(found), plan) else 1)


def company(folder: Path, plan: Plan) -> pd.DataFrame:
    """One row a scheme, customer and month: month (counted), state before, by the old version, and now."""
    if not (folder / "truth" / "traits.parquet").exists():
        simulate(folder / "company", plan, folder / "truth")
    project = load_project(folder / "company")
    if not set(plan.keys) <= set(lake_files(project.lake_path, FEATURES)):
        run_as_far_as(project, {FEATURES: plan.keys})
    engine = DuckEngine(EngineSettings())
    try:
        rows = pd.concat(_months(engine, project, plan))
    finally:
        engine.close()
    accounts = pd.read_parquet(folder / "truth" / "accounts.parquet")
    rows["person"] = rows["customer_id"].map(person_of_customer(project, accounts, plan.keys[-1]))
    kinds = pd.read_parquet(folder / "truth" / "archetypes.parquet").pivot(
        index="person_id", columns="period", values="archetype"
    )
    rows["is_old"] = rows["person"].isin(kinds.index[kinds[plan.keys[0]].notna()])
    then, now = kinds[plan.keys[plan.moved_at - 1]], kinds[plan.keys[plan.moved_at]]
    rows["is_mover"] = rows["person"].isin(kinds.index[then.notna() & (then != now)])
    return rows.dropna(subset="person")


def _months(engine: DuckEngine, project: Project, plan: Plan) -> Iterator[pd.DataFrame]:
    files = lake_files(project.lake_path, FEATURES)
    contract = customer_features_table(project.catalogue)
    every = engine.read([*files.values()], contract)
    forecasts, versions, rows, floors = None, None, None, {}
    for at, period in enumerate(plan.keys):
        now = every.filter(every.period == period)
        before = every.filter(every.period == plan.keys[at - 1]).view() if at else None
        seen = every.filter(every.period <= period)
        forecasts = fit_forecasts(seen, forecasts, plan_of(project, period))
        earlier, versions = versions, fit_versions(now, before, versions, rows, period, project, forecasts)
        given = scoring_input(now, rows, project).to_pyarrow()
        assigned = _assigned(given, versions, period, project)
        refitted = refitted_schemes(versions, earlier)
        found = assigned[["scheme", "customer_id", "state", "confidence"]].assign(month=at)
        if refitted:
            replayed = _assigned(given, earlier, period, project, refitted)
            old = replayed.set_index(["scheme", "customer_id"])["state"].rename("replayed")
            found = found.join(old, on=["scheme", "customer_id"])
        else:
            found["replayed"] = found["state"]
        found["replayed"] = found["replayed"].fillna(found["state"])
        names = ["customer_id", "scheme", "segment_id"]
        texts = pa.schema([(one, pa.string()) for one in names])
        rows = engine.from_arrow(pa.Table.from_pandas(assigned[names], texts, preserve_index=False))
        if at + 1 == PERIODS or (at + 1 > PERIODS and refitted):
            inputs = _inputs(engine, project, plan.keys[at + 1 - PERIODS : at + 1])
            by_chance = moved_by_chance(inputs, rows, versions, period, project)
            floors = {name: one.moved_count / one.customers_count for name, one in by_chance.items()}
        yield found.assign(floor=found["scheme"].map(floors).astype(float))


def _inputs(engine: DuckEngine, project: Project, periods: list[str]) -> FeatureInputs:
    def read(table: Table) -> ir.Table:
        files = lake_files(project.lake_path, table.path)
        return engine.read([files[one] for one in periods if one in files], table)

    customers = read(zones.customers_table(project.entity(PROFILES.name)))
    ledgers = {one: read(project.ledgers[one].table) for one in ledgers_read(project)}
    return FeatureInputs(customers, read(zones.ACCOUNT_LINKS), ledgers)


def _assigned(
    given: pa.Table, versions: pa.Table, period: str, project: Project, schemes: set[str] | None = None
) -> pd.DataFrame:
    batches = assign(given.to_batches(), versions, period, project, schemes)
    columns = ["scheme", "customer_id", "segment_id", "status", "confidence"]
    found = pa.Table.from_batches(batches).select(columns).unify_dictionaries().to_pandas()
    found = found.astype(dict.fromkeys(columns[:4], object))
    assigned = found["status"] == "assigned"
    found["state"] = found["segment_id"].where(assigned, None)
    return found


def with_before(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with the state of each customer in the month before: ``origin``."""
    key = ["seed", "scheme", "customer_id"]
    earlier = rows[[*key, "month", "state"]].assign(month=rows["month"] + 1)
    return rows.merge(earlier.rename(columns={"state": "origin"}), on=[*key, "month"], how="left")


def mix_points(rows: pd.DataFrame, since: int, until: int) -> tuple[float, str]:
    """Greatest change of a segment's share in points since a month, of who has a segment; and which."""
    some = rows[rows["month"].between(since, until - 1)].dropna(subset="state")
    shares = some.groupby(["month", "state"]).size().unstack(fill_value=0)
    shares = shares.div(shares.sum(axis=1), axis=0).mul(100)
    changes = (shares - shares.loc[since]).stack()
    worst = changes.abs().idxmax()
    return float(changes[worst]), f"{worst[1].partition(':')[2]}, month {worst[0] + 1}"


def told(rows: pd.DataFrame, plan: Plan) -> bool:
    """Print all tables; whether it is calm."""
    right, rows = True, with_before(rows)
    still = rows[rows["is_old"] & ~rows["is_mover"]]
    print(
        "| scheme | mix since the first fit | since windows are full | move a month | worst month |"
        " by the model | customers |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for scheme, some in still.groupby("scheme"):
        fitted = some.dropna(subset="state")["month"].min()
        if np.isnan(fitted):
            continue
        mixes = [mix_points(some, since, plan.moved_at) for since in (fitted, max(fitted, WINDOW_PERIODS))]
        lived = some[some["month"].between(fitted + 1, plan.moved_at - 1)].dropna(subset=["state", "origin"])
        moves = _moves(lived)
        by_model = ((lived["state"] != lived["origin"]).groupby(lived["month"]).mean() - moves).mean()
        cells = [f"{points:+.1f} ({which})" for points, which in mixes]
        last = some[some["month"] == plan.moved_at - 1]["state"].notna().sum()
        cells += [f"{one:.1%}" for one in (moves.mean(), moves.max(), by_model)]
        print(f"| {scheme} | {' | '.join(cells)} | {last:,} |")
        right &= abs(mixes[0][0]) <= MIX_POINTS
        right &= moves.mean() <= (RFM_MOVES if scheme == "rfm" else MOVES)
    right &= _told_floors(still, plan)
    print("\n| scheme | movers with a segment | seen within two months | of those who did not change |")
    print("| --- | --- | --- | --- |")
    seen = _seen(rows, plan)
    for scheme, some in seen.groupby("scheme"):
        print(_seen_row(scheme, some))
    anywhere = seen.groupby(["seed", "customer_id"])[["is_mover", "is_seen"]].max().reset_index()
    print(_seen_row("any", anywhere))
    return bool(right and anywhere.loc[anywhere["is_mover"], "is_seen"].mean() >= SEEN)


def _told_floors(still: pd.DataFrame, plan: Plan) -> bool:
    """Print moves beside the noise floor; whether no scheme moves more, but for what chance makes of both."""
    print("\n| scheme | move a month | noise floor | standard error of the difference |")
    print("| --- | --- | --- | --- |")
    right, months = True, still["month"].between(PERIODS, plan.moved_at - 1)
    for scheme, some in still[months & still["floor"].notna()].groupby("scheme"):
        unfitted = some[["origin", "state"]].isna().all(axis=1).all()
        if unfitted:
            continue
        states = some[["replayed", "origin", "state"]].fillna("none")
        moved = (states["replayed"] != states["origin"]) & (states["state"] != states["origin"])
        by_seed = pd.DataFrame({"moved": moved, "floor": some["floor"]}).groupby(some["seed"]).mean()
        share, floor = by_seed.mean()
        customers = some.groupby("seed")["customer_id"].nunique().sum()
        error = np.sqrt(floor * (1 - floor) / customers + share * (1 - share) / len(some))
        print(f"| {scheme} | {share:.1%} | {floor:.1%} | {error:.1%} |")
        right &= share <= floor + 2 * error
    return bool(right)


def _moves(some: pd.DataFrame) -> pd.Series:
    """Share that moved by behaviour in each month, of who had a segment in it and in the one before."""
    both = some.dropna(subset=["state", "origin"])
    # behaviour: the version of before already says another segment of the new features
    moved = (both["replayed"] != both["origin"]) & (both["state"] != both["origin"])
    return moved.groupby(both["month"]).mean()


def _seen(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Of each scheme and customer with a segment before the change: whether another one within two months."""
    key = ["seed", "scheme", "customer_id"]
    first = rows[rows["month"] == plan.moved_at - 1].dropna(subset="state").set_index(key)
    later = rows[rows["month"].between(plan.moved_at, plan.moved_at + 1)]
    later = later.join(first["state"].rename("then"), on=key, how="inner")
    later["is_seen"] = later["state"].notna() & (later["state"] != later["then"])
    found = later.groupby(key)["is_seen"].max().to_frame()
    return found.join(first["is_mover"]).reset_index()


def _seen_row(scheme: str, some: pd.DataFrame) -> str:
    movers, others = some[some["is_mover"]], some[~some["is_mover"].astype(bool)]
    return f"| {scheme} | {len(movers):,} | {movers['is_seen'].mean():.0%} | {others['is_seen'].mean():.0%} |"


if __name__ == "__main__":
    main()
