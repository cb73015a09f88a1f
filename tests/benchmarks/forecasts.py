"""Forecasts on a project that was run: each month anew, from its past alone, beside the plain baselines.

    segments run --project data/complete_journey
    python -m tests.benchmarks forecasts [--project data/complete_journey]
    python -m tests.benchmarks forecasts --simulated FOLDER [--customers 2000 --periods 24] [--only NAME …]

At the end of every period the forecasts are fitted on what was known then, chosen and calibrated inside that
past, and compared with what came: the same as the program does at a refit, at every period instead of at its
cadence. ``--simulated``: a company is written into the folder and run as far as the features of every month,
unless it is there already. Printed are the figures of each method at each origin and over all, whether what
was asked for holds, and what scoring a million customers costs (not with ``--only``).
"""

import argparse
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from assets.defs.forecasts import plan_of
from pipeline.engine.duck import DuckEngine
from pipeline.features import customer_features_table
from pipeline.forecasts import FORECASTS
from pipeline.forecasts.declaration import Forecast
from pipeline.forecasts.fitting import Plan as FitPlan
from pipeline.forecasts.fitting import fit_forecasts, target_of, tried
from pipeline.forecasts.scoring import forecast, in_force
from pipeline.forecasts.training import History, read_history
from pipeline.models.probability import gate as probability_gate
from pipeline.models.probability.target import TriedProbability
from pipeline.models.quantity import gate as quantity_gate
from pipeline.models.quantity.measures import coverage_share
from pipeline.models.quantity.target import TriedQuantity
from pipeline.models.rolling import FORECAST, Rolling, Tried, joined
from pipeline.settings import EngineSettings, Project
from pipeline.settings.loading import load_project
from pipeline.simulate import Plan, simulate
from tests.benchmarks.partly import FEATURES, run_as_far_as
from tests.lakes import lake_files

#: What was asked for: of ranking against three columns, of calibration, of potential in every month.
AUC_GAIN, CALIBRATION, POTENTIAL_AUC = 0.005, 0.03, 0.65
#: Customers are told apart by how many order days, or periods with a use, had been seen of them.
SEEN = ((1, 1), (2, 2), (3, 4), (5, 9), (10, np.inf))
CUSTOMERS, DAYS = 1_000_000, 90


