"""Potential: whether a customer will spend more than now.

Belongs here: growth over the customer's own level. Does not belong here: what a high potential is
(``schemes``).

Outcome: net amount per 30 days of the next three periods > net amount per 30 days of the last three. Asked of
customers with an order in the last three periods who were there in all three: what came after a silence would
be a return, not growth, and a level that began in the middle is none.
"""

from pipeline.features import value
from pipeline.forecasts.catalogue.common import CONSTANT
from pipeline.forecasts.catalogue.orders import (
    INPUTS,
    LEVELS,
    OBSERVED,
    RECENT_ORDERS,
    THREE_COLUMNS,
)
from pipeline.forecasts.declaration import Course, Forecast
from pipeline.models.frame import Flags

_PERIODS = 3


def _grows(course: Course) -> Flags:
    before = course.now.number(value.net_amount_3p.name) / course.days_now(_PERIODS)
    found: Flags = course.later[value.net_amount_1p.name] / course.days_later > before
    return found


growth_probability_3p = Forecast(
    "growth_probability_3p",
    ("Growth probability, next 3 periods", "未来 3 期增长概率"),
    "Probability that net amount per 30 days is greater in the next three periods than in the last three.",
    _PERIODS,
    outcome=_grows,
    measures=(value.net_amount_1p,),
    inputs=INPUTS,
    baselines=(CONSTANT, RECENT_ORDERS, THREE_COLUMNS, LEVELS),
    at_least={value.orders_count_3p: 1, OBSERVED: _PERIODS},
    null="no order in the last three periods, or first seen within them",
)
