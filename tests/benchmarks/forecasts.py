"""Forecasts on a project that was run: each month anew, from its past alone, beside the plain baselines.

    segments run --project data/complete_journey
    python -m tests.benchmarks forecasts [--project data/complete_journey]

At the end of every period the forecasts are fitted on what was known then, chosen and calibrated inside that
past, and compared with what came: the same as the program does at a refit, at every period instead of at its
cadence. Printed are the figures of each method at each origin and over all, whether what was asked for holds,
and what scoring a million customers costs.
"""

import argparse
import resource
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.duck import DuckEngine
from pipeline.features import customer_features_table
from pipeline.forecasts import FORECASTS
from pipeline.forecasts.declaration import Forecast
from pipeline.forecasts.fitting import fit_forecasts
from pipeline.forecasts.scoring import forecast, in_force
from pipeline.forecasts.training import History, read_history
from pipeline.models.probability.rolling import FORECAST, Rolling, Tried
from pipeline.settings import EngineSettings, Project
from pipeline.settings.loading import load_project

#: What was asked for: of ranking against three columns, of calibration, of potential in every month.
AUC_GAIN, CALIBRATION, POTENTIAL_AUC = 0.005, 0.03, 0.65
CUSTOMERS = 1_000_000


def main() -> None:
    """Print the records of a project's forecasts, and whether they hold what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("data/complete_journey"))
    project = load_project(parser.parse_args().project)
    engine = DuckEngine(EngineSettings())
    held = []
    try:
        whole, table = _stored(engine, project)
        for one in FORECASTS.values():
            held.append(_told(one, _record(one, whole, project)))
        _cost(engine, table, whole, project)
    finally:
        engine.close()
    sys.exit(0 if all(held) else 1)


def _stored(engine: DuckEngine, project: Project) -> tuple[History, ir.Table]:
    contract = customer_features_table(project.catalogue)
    folder = project.lake_path / contract.path
    files = sorted(folder.glob("period=*/*.parquet"))
    if not files:
        sys.exit(f"{folder} is empty: run segments run --project … first")
    table = engine.read(files, contract)
    periods = sorted(one.parent.name.partition("=")[2] for one in files)
    history = read_history(
        table, list(FORECASTS.values()), project.calendar, project.first_period, periods,
        project.retention_days, sys.maxsize,
    )  # fmt: skip
    return history, table


def _record(one: Forecast, whole: History, project: Project) -> list[Tried]:
    rolling = Rolling(whole.origins(one), one.horizon, one.methods, project.seed)
    return rolling.record(len(whole.periods) - 1)


def _told(one: Forecast, record: list[Tried]) -> bool:
    print(f"\n== {one.name}: {one.meaning}")
    methods = list(dict.fromkeys(tried.method for tried in record))
    by = {(tried.period, tried.method): tried for tried in record}
    periods = [tried.period for tried in record if tried.method == FORECAST]
    print(
        "| origin | customers | outcomes | "
        + " | ".join(f"{name} AUC, Brier, error" for name in methods)
        + " |"
    )
    print("|" + " --- |" * (3 + len(methods)))
    for period in periods:
        first = by[period, FORECAST]
        cells = [
            f"{tried.auc or 0.5:.3f} {tried.brier:.4f} {tried.calibration_error:.3f}"
            for tried in (by[period, name] for name in methods)
        ]
        share = first.events / first.customers
        print(f"| {period or 'all'} | {first.customers:,} | {share:.1%} | " + " | ".join(cells) + " |")
    return _holds(one, by, [period for period in periods if period])


def _holds(one: Forecast, by: dict[tuple[str | None, str], Tried], periods: list[str]) -> bool:
    """Whether what was asked for holds, each said."""
    if not periods:
        print("no period could be tested")
        return False
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
    for words, is_so in said.items():
        print(f"{'holds' if is_so else 'FAILS'}: {words}")
    return all(said.values())


def _cost(engine: DuckEngine, table: ir.Table, whole: History, project: Project) -> None:
    """CPU seconds of scoring a million customers: those of the last period, over and over."""
    from assets.defs.forecasts import plan_of

    started = _cpu()
    versions = fit_forecasts(table, None, plan_of(project, whole.periods[-1]))
    fitted = _cpu() - started
    rows = engine.to_arrow(table.filter(table.period == whole.periods[-1]))
    times = CUSTOMERS // rows.num_rows + 1
    batches = pa.concat_tables([rows] * times).slice(0, CUSTOMERS).to_batches(max_chunksize=65_536)
    started = _cpu()
    scored = sum(batch.num_rows for batch in forecast(batches, versions, whole.periods[-1]))
    seconds = _cpu() - started
    names = ", ".join(in_force(versions)) or "no forecast is in force"
    print(f"\nfit of all forecasts: {fitted:.1f} CPU s")
    print(f"scoring {scored:,} customers: {seconds:.2f} CPU s ({names})")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
