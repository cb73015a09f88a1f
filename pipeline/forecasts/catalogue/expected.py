"""Expected orders and spend: how many orders will come, and how much money.

Belongs here: over which horizon, and of whom it is asked. Does not belong here: models (``models.quantity``).

Outcome: the sum of orders, or of what is bought less what is returned, over the next three periods. Of
whoever has not ordered in twelve periods it is not asked.
"""

from pipeline.features import Feature, value
from pipeline.features.declaration import Label
from pipeline.forecasts.catalogue.common import MEAN, as_is, same_again, sum_of
from pipeline.forecasts.catalogue.orders import HISTORY, INPUTS
from pipeline.forecasts.declaration import Baseline, Forecast
from pipeline.models.quantity import plain

_PERIODS = 3


def _plain(same: Feature, rate: Feature, whole: Feature) -> tuple[Baseline, ...]:
    """Plain ways: what the last three periods brought, the own rate, and nothing of the long silent."""
    return (
        MEAN,
        same_again(same),
        Baseline("own_rate", ("Own rate of the year", "全年自身速率"), as_is(rate, whole), plain.OWN_RATE),
        Baseline(
            "silence",
            ("Own rate, nothing of the long silent", "自身速率，久未购买者为零"),
            as_is(rate, whole, value.recency_days),
            plain.SILENCE,
        ),
    )


def _expected(
    name: str,
    label: Label,
    meaning: str,
    unit: str,
    measure: Feature,
    baselines: tuple[Baseline, ...],
    history: tuple[Feature, ...],
    minimum: float | None = None,
) -> Forecast:
    return Forecast(
        name,
        label,
        meaning,
        _PERIODS,
        outcome=sum_of(measure),
        measures=(measure,),
        inputs=INPUTS,
        baselines=baselines,
        at_least={value.orders_count_12p: 1},
        null="no order in the last twelve periods",
        kind="quantity",
        unit=unit,
        history=history,
        lifetimes=("mbg_cnbd_k", "pareto_nbd"),
        minimum=minimum,
        least_periods=_PERIODS,
    )


expected_orders_3p = _expected(
    "expected_orders_3p",
    ("Expected orders, next 3 periods", "未来 3 期预期订单数"),
    "Expected number of orders in the next three periods.",
    "orders",
    value.orders_count_1p,
    _plain(value.orders_count_3p, value.orders_per_30_days_12p, value.orders_count_12p),
    HISTORY,
    minimum=0,
)
expected_net_amount_3p = _expected(
    "expected_net_amount_3p",
    ("Expected net amount, next 3 periods", "未来 3 期预期净消费额"),
    "Expected net amount, bought less returned, in the next three periods.",
    "project currency",
    value.net_amount_1p,
    _plain(value.net_amount_3p, value.net_amount_per_30_days_12p, value.net_amount_12p),
    (*HISTORY, value.orders_count_12p, value.average_order_amount_12p),
)
