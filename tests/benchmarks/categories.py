"""The next new category on a project that was run: each month from its past alone, beside plain baselines.

    segments run --project data/complete_journey
    python -m tests.benchmarks categories [--project data/complete_journey]

Printed are the figures of each method at each origin and over all, of all pairs of a customer and a category
that it had not bought; how often the category told likeliest was bought, and whether as often as was said;
how much is bought anew in categories of which nothing is told; and what the record earns.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import ibis
import pyarrow as pa

from assets.defs.forecasts import plan_of
from pipeline.engine.duck import DuckEngine
from pipeline.features import Window, customer_features_table
from pipeline.features.categories import LEDGER, customer_categories
from pipeline.forecasts.categories.fitting import Limits, rolling_of, tried
from pipeline.forecasts.categories.training import candidates, missed_share, read_bought
from pipeline.forecasts.new_category import READS
from pipeline.forecasts.training import read_history
from pipeline.ledgers import LEDGERS
from pipeline.models.category.target import told_first
from pipeline.models.probability.measures import calibration_error, calibration_noise
from pipeline.models.probability.target import TriedProbability
from pipeline.settings import EngineSettings, Project
from pipeline.settings.loading import load_project
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES
from pipeline.tables.model import Field, Table, table


def main() -> None:
    """Print the record of the next new category of a project."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("data/complete_journey"))
    project = load_project(parser.parse_args().project)
    engine = DuckEngine(EngineSettings())
    try:
        _told(engine, project)
    finally:
        engine.close()


def _told(engine: DuckEngine, project: Project) -> None:
    contract = customer_features_table(project.catalogue)
    wanted = {"period", "customer_id", "last_active_at", *READS}
    fields = tuple(one for one in contract.fields if one.name in wanted)
    features = _stored(engine, project, _narrow(contract, fields))
    periods = sorted(features.select("period").distinct().to_pyarrow()["period"].to_pylist())
    plan = plan_of(project, periods[-1])
    history = read_history(
        features,
        [READS],
        project.calendar,
        project.first_period,
        periods,
        project.retention_days,
        sys.maxsize,
    )
    categories = engine.from_arrow(_categories(engine, project, periods))
    bought = read_bought(categories, history)
    limits = Limits(project.segments.categories_count, plan.min_customers)
    rolling, here = rolling_of(history, bought, plan, limits), history.first_place + len(periods) - 1
    found, record = tried(rolling, here)
    _figures(record)
    names = candidates(bought.lately[-1], limits.most, limits.fewest)
    print(f"{len(names)} candidates at the end: {', '.join(names)}")
    print(f"bought anew elsewhere: {missed_share(history, bought, limits.most, limits.fewest):.3f}")
    for method in dict.fromkeys(one.method for one in record):
        said, came = told_first(rolling, method, here)
        beyond = calibration_error(said, came)
        print(
            f"likeliest by {method}: said {said.mean():.3f}, bought {came.mean():.3f}, error {beyond:.3f} "
            f"({calibration_noise(said):.3f} by chance), of {len(came):,}"
        )
    for gate in (*found.gates, *found.baseline_gates):
        print(f"{'holds' if gate.passed else 'FAILS'}: {gate.name} {gate.value}, limit {gate.limit}")
    print(f"earned: {found.method}")


def _narrow(contract: Table, fields: Sequence[Field]) -> Table:
    """``contract`` with some of its columns: a lake may be older than the others."""
    optional = " ".join(one.name for one in fields if one.null_meaning)
    return table(contract.zone, contract.name, contract.row, "period customer_id", fields, optional)


def _figures(record: Sequence[TriedProbability]) -> None:
    print("| origin | method | chosen | pairs | bought | AUC | Brier | error | hit share |\n|" + " --- |" * 9)
    for one in record:
        hits = "" if one.hit_share is None else f"{one.hit_share:.3f}"
        print(
            f"| {one.period or 'all'} | {one.method} | {one.chosen} | {one.customers:,} | "
            f"{one.events / one.customers:.2%} | {one.auc or 0.5:.3f} | {one.brier:.5f} | "
            f"{one.calibration_error:.4f} | {hits} |"
        )


def _categories(engine: DuckEngine, project: Project, periods: Sequence[str]) -> pa.Table:
    """``CUSTOMER_CATEGORIES`` of every period, from the ledger."""
    whole = zones.customers_table(project.entity(PROFILES.name))
    known = [one for one in whole.fields if one.name in ("period", "customer_id", "is_in_population")]
    customers = _stored(engine, project, _narrow(whole, known))
    links = _stored(engine, project, zones.ACCOUNT_LINKS)
    keys = _stored(engine, project, LEDGERS[LEDGER].table)
    return pa.concat_tables(
        engine.to_arrow(
            customer_categories(customers, links, keys, Window(project.calendar, project.first_period, one))
        )
        for one in periods
    )


def _stored(engine: DuckEngine, project: Project, contract: Table) -> ibis.Table:
    folder = project.lake_path / contract.path
    files = sorted(folder.glob("period=*/*.parquet"))
    if not files:
        sys.exit(f"{folder} is empty: run segments run --project … first")
    return engine.read(files, contract)


if __name__ == "__main__":
    main()