def main() -> None:
    """Print the records of a project's forecasts, and whether they hold what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("data/complete_journey"))
    parser.add_argument("--simulated", type=Path)
    for name, usual in (("customers", 2_000), ("periods", 24), ("seed", 401)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--only", nargs="+", choices=FORECASTS, default=[])
    asked = parser.parse_args()
    if asked.simulated:
        asked.project = _simulated(asked.simulated, Plan(asked.customers, asked.periods, asked.seed))
    project = load_project(asked.project)
    engine = DuckEngine(EngineSettings())
    held = []
    try:
        whole, table = _stored(engine, project)
        plan = plan_of(project, whole.periods[-1])
        for one in [one for name, one in FORECASTS.items() if name in (asked.only or FORECASTS)]:
            if not plan.gives(one):
                print(f"\n== {one.name}: not applicable")
                continue
            held.append(_told(one, tried(one, whole, plan, len(whole.periods) - 1)))
            if one.kind == "quantity":
                _coverage(one, whole, plan)
        if not asked.only:
            _cost(engine, table, whole, project)
    finally:
        engine.close()
    sys.exit(0 if all(held) else 1)


def _simulated(folder: Path, plan: Plan) -> Path:
    company = folder / "company"
    if not company.exists():
        simulate(company, plan, folder / "truth")
    project = load_project(company)
    if set(plan.keys) - set(lake_files(project.lake_path, FEATURES)):
        run_as_far_as(project, {FEATURES: None})
    return company


def _stored(engine: DuckEngine, project: Project) -> tuple[History, ir.Table]:
    contract = customer_features_table(project.catalogue)
    folder = project.lake_path / contract.path
    files = sorted(folder.glob("period=*/*.parquet"))
    if not files:
        sys.exit(f"{folder} is empty: run segments run --project … first")
    table = engine.read(files, contract)
    periods = sorted(one.parent.name.partition("=")[2] for one in files)
    history = read_history(
        table, [one.reads for one in FORECASTS.values()], project.calendar, project.first_period, periods,
        project.retention_days, sys.maxsize,
    )  # fmt: skip
    return history, table


def _told(one: Forecast, record: Sequence[Tried]) -> bool:
    print(f"\n== {one.name}: {one.meaning}")
    methods = list(dict.fromkeys(tried.method for tried in record))
    by = {(tried.period, tried.method): tried for tried in record}
    periods = [tried.period for tried in record if tried.method == FORECAST]
    if not periods:
        print("no period could be tested")
        return False
    of_probability = one.kind == "probability"
    figures = "AUC, Brier, error" if of_probability else "RMSE, MAE, rank, total, in 80%"
    print("| origin | customers | came | " + " | ".join(f"{name} {figures}" for name in methods) + " |")
    print("|" + " --- |" * (3 + len(methods)))
    for period in periods:
        first = by[period, FORECAST]
        cells = " | ".join(_cell(by[period, name]) for name in methods)
        print(f"| {period or 'all'} | {first.customers:,} | {_came(first)} | {cells} |")
    said = _holds_probability(one, by, periods) if of_probability else _earned(one, by)
    for words, is_so in said.items():
        print(f"{'holds' if is_so else 'FAILS'}: {words}")
    return all(said.values())


def _cell(tried: Tried) -> str:
    if isinstance(tried, TriedProbability):
        return f"{tried.auc or 0.5:.3f} {tried.brier:.4f} {tried.calibration_error:.3f}"
    assert isinstance(tried, TriedQuantity)
    held = "-" if tried.coverage_share is None else f"{tried.coverage_share:.3f}"
    name = f" ({tried.chosen})" if tried.method == FORECAST and tried.period else ""
    return (
        f"{tried.root_mean_squared_error:.3f} {tried.mean_absolute_error:.3f} "
        f"{tried.rank_correlation or 0.0:.3f} {tried.total_error_share or 0.0:+.1%} {held}{name}"
    )


def _came(tried: Tried) -> str:
    if isinstance(tried, TriedProbability):
        return f"{tried.events / tried.customers:.1%}"
    assert isinstance(tried, TriedQuantity)
    return f"{tried.mean_outcome:.3f}"


def _holds_probability(
    one: Forecast, by: dict[tuple[str | None, str], Any], every: list[str | None]
) -> dict[str, bool]:
    """Whether what was asked for holds, each said."""
    if "three_columns" not in [plain.name for plain in one.baselines]:
        return _earned(one, by)
    periods = [period for period in every if period]
    own, plain = ([by[period, name] for period in periods] for name in (FORECAST, "three_columns"))
    constant = [by[period, "constant"] for period in periods]
    gains = [(a.auc or 0.5) - (b.auc or 0.5) for a, b in zip(own, plain, strict=True)]
    brier = sum(a.brier < b.brier for a, b in zip(own, constant, strict=True))
    error = by[None, FORECAST].calibration_error
    count = len(periods)
    said = {
        f"Brier below the constant's in {brier} of {count} periods": brier == count,
        f"calibration error {error:.3f} over all periods": error <= CALIBRATION,
    }
    if one.name.startswith("churn"):
        kept = sum(gain >= 0 for gain in gains)
        said[f"AUC no less than three columns' in {kept} of {count} periods"] = kept == count
        said[f"mean gain in AUC {np.mean(gains):+.4f}"] = bool(np.mean(gains) >= AUC_GAIN)
    else:
        least = min(a.auc or 0.5 for a in own)
        said[f"least AUC {least:.3f}"] = least >= POTENTIAL_AUC
    return said


def _earned(one: Forecast, by: dict[tuple[str | None, str], Any]) -> dict[str, bool]:
    """Whether the record over all origins earns the forecast its name, and its intervals."""
    plain = [method.name for method in one.methods(1.0) if method.is_plain]
    gate = probability_gate if one.kind == "probability" else quantity_gate
    found = gate.earned(list(by.values()), plain)
    gates = (*found.gates, *found.baseline_gates, *found.interval_gates)
    return {f"{gate.name} {gate.value}, limit {gate.limit}": gate.passed for gate in gates}


def _coverage(one: Forecast, whole: History, plan: FitPlan) -> None:
    """Share of customers inside their interval, by how much had been seen of them: the count that histories
    begin with."""
    rolling = Rolling(whole.origins(one), one.horizon, one.methods(plan.days(one)), target_of(one), plan.seed)
    tested = rolling.tested(len(whole.periods) - 1)
    said = joined([rolling.forecast(origin)[1] for origin in tested])
    if said.low is None or said.high is None:
        return
    came = np.concatenate([origin.outcome for origin in tested])
    counted = one.history[0]
    count = np.concatenate([origin.frame.number(counted.name) for origin in tested])
    for low, high in SEEN:
        some = (count >= low) & (count <= high)
        held = coverage_share(said.low[some], said.high[some], came[some])
        if held is not None:
            print(f"{low:g} to {high:g} {counted.unit}: {held:.3f} of {int(some.sum()):,} inside")


def _cost(engine: DuckEngine, table: ir.Table, whole: History, project: Project) -> None:
    """CPU seconds of scoring a million customers: those of the last period, over and over, each time another
    day later, so that they are not the same ones."""
    started = _cpu()
    versions = fit_forecasts(table, None, plan_of(project, whole.periods[-1]))
    fitted = _cpu() - started
    rows = engine.to_arrow(table.filter(table.period == whole.periods[-1]))
    times = CUSTOMERS // rows.num_rows + 1
    later = [_later(rows, days % DAYS) for days in range(times)]
    batches = pa.concat_tables(later).slice(0, CUSTOMERS).combine_chunks().to_batches(max_chunksize=65_536)
    started = _cpu()
    scored = sum(batch.num_rows for batch in forecast(batches, versions, whole.periods[-1]))
    seconds = _cpu() - started
    names = ", ".join(in_force(versions)) or "no forecast is in force"
    print(f"\nfit of all forecasts: {fitted:.1f} CPU s")
    print(f"scoring {scored:,} customers: {seconds:.2f} CPU s ({names})")


def _later(rows: pa.Table, days: int) -> pa.Table:
    at = rows.schema.get_field_index("recency_days")
    return rows.set_column(at, rows.schema.field(at), pc.add(rows.column(at), float(days)))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
