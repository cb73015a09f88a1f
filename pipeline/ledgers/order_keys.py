"""The ledger of keys: what each account bought, and where.

Belongs here: bought lines by product, category, brand, price tier, store, channel. Distinct keys do not
add up over periods, so they have a ledger of their own. Does not belong here: measures of orders
(``orders``).
"""

import ibis
from ibis import _
from ibis.expr import types as ir

from pipeline.ledgers.channels import TIER_WORDS, with_kind
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, amount, count
from pipeline.tables import fields as f

#: Column that holds the keys of a kind, and the further entity that knows it.
_KINDS = {
    "product": ("product_id", ""),
    "category": ("category", "products"),
    "brand": ("brand", "products"),
    "price_tier": ("price_tier", "products"),
    "store": ("store_id", ""),
    "channel": ("channel", ""),
}


def _by_key(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a bought line and kind of key that is known of it.

    Category, brand and price tier of a line are those of its product as known in the line's period; a
    tier is told by its kind (``TIER_WORDS``).
    """
    orders = cleaned["orders"]
    bought = orders.filter(~orders.is_return)
    if "products" in cleaned:
        told = with_kind(cleaned["products"], "tier", "price_tier", TIER_WORDS)
        known = told.select("period", "product_id", "category", "brand", price_tier=told.tier)
        bought = bought.left_join(known, ["period", "product_id"])
    there = {kind: column for kind, (column, entity) in _KINDS.items() if not entity or entity in cleaned}
    return ibis.union(
        *(
            bought.filter(bought[column].notnull()).select(
                "period",
                "account_id",
                "net_amount",
                "discount_amount",
                key_kind=ibis.literal(kind),
                key=bought[column],
            )
            for kind, column in there.items()
        )
    )


order_keys = Ledger(
    "order_keys",
    "one account, period and key (product, category, brand, price tier, store, channel): bought lines",
    entities=("orders",),
    also=("products",),
    keys=(f.key_kind, f.key),
    kinds={kind: entity for kind, (_, entity) in _KINDS.items()},
    rows=_by_key,
    measures={
        "lines_count": count("Lines bought.", "lines"),
        "discounted_lines_count": count("Bought lines with a discount.", "lines", _.discount_amount > 0),
        "bought_amount": amount("net_amount", "Value of bought lines."),
    },
)
