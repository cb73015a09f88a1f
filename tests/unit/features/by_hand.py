"""Features computed a second time, in pandas, straight from order lines: slow and obvious."""

import math
from itertools import pairwise
from typing import Any

import pandas as pd

from pipeline.settings import Project

DAY = pd.Timedelta(days=1)


def features_by_hand(
    lines: list[dict[str, Any]], categories: dict[str, str | None], project: Project, period: str
) -> dict[str, dict[str, Any]]:
    """Features of every customer with a line before the end of ``period``; nothing is rounded."""
    calendar = project.calendar
    history = calendar.between(project.first_period, period)
    as_of, start = pd.Timestamp(calendar.as_of(period)), pd.Timestamp(calendar.starts_at(history[-12:][0]))
    every = pd.DataFrame(lines)
    every["order_id"] = every.period + "/" + every.order_id  # an order over a period's end is two
    every = every[every.ordered_at < as_of]
    return {
        f"c_{str(account)[2:]}": _customer(
            rows, rows[rows.ordered_at >= start], categories, project, history, as_of, start
        )
        for account, rows in every.groupby("account_id")
    }


def _customer(known, window, categories, project, history, as_of, start) -> dict[str, Any]:
    calendar, periods = project.calendar, history[-12:]
    bought, returned = window[~window.is_return], window[window.is_return]
    first = known.ordered_at.min()
    observed = sum(pd.Timestamp(calendar.as_of(one)) > first for one in history)
    exposure = max(1.0, (as_of - max(start, first)) / DAY)
    net = bought.net_amount.sum() + returned.net_amount.sum()
    row: dict[str, Any] = {
        "orders_count_12p": bought.order_id.nunique(),
        "net_amount_12p": net,
        "net_amount_3p": window[window.period.isin(history[-3:])].net_amount.sum(),
        "net_amount_1p": window[window.period == history[-1]].net_amount.sum(),
        "orders_count_1p": bought[bought.period == history[-1]].order_id.nunique(),
        "orders_count_3p": bought[bought.period.isin(history[-3:])].order_id.nunique(),
        "orders_count_6p": bought[bought.period.isin(history[-6:])].order_id.nunique(),
        "orders_per_30_days_12p": bought.order_id.nunique() * 30 / exposure,
        "net_amount_per_30_days_12p": float(net) * 30 / exposure,
        "tenure_days": (as_of - first) / DAY,
        "unseen_before_days": max(
            0.0, (first - pd.Timestamp(calendar.starts_at(project.first_period))) / DAY
        ),
        "is_tenure_censored": first < pd.Timestamp(calendar.as_of(project.first_period)),
        "observed_periods_count": observed,
        "active_periods_share_12p": bought.period.nunique() / min(observed, len(periods)),
        "silence_before_period_days": _silence_before(bought, history[-1]),
        "net_amount_trend_index_6p": _trend(
            project, history, observed, lambda part: float(window[window.period.isin(part)].net_amount.sum())
        ),
        "orders_trend_index_6p": _trend(
            project, history, observed, lambda part: bought[bought.period.isin(part)].order_id.nunique()
        ),
    }
    return row | (_orders(bought, returned, as_of) if len(bought) else {}) | _keys(bought, categories)


def _orders(bought, returned, as_of) -> dict[str, Any]:
    orders = bought.sort_values("ordered_at").groupby("order_id")
    values = orders.net_amount.sum().astype(float)
    firsts = orders.first()
    days = sorted(set(firsts.ordered_date))
    gaps = pd.Series([(later - day).days for day, later in pairwise(days)], dtype=float)
    recency = (as_of - bought.ordered_at.max()) / DAY
    amount, discount = float(bought.net_amount.sum()), float(bought.discount_amount.sum())
    overdue = recency / gaps.mean() if len(days) >= 3 else None
    return {
        "recency_days": recency,
        "average_order_amount_12p": values.mean(),
        "average_line_amount_12p": bought.net_amount.astype(float).mean(),
        "order_amount_variation_12p": values.std() / values.mean()
        if len(values) > 1 and values.mean()
        else None,
        "lines_per_order_12p": len(bought) / len(values),
        "order_days_count_12p": len(days),
        "mean_gap_days_12p": gaps.mean() if len(days) >= 2 else None,
        "gap_variation_12p": gaps.std() / gaps.mean() if len(days) >= 3 else None,
        "weekend_orders_share_12p": sum(day.weekday() >= 5 for day in firsts.ordered_date) / len(values),
        "evening_orders_share_12p": (firsts.ordered_hour >= 18).mean(),
        "returned_share_12p": -float(returned.net_amount.sum()) / amount if amount else None,
        "discount_share_12p": discount / (amount + discount) if amount + discount else None,
        "discounted_lines_share_12p": (bought.discount_amount > 0).mean(),
        "coupon_lines_share_12p": (bought.coupon_amount > 0).mean(),
        "overdue_ratio": overdue,
        "rhythm_silence_ratio": len(gaps) * math.log(1 + recency / gaps.sum()) if len(days) >= 3 else None,
    }


def _keys(bought, categories) -> dict[str, Any]:
    by_category = bought.product_id.map(categories, na_action="ignore").dropna().value_counts()
    by_store = bought.store_id.dropna().value_counts()
    row: dict[str, Any] = {"products_count_12p": bought.product_id.nunique() or None}
    if len(by_category):
        row |= {
            "categories_count_12p": len(by_category),
            "top_category_12p": min(by_category[by_category == by_category.max()].index),
            "top_category_share_12p": by_category.max() / by_category.sum(),
            "category_concentration_12p": ((by_category / by_category.sum()) ** 2).sum(),
        }
    if len(by_store):
        row |= {"stores_count_12p": len(by_store), "top_store_share_12p": by_store.max() / by_store.sum()}
    return row


def _silence_before(bought, period) -> int | None:
    now, before = bought[bought.period == period].ordered_date, bought[bought.period != period].ordered_date
    return (now.min() - before.max()).days if len(now) and len(before) else None


def _trend(project, history, observed, total) -> float | None:
    if observed < 6:
        return None
    now, before = history[-3:], history[-6:-3]
    a, b = (total(part) / sum(project.calendar.days(one) for one in part) for part in (now, before))
    return (a - b) / (abs(a) + abs(b)) if a or b else None
