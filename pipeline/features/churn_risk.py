"""Churn risk: silence measured against a customer's own rhythm.

Belongs here: how overdue the next order is. Does not belong here: who counts as lost
(``schemes``).

overdue = recency / mean gap.
"""

import ibis
from ibis.expr import types as ir

from pipeline.features.behaviour import RHYTHM, mean_gap_days
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.features.value import recency_days_of
from pipeline.features.window import Window
from pipeline.ledgers.orders import orders

FAMILY = Family("churn_risk", 80, ("Churn risk", "流失风险"))

_MIN_ORDER_DAYS = 3
_READ = (*RHYTHM, orders.last_order_at)
_NO_RHYTHM = "fewer than three order days in the window"


def _overdue(m: Measured, window: Window) -> ir.FloatingValue:
    has_rhythm = m[orders.order_days_count] >= _MIN_ORDER_DAYS
    return ibis.ifelse(has_rhythm, recency_days_of(m, window) / mean_gap_days(m), ibis.null("float64"))


def silence_probability(order_days: ir.IntegerValue, overdue: ir.FloatingValue) -> ir.FloatingValue:
    """p / (p + (1 - p) · exp(-overdue)) with p = 1 / (n + 2) after n order days.

    By Bayes: a customer who fell silent is quiet for so long for certain, one still buying at
    exponential gaps (Ehrenberg, 1959) with probability exp(-overdue). Beforehand silence has the
    chance p of a first failure after n successes (rule of succession, Laplace, 1814). The
    complement is the idea of P(alive) in Fader, Hardie and Lee (2005), with the customer's own rate
    in place of a fitted distribution. exp(-overdue) alone would be uniform noise for whoever keeps
    a rhythm; this stays near p until the silence is long. Null where ``overdue`` is.
    """
    prior = 1 / (order_days.cast("float64") + 2)
    return prior / (prior + (1 - prior) * (-overdue).exp())


overdue_ratio = FAMILY.feature(
    "overdue_ratio",
    "Recency per mean gap.",
    ("Overdue ratio", "逾期比"),
    "ratio",
    _overdue,
    _READ,
    null=_NO_RHYTHM,
    ripens=True,
)
silence_probability_feature = FAMILY.feature(
    "silence_probability",
    "Probability that the customer has fallen silent: p / (p + (1 - p) exp(-recency / mean gap)), "
    "p = 1 / (n + 2) after n order days (exponential gaps; Laplace, 1814).",
    ("Silence probability", "沉默概率"),
    "probability 0-1",
    lambda m, window: silence_probability(m[orders.order_days_count], _overdue(m, window)),
    _READ,
    null=_NO_RHYTHM,
    maximum=1,
    ripens=True,
)
