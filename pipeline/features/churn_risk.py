"""Churn risk: silence measured against a customer's own rhythm.

Belongs here: how overdue the next order is. Does not belong here: how probable silence is (``forecasts``), or
who counts as lost (``schemes``).

overdue = recency / mean gap. Silence by rhythm = gaps · ln(1 + recency / days from first to last order day):
the same number where many gaps are known, and less where few are. A customer whose gaps are exponential, and
of whom so many of them were seen, is silent for as long by chance with the probability exp(-silence): the
predictive distribution of the next gap, with the prior 1 / rate, is that of Lomax (1954).
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


def _silence(m: Measured, window: Window) -> ir.FloatingValue:
    gaps = m[orders.order_days_count] - 1
    waited = recency_days_of(m, window) / (mean_gap_days(m) * gaps)
    return ibis.ifelse(gaps + 1 >= _MIN_ORDER_DAYS, gaps * (1 + waited).ln(), ibis.null("float64"))


rhythm_silence_ratio = FAMILY.feature(
    "rhythm_silence_ratio",
    "Recency per mean gap, as far as the gaps seen tell of the next one: by chance alone the customer would "
    "be silent for as long with the probability exp(-it).",
    ("Silence by own rhythm", "按自身节奏的沉默"),
    "ratio",
    _silence,
    _READ,
    null=_NO_RHYTHM,
    ripens=True,
)
