"""Ledgers of activity: per account and period, measures that add up over periods and accounts.

Belongs here: counts, sums, sums of squares, first and last events, from clean tables that hold
one or many periods. Does not belong here: anything per customer (``identity``) or any ratio,
window or feature (``features``).
"""

from pipeline.activity.campaigns import campaigns
from pipeline.activity.events import events
from pipeline.activity.order_keys import order_keys
from pipeline.activity.orders import orders

__all__ = ["campaigns", "events", "order_keys", "orders"]
