"""Is it calm where nobody changes (law L11)? Segments of a stationary company over two years and more.

    python -m tests.benchmarks calm [--customers 900 --periods 26 --seeds 502 503] [--folder DIR]

A company is simulated in which nobody changes, and no season, price or campaign does (``segments simulate
--stationary --movers 0.1``); its records begin in the middle of most persons' lives. Its months run through
the stages of ``segments run`` as far as features; forecasts and schemes are then fitted, carried forward and
refitted, at their cadence and on major findings of the month before, and every customer assigned, by the
functions that the stages call, with the segments of the month before. When the last three months begin, a
tenth of the persons becomes somebody else for good. ``calm_told`` says what is told of it.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pyarrow as pa
from ibis.expr import types as ir

from assets.defs.features import ledgers_read
from assets.defs.forecasts import plan_of
from pipeline import drift
from pipeline.engine.duck import DuckEngine
from pipeline.features import FeatureInputs, customer_features_table
from pipeline.features.reordered import PERIODS
from pipeline.forecasts.fitting import fit_forecasts
from pipeline.models.parameters import from_json
from pipeline.schemes.resting import features_behind
from pipeline.segments import (
    Requests,
    as_asked,
    assign,
    first_fitted,
    fit_versions,
    moved_by_chance,
    placed_anew,
    refitted_schemes,
    scoring_input,
    version_requests,
)
from pipeline.settings import EngineSettings, Project, load_project
from pipeline.simulate import Plan, simulate
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES
from pipeline.tables.model import Table
from tests.benchmarks.calm_told import told
from tests.benchmarks.partly import FEATURES, person_of_customer, run_as_far_as
from tests.lakes import lake_files

MOVERS = 0.1


def main(arguments: list[str] | None = None) -> None:
    """Print the tables; fails where it is not calm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=900)
    parser.add_argument("--periods", type=int, default=26)
    parser.add_argument("--seeds", type=int, nargs="+", default=[502, 503])
    parser.add_argument("--folder", type=Path, help="keep the companies here; read those that are there")
    parser.add_argument("--no-refit-on-major", action="store_true", help="refits at the cadence alone")
    asked = parser.parse_args(arguments)
    rows, fits = [], []
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.folder or Path(temporary)) / f"seed{seed}"
            plan = Plan(asked.customers, asked.periods, seed, is_stationary=True, movers=MOVERS)
            found, fitted = company(folder, plan, not asked.no_refit_on_major)
            rows.append(found.assign(seed=seed))
            fits.append(fitted.assign(seed=seed))
    sys.exit(0 if told(pd.concat(rows), pd.concat(fits), plan) else 1)


