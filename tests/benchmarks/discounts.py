"""Responses to discounts on a project that was run: do those seen until a month tell those of the next?

    segments run --project data/complete_journey
    python -m tests.benchmarks discounts [--project data/complete_journey]

At the end of every month from the third on the prior is fitted on what was seen until then, as a scheme does;
told are the responses of the next month alone, of accounts with evidence of one or more in it, weighed by it:
by the own response drawn towards what is usual, by the own as it was seen, by the mean of all, and by none.
The ledger is made from the clean lines of the project; accounts stand for customers.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ibis.expr import types as ir

from pipeline.engine.duck import DuckEngine
from pipeline.features.discount_response import UNIT
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.ledgers.product_discounts import product_discounts
from pipeline.models.frame import Floats
from pipeline.models.traits import levels
from pipeline.models.traits.observed import Observed
from pipeline.settings import EngineSettings, Project
from pipeline.settings.loading import load_project

#: Months before the first prior, and the least customers of a prior.
FIRST, FEWEST = 2, 50
_SUMS = ("points_count", "log_price_sum", "log_quantity_sum", "log_price_squared_sum", "log_product_sum")


def main() -> None:
    """Print the errors of each way to the next month's responses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("data/complete_journey"))
    project = load_project(parser.parse_args().project)
    engine = DuckEngine(EngineSettings())
    try:
        _told(engine, project)
    finally:
        engine.close()


def _told(engine: DuckEngine, project: Project) -> None:
    clean = project.entity("orders").clean
    files = sorted((project.lake_path / clean.path).glob("period=*/*.parquet"))
    if not files:
        sys.exit(f"{project.lake_path / clean.path} is empty: run segments run --project … first")
    periods = sorted({one.parent.name.partition("=")[2] for one in files})
    made = product_discounts.of({"orders": engine.read(files, clean)}, project)
    ledger = engine.from_arrow(engine.to_arrow(made))
    ways = "shrunken | as seen | mean of all | none"
    print(f"| month | accounts | {ways} | prior mean, spread | median evidence share |")
    print("|" + " --- |" * 8)
    for place in range(FIRST, len(periods) - 1):
        known = _sums(engine, ledger, periods[max(0, place + 1 - WINDOW_PERIODS) : place + 1])
        print(_row(periods[place], known, _sums(engine, ledger, periods[place + 1 : place + 2])))


def _row(period: str, known: dict[str, tuple[float, float]], month: dict[str, tuple[float, float]]) -> str:
    accounts = sorted(known)
    prices, both = _columns(known, accounts)
    is_told = prices >= UNIT
    evidence = np.where(is_told, np.floor(prices / UNIT), 0.0)
    seen = np.where(is_told, -both / np.where(prices > 0, prices, 1.0), np.nan)
    observed = Observed(seen * evidence, evidence)
    prior = levels.fit(observed, FEWEST).parameters
    if prior is None:
        return f"| {period} | no prior |"
    believed = levels.posterior(prior, observed)
    place = np.array([at for at, one in enumerate(accounts) if month.get(one, (0.0, 0.0))[0] >= UNIT])
    now, together = _columns(month, [accounts[at] for at in place])
    own = np.where(is_told, seen, prior["mean"])
    tried = [believed.mean[place], own[place], np.full(len(place), prior["mean"]), np.zeros(len(place))]
    errors = [float(np.average((one + together / now) ** 2, weights=now)) for one in tried]
    return (
        f"| {period} | {len(place):,} | {' | '.join(f'{one:.4f}' for one in errors)} | "
        f"{prior['mean']:.3f}, {prior['variance'] ** 0.5:.3f} | {np.median(believed.evidence_share):.2f} |"
    )


def _columns(sums: dict[str, tuple[float, float]], accounts: Sequence[str]) -> tuple[Floats, Floats]:
    return tuple(np.array([sums[one][at] for one in accounts]) for at in (0, 1))  # type: ignore[return-value]


def _sums(engine: DuckEngine, ledger: ir.Table, periods: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Sums of squares of log prices, and of products with log quantities, about means within products."""
    rows = ledger.filter(ledger.period.isin(list(periods)))
    keys = rows.group_by("account_id", "product_id").agg(
        **{name: rows[name].sum().cast("float64") for name in _SUMS}
    )
    n, p, q = keys.points_count, keys.log_price_sum, keys.log_quantity_sum
    about = keys.mutate(pp=keys.log_price_squared_sum - p * p / n, pq=keys.log_product_sum - p * q / n)
    found = engine.to_arrow(about.group_by("account_id").agg(pp=about.pp.sum(), pq=about.pq.sum()))
    return {row["account_id"]: (row["pp"], row["pq"]) for row in found.to_pylist()}


if __name__ == "__main__":
    main()
