"""The ledger of keys: what each account bought, and where.

Belongs here: bought lines by product, category, store and channel. Distinct keys do not add up
over periods, so they have a ledger of their own. Does not belong here: measures of orders
(``orders``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, amount, count
from pipeline.tables import fields as f

#: Column that holds the keys of a kind, and the further entity that knows it.
_KINDS = {
    "product": ("product_id", ""),
    "category": ("category", "products"),
    "store": ("store_id", ""),
    "channel": ("channel", ""),
}


def _by_key(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a bought line and kind of key that is known of it.

    The category of a line is that of its product as known in the line's period.
    """
    orders = cleaned["orders"]
    bought = orders.filter(~orders.is_return)
    if "products" in cleaned:
        categories = cleaned["products"].select("period", "product_id", "category")
        bought = bought.left_join(categories, ["period", "product_id"])
    there = {kind: column for kind, (column, entity) in _KINDS.items() if not entity or entity in cleaned}
    return ibis.union(
        *(
            bought.filter(bought[column].notnull()).select(
                "period", "account_id", "net_amount", key_kind=ibis.literal(kind), key=bought[column]
            )
            for kind, column in there.items()
        )
    )


order_keys = Ledger(
    "order_keys",
    "one account, period and key (product, category, store, channel) with its bought lines",
    entities=("orders",),
    also=("products",),
    keys=(f.key_kind, f.key),
    kinds={kind: entity for kind, (_, entity) in _KINDS.items()},
    rows=_by_key,
    measures={
        "lines_count": count("Lines bought.", "lines"),
        "bought_amount": amount("net_amount", "Value of bought lines."),
    },
)
