"""Entities of buying: orders, products, quotations, exchange rates."""

from pipeline.tables import fields as f
from pipeline.tables.entities.model import Entity, event
from pipeline.tables.model import table

ORDERS = Entity(
    clean=table(
        "clean",
        "orders",
        "one order line",
        "period source line_key",
        (
            f.period, f.source, f.account_id, f.order_id, f.line_key, f.ordered_at, f.ordered_date, f.ordered_hour,
            f.product_id, f.quantity, f.unit_price_amount, f.list_price_amount, f.net_amount, f.discount_amount,
            f.coupon_amount, f.cost_amount, f.currency, f.channel, f.store_id, f.is_return,
        ),
        "product_id list_price_amount cost_amount currency channel store_id",
    ),
    event_time="ordered_at",
    mapped=(
        f.order_id, f.line_key, f.ordered_at, f.product_id, f.quantity, f.unit_price_amount, f.list_price_amount,
        f.net_amount, f.discount_amount, f.coupon_amount, f.cost_amount, f.currency, f.channel, f.store_id, f.is_return,
    ),
    needed=frozenset({"order_id", "ordered_at", "quantity"}),
)

PRODUCTS = Entity(
    clean=table(
        "clean",
        "products",
        "one product",
        "period product_id",
        (f.period, f.source, f.product_id, f.product_name, f.brand, f.price_tier, f.category, f.subcategory),
        "product_name brand price_tier category subcategory",
    ),
    event_time=None,
    mapped=(f.product_id, f.product_name, f.brand, f.price_tier, f.category, f.subcategory),
    needed=frozenset({"product_id"}),
    has_account=False,
)

QUOTES = event(
    "quotes",
    "one quotation",
    "quoted_at",
    (f.quote_id, f.quoted_at, f.quoted_amount, f.currency, f.responded_at, f.outcome, f.product_id),
    "quote_id quoted_at quoted_amount",
)

EXCHANGE_RATES = Entity(
    clean=table(
        "clean",
        "exchange_rates",
        "one currency from one day on",
        "period rate_currency rate_date",
        (f.period, f.source, f.rate_currency, f.rate_date, f.rate),
    ),
    event_time=None,
    mapped=(f.rate_currency, f.rate_date, f.rate),
    needed=frozenset({"rate_currency", "rate_date", "rate"}),
    has_account=False,
)
