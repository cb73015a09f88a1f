"""Deliveries of a shop with a known rhythm, and their profiles as the engine measures them.

Order lines are made from a seed: accounts with rates of their own, stores, products with fixed prices, closed
on Sundays. A fault is what a test does to the lines of one period before they are measured.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.health import source_health
from pipeline.periods import Calendar
from pipeline.settings import Project
from pipeline.tables.health import SOURCE_PROFILES

Frame = pd.DataFrame
Fault = Callable[[Frame], Frame]

SOURCE = "till"
#: Later than every test.
_END = date(2030, 12, 1)
ACCOUNTS, STORES, PRODUCTS = 400, 12, 60


@cache
def lines(calendar: Calendar, period: str, seed: int = 0) -> Frame:
    """Order lines of ``period``: account, order, at, store, product, price."""
    days = (calendar.start_date(calendar.next(period)) - calendar.start_date(period)).days
    start = calendar.start_date(period)
    rng = np.random.default_rng([seed, start.toordinal()])
    rates = np.random.default_rng(seed).gamma(2.0, 1 / 12, ACCOUNTS)
    parts = []
    for number in range(days):
        day = start + timedelta(days=number)
        if day.weekday() == 6:
            continue
        here = np.flatnonzero(rng.random(ACCOUNTS) < 1 - np.exp(-rates))
        size = rng.geometric(0.25, len(here))
        account = np.repeat(here, size)
        order = np.repeat(np.arange(len(here)), size)
        product = rng.integers(0, PRODUCTS, len(account))
        parts.append(
            pd.DataFrame(
                {
                    "account": account,
                    "order": [f"{day}-{one}" for one in order],
                    "at": pd.Timestamp(day)
                    + pd.to_timedelta(np.repeat(rng.normal(13, 3, len(here)).clip(8, 19), size), "h"),
                    "store": [f"s{one % STORES}" for one in account],
                    "product": product,
                    "price": 2.0 + product,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def profile(rows: Frame, period: str, quarantined: int = 0, dropped: int = 0) -> pa.Table:
    """``SOURCE_PROFILES`` of ``rows``, as ``pipeline.health.profiles`` makes them (see
    ``test_profiling``)."""
    found: list[tuple[str, str, str, float]] = []

    def put(measure: str, counts: "pd.Series[float]", column: str = "") -> None:
        found.extend((measure, column, str(item), float(value)) for item, value in counts.items())

    read = len(rows) + quarantined + dropped
    put(
        "rows",
        pd.Series(
            {
                "rows_read": read,
                "rows_kept": len(rows),
                "duplicates_dropped": dropped,
                "rows_quarantined": quarantined,
            }
        ),
    )
    put("rows_quarantined", pd.Series({"quantity:amount_unreadable": quarantined}))
    if len(rows):
        day = rows["at"].dt.strftime("%Y-%m-%d")
        put("rows_by_day", day.value_counts())
        put("orders_by_day", day.groupby(rows["order"]).min().value_counts())
        put("orders_by_lines", rows.groupby("order").size().value_counts())
        if "number" in rows:
            put("numbers", _numbers(rows, day), "order_id")
        put("rows_by_hour", rows["at"].dt.hour.value_counts())
        visits = rows.assign(day=day)[["account", "day"]].drop_duplicates()
        put("days_by_account", visits["account"].map("{:05d}".format).value_counts())
        put("rows_by_value", rows["store"].value_counts(), "store_id")
        put("amount_by_item", rows.groupby("product")["price"].median(), "unit_price_amount")
        size = rows["price"].abs()
        quantiles = {f"q{100 * at:02.0f}": size.quantile(at) for at in (0.05, 0.25, 0.5, 0.75, 0.95)}
        whole = {
            "known": len(rows),
            "negative": (rows["price"] < 0).sum(),
            "zero": (rows["price"] == 0).sum(),
        }
        put("amount", pd.Series({**quantiles, **whole}), "net_amount")
        put("nulls", pd.Series({"": rows["product"].isna().sum()}), "product_id")
        put("repeated_contents", pd.Series({"": rows.drop(columns="order").duplicated().sum()}))
    columns = ["measure", "column", "item", "value"]
    table = [{"period": period, "source": SOURCE, **dict(zip(columns, one, strict=True))} for one in found]
    return pa.Table.from_pylist(table, SOURCE_PROFILES.schema)


def _numbers(rows: Frame, day: "pd.Series[str]") -> "pd.Series[float]":
    """Numbers of orders, how far they reach in each day and in all, and how many the next one follows."""
    orders = pd.DataFrame({"number": rows["number"], "day": day}).drop_duplicates("number")

    def reach(some: "pd.Series[float]") -> float:
        return float(some.quantile(0.95) - some.quantile(0.05)) / 0.9

    by_day = orders.groupby("day")["number"].apply(reach).sum()
    in_turn = orders.sort_values("number")
    follows = in_turn["number"].diff() == 1
    near = follows & (in_turn["day"] == in_turn["day"].shift())
    many = {"all": len(orders), "known": len(orders), "different": len(orders)}
    reached = {"by_day": by_day, "range": reach(orders["number"])}
    return pd.Series({**many, **reached, "followed": follows.sum(), "near": near.sum()})


@cache
def _whole(calendar: Calendar, period: str, seed: int) -> pa.Table:
    return profile(lines(calendar, period, seed), period)


def watched(
    project: Project,
    periods: int,
    faults: Mapping[int, Fault],
    seed: int = 0,
    measured: Callable[[Frame, str], pa.Table] | None = None,
    since: int = 0,
) -> list[dict[str, object]]:
    """What is said of the source period after period, from the one in place ``since`` on; ``faults`` by place
    of the period. Periods before are healthy."""
    calendar = project.calendar
    profiles: list[pa.Table] = []
    states: list[pa.Table] = []
    for place, period in enumerate(calendar.between(project.first_period, calendar.key(_END))[:periods]):
        if place not in faults and measured is None:
            profiles.append(_whole(calendar, period, seed))
        else:
            rows = faults.get(place, lambda one: one)(lines(calendar, period, seed))
            profiles.append((measured or profile)(rows, period))
        if place >= since:
            past = pa.concat_tables(states) if states else None
            states.append(source_health(pa.concat_tables(profiles), past, period, project))
    return [next(row for row in one.to_pylist() if row["source"] == SOURCE) for one in states]
