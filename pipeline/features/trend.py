"""Recent trend: whether a customer bought more or less than before.

Belongs here: change between the last three periods and the three before, level against the customer's own
past, slope over the window, when the rate of orders changed. It says nothing of what comes next. Does not
belong here: shifts of the whole population (``drift``).

(a - b) / (\\|a\\| + \\|b\\|) of rates per day, a of the last three periods, b of the three before.
A customer, or project, of fewer than six periods has none: the first period of a new customer
is cut short, and would look like growth. Chance alone scatters the index of n orders by about 1 / √n, so it
is a level of what they show: schemes believe it as far as it is known.

Level: the same index, of the last three periods against the nine before, from twelve periods on. Slope: least
squares over the periods of the window after the customer's first, at least six, of orders per 30 days, per
their mean: .1 is a tenth of the usual more each period.
"""

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import slope_of, trend_index
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.features.window import Window
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.ledgers.orders import orders
from pipeline.ledgers.web import web
from pipeline.tables.model import INTEGER

FAMILY = Family("trend", 70, ("Recent trend", "近期趋势"))

_EACH, _COMPARED = 3, 6
UNKNOWN = "fewer than six periods since the first event, or both rates are zero"
GROWING = ("growing", "declining", "增长", "下降")
_NET = (orders.bought_amount, orders.returned_amount)
SPANS = ((_EACH, 0), (_EACH, _EACH))
_CHANGE = "fewer than six periods after the first, or fewer than four orders in them"
_NO_CHANGE = f"{_CHANGE}; or no change is as probable as one"
#: The last three periods, and the customer's own past in the window.
_PAST = ((_EACH, 0), (WINDOW_PERIODS - _EACH, _EACH))
_CHANGED = {
    "probability": orders.orders_count.changed("change_probability"),
    "age": orders.orders_count.changed("change_age"),
    "index": orders.orders_count.changed("change_index"),
}


def trend_of(m: Measured, window: Window, now: ir.NumericValue, before: ir.NumericValue) -> ir.FloatingValue:
    """The index of two sums, of the last three periods and of the three before; null for the young."""
    if len(window.history) < _COMPARED:
        return ibis.null("float64")
    days_now, days_before = (window.days(window.span(*span)) for span in SPANS)
    index = trend_index(now, before, days_now, days_before)
    return ibis.ifelse(m.observed_periods_count >= _COMPARED, index, ibis.null("float64"))


def _level(m: Measured, window: Window) -> ir.FloatingValue:
    if len(window.history) < WINDOW_PERIODS:
        return ibis.null("float64")
    now, before = _net_of(m, _PAST)
    days_now, days_before = (window.days(window.span(*span)) for span in _PAST)
    is_known = m.observed_periods_count >= WINDOW_PERIODS
    return ibis.ifelse(is_known, trend_index(now, before, days_now, days_before), ibis.null("float64"))


def _slope(m: Measured, window: Window) -> ir.FloatingValue:
    """Of the periods after the first, which is cut short; of all where the first lies before the window."""
    counts = m.by_period(orders.orders_count)
    rates = [
        one.cast("float64") * 30 / window.calendar.days(period)
        for one, period in zip(counts, window.periods, strict=True)
    ]
    known = ibis.least(m.observed_periods_count - 1, len(rates))
    return ibis.ifelse(known >= _COMPARED, slope_of(rates, known), ibis.null("float64"))


def _net_of(m: Measured, spans: tuple[tuple[int, int], ...]) -> list[ir.NumericValue]:
    return [m[orders.bought_amount.over(*span)] - m[orders.returned_amount.over(*span)] for span in spans]


def _net_trend(m: Measured, window: Window) -> ir.FloatingValue:
    return trend_of(m, window, *_net_of(m, SPANS))


