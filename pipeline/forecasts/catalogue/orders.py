"""What forecasts of orders have in common: the features they learn from, the plain ways to the same.

Belongs here: lists of declared features. Does not belong here: any forecast.
"""

from pipeline.features import behaviour, churn_risk, loyalty, satisfaction, trend, value
from pipeline.features.evidence import observed_periods_count
from pipeline.forecasts.declaration import Baseline
from pipeline.models.design import Column

#: Recency, frequency and value over several spans, rhythm, breadth, trend: all that orders alone give.
INPUTS = (
    value.recency_days,
    value.orders_per_30_days_12p,
    value.orders_count_1p,
    value.orders_count_3p,
    value.orders_count_6p,
    value.orders_count_12p,
    value.net_amount_per_30_days_12p,
    value.net_amount_1p,
    value.net_amount_3p,
    value.average_order_amount_12p,
    behaviour.order_days_count_12p,
    behaviour.mean_gap_days_12p,
    behaviour.gap_variation_12p,
    behaviour.lines_per_order_12p,
    behaviour.products_count_12p,
    behaviour.weekend_orders_share_12p,
    loyalty.tenure_days,
    loyalty.active_periods_share_12p,
    trend.orders_trend_index_6p,
    trend.net_amount_trend_index_6p,
    churn_risk.overdue_ratio,
    satisfaction.returned_share_12p,
)

RECENT_ORDERS = Baseline(
    "recent_orders",
    ("Orders of the last three periods", "近三期订单数"),
    (Column(value.orders_count_3p.name, is_skewed=True),),
)
#: As a first analyst would: no logarithm.
THREE_COLUMNS = Baseline(
    "three_columns",
    ("Recency, frequency, tenure", "最近购买、频率、客龄"),
    tuple(
        Column(one.name, is_skewed=False)
        for one in (value.recency_days, value.orders_count_12p, loyalty.tenure_days)
    ),
)
#: Who spends more than usual will spend less, and the other way round (regression to the mean).
LEVELS = Baseline(
    "levels",
    ("Recent level against the year's", "近期水平与全年水平之比"),
    tuple(
        Column(one.name, is_skewed=True) for one in (value.net_amount_3p, value.net_amount_per_30_days_12p)
    ),
)
#: What histories of lifetime models are made of (``models.lifetimes``).
HISTORY = (behaviour.order_days_count_12p, behaviour.mean_gap_days_12p, value.recency_days)
OBSERVED = observed_periods_count
