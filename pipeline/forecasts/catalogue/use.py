"""Use: whether a service will be used, and in how many of the next periods.

Belongs here: over which horizons, and of whom it is asked. Does not belong here: how much will be used, or
what a lapse of orders is (``churn``).

Outcome: no use of any service in the next periods; or the number of the next three periods with a use. A
service is used or not in each period, as a subscription is, so the lifetime model is the one whose time goes
in periods (BG/BB: Fader, Hardie and Shang, 2010). Of whoever has used nothing in twelve periods it is not
asked: there is nothing to lapse.
"""

from pipeline.features import loyalty, usage, value
from pipeline.features.declaration import Label
from pipeline.forecasts.catalogue.common import CONSTANT, MEAN, as_is, none_of, same_again, sum_of
from pipeline.forecasts.declaration import Baseline, Forecast
from pipeline.models.quantity import plain

_PERIODS = 3
_NULL = "no use in the last twelve periods"
_ASKED = {usage.used_periods_count_12p: 1}
#: What histories of the lifetime model are made of (``models.lifetimes``).
_HISTORY = (usage.used_periods_count_12p, usage.use_recency_periods_12p, usage.use_tenure_periods_12p)
_INPUTS = (
    *_HISTORY,
    usage.used_periods_count_1p,
    usage.used_periods_count_3p,
    usage.used_periods_share_12p,
    usage.use_recency_days,
    usage.uses_count_6p,
    usage.uses_count_12p,
    usage.services_count_12p,
    usage.top_service_share_12p,
    usage.effective_services_12p,
    loyalty.tenure_days,
)
#: How much is used and whether it grows, and orders, where the sources give them.
_ALSO = (
    *usage.rates_by_unit,
    *usage.trends_by_unit,
    value.recency_days,
    value.orders_count_3p,
    value.orders_count_12p,
    loyalty.active_periods_share_12p,
)
_USED_SHARE = as_is(usage.used_periods_share_12p)


def _lapse(horizon: int, meaning: str, label: Label) -> Forecast:
    return Forecast(
        f"usage_lapse_probability_{horizon}p",
        label,
        meaning,
        horizon,
        outcome=none_of(usage.used_periods_count_1p),
        measures=(usage.used_periods_count_1p,),
        inputs=_INPUTS,
        also=_ALSO,
        baselines=(
            CONSTANT,
            Baseline("used_share", ("Share of periods used", "使用期占比"), _USED_SHARE),
            Baseline(
                "recent_use",
                ("Use of the last three periods", "近三期使用期数"),
                as_is(usage.used_periods_count_3p),
            ),
            Baseline(
                "three_columns_of_use",
                ("Recency, frequency of use, tenure", "最近使用、使用频率、客龄"),
                as_is(usage.use_recency_days, usage.uses_count_12p, loyalty.tenure_days),
            ),
        ),
        at_least=_ASKED,
        null=_NULL,
        history=_HISTORY,
        lifetimes=("bg_bb",),
    )


usage_lapse_probability_1p = _lapse(
    1,
    "Probability of no use of any service in the next period.",
    ("Usage lapse probability, next period", "下一期停用概率"),
)
usage_lapse_probability_2p = _lapse(
    2,
    "Probability of no use of any service in the next two periods.",
    ("Usage lapse probability, next 2 periods", "未来 2 期停用概率"),
)
expected_used_periods_3p = Forecast(
    "expected_used_periods_3p",
    ("Expected periods used, next 3 periods", "未来 3 期预期使用期数"),
    "Expected number of the next three periods in which a service is used.",
    _PERIODS,
    outcome=sum_of(usage.used_periods_count_1p),
    measures=(usage.used_periods_count_1p,),
    inputs=_INPUTS,
    also=_ALSO,
    baselines=(
        MEAN,
        same_again(usage.used_periods_count_3p),
        Baseline(
            "own_used_share", ("Own share of periods used", "自身使用期占比"), _USED_SHARE, plain.OWN_SHARE
        ),
    ),
    at_least=_ASKED,
    null=_NULL,
    kind="quantity",
    unit="periods",
    history=_HISTORY,
    lifetimes=("bg_bb",),
    minimum=0,
    maximum=_PERIODS,
    least_periods=_PERIODS,
)