def company(folder: Path, plan: Plan, on_major: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a scheme, customer and month: month (counted), state before, by the old version, and now; and
    one a fit of a scheme: what was decided, and whether a finding asked for it."""
    if not (folder / "truth" / "traits.parquet").exists():
        simulate(folder / "company", plan, folder / "truth")
    project = load_project(folder / "company")
    versions = project.versions.model_copy(update={"refit_on_major": on_major})
    usual = project.segments.model_copy(update={"warm_up_periods": 3, "refit_every_periods": "quarter"})
    project = project.model_copy(update={"versions": versions, "segments": usual})
    if not set(plan.keys) <= set(lake_files(project.lake_path, FEATURES)):
        run_as_far_as(project, {FEATURES: plan.keys})
    engine = DuckEngine(EngineSettings())
    life = _Life(engine, project, plan)
    try:
        # confidence is not looked at here: no segment depends on it, and most of a fit's time goes there
        with patch("pipeline.schemes.serving._earned", return_value=None):
            rows = pd.concat(life.months())
    finally:
        engine.close()
    fits = pd.DataFrame(life.fits, columns=["scheme", "month", "decision", "is_asked"])
    accounts = pd.read_parquet(folder / "truth" / "accounts.parquet")
    rows["person"] = rows["customer_id"].map(person_of_customer(project, accounts, plan.keys[-1]))
    kinds = pd.read_parquet(folder / "truth" / "archetypes.parquet").pivot(
        index="person_id", columns="period", values="archetype"
    )
    rows["is_old"] = rows["person"].isin(kinds.index[kinds[plan.keys[0]].notna()])
    then, now = kinds[plan.keys[plan.moved_at - 1]], kinds[plan.keys[plan.moved_at]]
    rows["is_mover"] = rows["person"].isin(kinds.index[then.notna() & (then != now)])
    rows["becomes"] = rows["person"].map(now)
    return rows.dropna(subset="person"), fits


@dataclass
class _Life:
    """The months of a company, one after the other; ``fits`` are those of schemes that had a version."""

    engine: DuckEngine
    project: Project
    plan: Plan
    fits: list[tuple[str, int, str, bool]] = field(default_factory=list)

    def months(self) -> Iterator[pd.DataFrame]:
        project, plan, engine = self.project, self.plan, self.engine
        files = lake_files(project.lake_path, FEATURES)
        every = engine.read([*files.values()], customer_features_table(project.catalogue))
        forecasts, versions, rows, floors, watch = None, None, None, {}, _Watch(engine, project)
        for at, period in enumerate(plan.keys):
            now = every.filter(every.period == period)
            before = every.filter(every.period == plan.keys[at - 1]).view() if at else None
            forecasts = fit_forecasts(
                every.filter(every.period <= period), forecasts, plan_of(project, period)
            )
            earlier, asked = versions, watch.requests(period)
            versions = fit_versions(now, before, versions, rows, period, project, forecasts, requests=asked)
            self._note(at, versions, asked)
            refitted = refitted_schemes(versions, earlier)
            assigned = self._scored(now, rows, versions, earlier, period)
            rows = _stored(engine, assigned)
            watch.see(period, now, rows)
            if at + 1 == PERIODS or (at + 1 > PERIODS and refitted):
                inputs = _inputs(engine, project, plan.keys[at + 1 - PERIODS : at + 1])
                by_chance = moved_by_chance(inputs, rows, versions, period, project)
                floors = {name: one.moved_count / one.customers_count for name, one in by_chance.items()}
            kept = ["scheme", "customer_id", "state", "replayed", "is_new"]
            floor = assigned["scheme"].map(floors).astype(float)
            yield assigned[kept].assign(month=at, floor=floor)

    def _scored(
        self, now: ir.Table, rows: ir.Table | None, versions: pa.Table, earlier: pa.Table | None, period: str
    ) -> pd.DataFrame:
        """The state of everybody in every scheme, and what the version of before says (``replayed``); whether
        the scheme has come into force now, or gone out of it (``is_new``)."""
        given = scoring_input(now, rows, self.project, anew=placed_anew(versions)).to_pyarrow()
        found = _assigned(given, versions, period, self.project)
        found["replayed"] = found["state"]
        found["is_new"] = found["scheme"].isin(first_fitted(versions, earlier))
        if earlier is not None and (refitted := refitted_schemes(versions, earlier)):
            held = scoring_input(now, rows, self.project).to_pyarrow()
            replayed = _assigned(held, earlier, period, self.project, refitted)
            old = replayed.set_index(["scheme", "customer_id"])["state"]
            keys = pd.MultiIndex.from_frame(found[["scheme", "customer_id"]])
            found["replayed"] = found["state"].where(
                ~found["scheme"].isin(refitted), old.reindex(keys).to_numpy()
            )
        return found

    def _note(self, at: int, versions: pa.Table, asked: Requests) -> None:
        for row in versions.to_pylist():
            gates = {} if row["gates"] is None else from_json(row["gates"])
            if gates.get("period") == row["period"]:
                is_asked = row["scheme"] in asked.findings
                self.fits.append((row["scheme"], at, gates["decision"], is_asked))


class _Watch:
    """Findings of the months, and what they ask for; no source is doubted, so they ask for no less."""

    def __init__(self, engine: DuckEngine, project: Project) -> None:
        self.engine, self.project = engine, project
        self.reads = features_behind(project)
        self.profiles: pa.Table | None = None
        self.findings = zones.FINDINGS.schema.empty_table()
        self.newest: list[dict] = []

    def requests(self, period: str) -> Requests:
        """What the findings of the month before ask for."""
        return as_asked(version_requests(self.project, period, self.newest, (), self.reads), ())

    def see(self, period: str, features: ir.Table, assignments: ir.Table) -> None:
        """Profile a month and compare it with all before."""
        if not self.project.versions.refit_on_major:
            return
        before = None if self.profiles is None else self.engine.from_arrow(self.profiles)
        profiles = drift.profiles(features, assignments, before, period, self.project)
        flows = zones.FLOWS.schema.empty_table()
        found = drift.findings(profiles, self.profiles, flows, self.findings, period, self.project)
        self.newest, self.profiles = found.to_pylist(), profiles
        self.findings = pa.concat_tables([self.findings, found])


def _stored(engine: DuckEngine, assigned: pd.DataFrame) -> ir.Table:
    """What later months read of assignments."""
    names = ["customer_id", "scheme", "segment_id", "status"]
    texts = pa.schema([(one, pa.string()) for one in names])
    return engine.from_arrow(pa.Table.from_pandas(assigned[names], texts, preserve_index=False))


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
    columns = ["scheme", "customer_id", "segment_id", "status"]
    found = pa.Table.from_batches(batches).select(columns).unify_dictionaries().to_pandas()
    found = found.astype(dict.fromkeys(columns, object))
    assigned = found["status"] == "assigned"
    found["state"] = found["segment_id"].where(assigned, None)
    return found


if __name__ == "__main__":
    main()
