"""Entities of use: web visits, social activity, product usage, holdings."""

from pipeline.tables import fields as f
from pipeline.tables.entities.model import event

WEB_VISITS = event(
    "web_visits",
    "one visit to the web site or the app",
    "started_at",
    (f.started_at, f.device, f.pages_count, f.duration_seconds, f.entry_channel, f.carts_count, f.is_converted),
    "started_at",
    identifiers=(f.search_terms,),
)

SOCIAL_ACTIVITY = event(
    "social_activity",
    "one act on a social network",
    "occurred_at",
    (f.occurred_at, f.network, f.act_kind),
    "occurred_at network act_kind",
    identifiers=(f.text,),
)

PRODUCT_USAGE = event(
    "product_usage",
    "one use, or one metering, of a service",
    "used_at",
    (f.used_at, f.service, f.usage_quantity, f.usage_unit),
    "used_at service usage_quantity usage_unit",
)

HOLDINGS = event(
    "holdings",
    "one balance of one holding",
    "observed_at",
    (f.observed_at, f.holding_id, f.product_id, f.asset_class, f.risk_level, f.balance_amount, f.currency, f.is_liability),
    "observed_at holding_id balance_amount is_liability",
)
