"""Churn: no order in the periods to come.

Belongs here: over which horizons, and of whom it is asked. Does not belong here: who counts as lost
(``schemes``).

Outcome: no order of the customer in any of the next periods (Buckinx and Van den Poel, 2005, for behaviour
without a contract). Of whoever has not ordered in twelve periods it is not asked: there is nothing to lose.
"""

from pipeline.features import value
from pipeline.features.declaration import Label
from pipeline.forecasts.catalogue.common import CONSTANT, none_of
from pipeline.forecasts.catalogue.orders import HISTORY, INPUTS, RECENT_ORDERS, THREE_COLUMNS
from pipeline.forecasts.declaration import Forecast


def _churn(horizon: int, meaning: str, label: Label) -> Forecast:
    return Forecast(
        f"churn_probability_{horizon}p",
        label,
        meaning,
        horizon,
        outcome=none_of(value.orders_count_1p),
        measures=(value.orders_count_1p,),
        inputs=INPUTS,
        baselines=(CONSTANT, RECENT_ORDERS, THREE_COLUMNS),
        at_least={value.orders_count_12p: 1},
        null="no order in the last twelve periods",
        history=HISTORY,
        lifetimes=("mbg_cnbd_k",),
    )


churn_probability_1p = _churn(
    1, "Probability of no order in the next period.", ("Churn probability, next period", "下一期流失概率")
)
churn_probability_2p = _churn(
    2,
    "Probability of no order in the next two periods.",
    ("Churn probability, next 2 periods", "未来 2 期流失概率"),
)
