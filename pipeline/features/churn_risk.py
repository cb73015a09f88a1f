"""Churn risk: silence measured against a customer's own rhythm.

Belongs here: how overdue the next order is. Does not belong here: who counts as lost
(``segments``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.behaviour import mean_gap_days
from pipeline.features.inputs import Window

_MIN_ORDER_DAYS = 3


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``; overdue = recency / mean gap."""
    recency = days_until(window.calendar.as_of(window.period), sums.last_order_at)
    overdue = ibis.ifelse(
        sums.order_days_count >= _MIN_ORDER_DAYS, recency / mean_gap_days(sums), ibis.null("float64")
    )
    return {
        "overdue_ratio": overdue,
        "silence_probability": silence_probability(sums.order_days_count, overdue),
    }


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