net_amount_trend_index_6p = FAMILY.feature(
    "net_amount_trend_index_6p",
    "Change of value per day, last three periods against the three before.",
    ("Net amount trend index, last 6 periods", "近 6 期消费额趋势指数"),
    "index -1 to 1",
    _net_trend,
    [one.over(*span) for one in _NET for span in SPANS],
    "6p",
    null=UNKNOWN,
    minimum=-1,
    maximum=1,
    ripens=True,
    words=GROWING,
    counted_by="orders_count_6p",
)
orders_trend_index_6p = FAMILY.feature(
    "orders_trend_index_6p",
    "Change of orders per day, last three periods against the three before.",
    ("Orders trend index, last 6 periods", "近 6 期订单趋势指数"),
    "index -1 to 1",
    lambda m, window: trend_of(m, window, *(m[orders.orders_count.over(*span)] for span in SPANS)),
    [orders.orders_count.over(*span) for span in SPANS],
    "6p",
    null=UNKNOWN,
    minimum=-1,
    maximum=1,
    ripens=True,
    words=GROWING,
    counted_by="orders_count_6p",
)
net_amount_level_index_12p = FAMILY.feature(
    "net_amount_level_index_12p",
    "Value per day of the last three periods against the nine before: the customer's own past.",
    ("Net amount level index", "消费额水平指数"),
    "index -1 to 1",
    _level,
    [one.over(*span) for one in _NET for span in _PAST],
    null="fewer than twelve periods since the first event, or both rates are zero",
    minimum=-1,
    maximum=1,
    ripens=True,
    words=("above their own past", "below their own past", "高于自身以往", "低于自身以往"),
    counted_by="orders_count_12p",
    trait="none",
)
orders_slope_12p = FAMILY.feature(
    "orders_slope_12p",
    "Least-squares slope of orders per 30 days over the periods after the first, per period and mean.",
    ("Orders slope", "订单斜率"),
    "ratio",
    _slope,
    [orders.orders_count.by_period()],
    null="fewer than six periods after the first, or no order in them",
    minimum=None,
    ripens=True,
    words=GROWING,
    counted_by="orders_count_12p",
    trait="none",
)
orders_change_probability_12p = FAMILY.feature(
    "orders_change_probability_12p",
    "Probability that the rate of orders changed, once within the periods after the first and whatever the "
    "cause; before anything was seen a change was as likely as none.",
    ("Orders change probability", "订单频率变化概率"),
    "probability 0-1",
    lambda m, window: m[_CHANGED["probability"]],
    [_CHANGED["probability"]],
    null=_CHANGE,
    maximum=1,
    ripens=True,
    words=("changed", "unchanged", "频率有变", "频率未变"),
    counted_by="orders_count_12p",
    trait="none",
)
orders_change_age_periods_12p = FAMILY.feature(
    "orders_change_age_periods_12p",
    "Periods from the most plausible begin of the change to as_of; 1: it began with this period.",
    ("Periods since orders changed", "订单频率变化至今的期数"),
    "periods",
    lambda m, window: m[_CHANGED["age"]],
    [_CHANGED["age"]],
    type=INTEGER,
    null=_NO_CHANGE,
    minimum=1,
    ripens=True,
    counted_by="orders_count_12p",
    trait="none",
)
orders_change_index_12p = FAMILY.feature(
    "orders_change_index_12p",
    "Change of orders per day, since the most plausible begin of the change against before it.",
    ("Orders change index", "订单频率变化指数"),
    "index -1 to 1",
    lambda m, window: m[_CHANGED["index"]],
    [_CHANGED["index"]],
    null=_NO_CHANGE,
    minimum=-1,
    maximum=1,
    ripens=True,
    words=("grew at one time", "fell at one time", "曾转为增长", "曾转为下降"),
    counted_by="orders_count_12p",
    trait="none",
)
web_visits_trend_index_6p = FAMILY.feature(
    "web_visits_trend_index_6p",
    "Change of visits per day, last three periods against the three before.",
    ("Web visits trend index, last 6 periods", "近 6 期访问趋势指数"),
    "index -1 to 1",
    lambda m, window: trend_of(m, window, *(m[web.visits_count.over(*span)] for span in SPANS)),
    [web.visits_count.over(*span) for span in SPANS],
    "6p",
    null=UNKNOWN,
    minimum=-1,
    maximum=1,
    ripens=True,
    words=("visiting more", "visiting less", "访问增多", "访问减少"),
)
