"""Recent trend: whether a customer bought more or less than before.

Belongs here: change between the last three periods and the three before. It says nothing of what
comes next. Does not belong here: shifts of the whole population (``drift``).

(a - b) / (\\|a\\| + \\|b\\|) of rates per day, a of the last three periods, b of the three before.
A customer, or project, of fewer than six periods has none: the first period of a new customer
is cut short, and would look like growth.
"""

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import trend_index
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.features.window import Window
from pipeline.ledgers.orders import orders

FAMILY = Family("trend", 70, ("Recent trend", "近期趋势"))

_EACH, _COMPARED = 3, 6
_UNKNOWN = "fewer than six periods since the first event, or both rates are zero"
_GROWING = ("growing", "declining", "增长", "下降")
_NET = (orders.bought_amount, orders.returned_amount)
_SPANS = ((_EACH, 0), (_EACH, _EACH))


def _trend(m: Measured, window: Window, now: ir.NumericValue, before: ir.NumericValue) -> ir.FloatingValue:
    if len(window.history) < _COMPARED:
        return ibis.null("float64")
    days_now, days_before = (window.days(window.span(*span)) for span in _SPANS)
    index = trend_index(now, before, days_now, days_before)
    return ibis.ifelse(m.observed_periods_count >= _COMPARED, index, ibis.null("float64"))


def _net_trend(m: Measured, window: Window) -> ir.FloatingValue:
    now, before = (
        m[orders.bought_amount.over(*span)] - m[orders.returned_amount.over(*span)] for span in _SPANS
    )
    return _trend(m, window, now, before)


net_amount_trend_index_6p = FAMILY.feature(
    "net_amount_trend_index_6p",
    "Change of value per day, last three periods against the three before.",
    ("Net amount trend index, last 6 periods", "近 6 期消费额趋势指数"),
    "index -1 to 1",
    _net_trend,
    [one.over(*span) for one in _NET for span in _SPANS],
    "6p",
    null=_UNKNOWN,
    minimum=-1,
    maximum=1,
    ripens=True,
    words=_GROWING,
)
orders_trend_index_6p = FAMILY.feature(
    "orders_trend_index_6p",
    "Change of orders per day, last three periods against the three before.",
    ("Orders trend index, last 6 periods", "近 6 期订单趋势指数"),
    "index -1 to 1",
    lambda m, window: _trend(m, window, *(m[orders.orders_count.over(*span)] for span in _SPANS)),
    [orders.orders_count.over(*span) for span in _SPANS],
    "6p",
    null=_UNKNOWN,
    minimum=-1,
    maximum=1,
    ripens=True,
    words=_GROWING,
)
