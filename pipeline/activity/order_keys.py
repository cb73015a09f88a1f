"""The ledger of keys: what each account bought, and where.

Belongs here: bought lines by product, category, store and channel. Distinct keys do not add up
over periods, so they have a ledger of their own. Does not belong here: measures of orders
(``orders``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.tables.zones import ORDER_KEYS

#: Column that holds the keys of a kind.
_KEY_COLUMNS = {"product": "product_id", "category": "category", "store": "store_id", "channel": "channel"}


def order_keys(orders: ir.Table, products: ir.Table | None) -> ir.Table:
    """Bought lines and their value by account, period and key: rows of ``ORDER_KEYS``.

    ``orders`` are clean order lines, ``products`` clean products, both of the same one or many
    periods; the category of a line is that of its product as known in the line's period. Lines
    without a key are skipped in that kind: so are all categories when ``products`` is none.
    Amounts are in the project's currency, exact decimals.
    """
    bought = orders.filter(~orders.is_return)
    columns = dict(_KEY_COLUMNS)
    if products is None:
        del columns["category"]
    else:
        categories = products.select("period", "product_id", "category")
        bought = bought.left_join(categories, ["period", "product_id"])
    return ibis.union(*(_by_key(bought, kind, column) for kind, column in columns.items())).select(
        *ORDER_KEYS.columns
    )


def _by_key(bought: ir.Table, kind: str, column: str) -> ir.Table:
    known = bought.filter(bought[column].notnull()).select(
        "period", "account_id", "net_amount", key_kind=ibis.literal(kind), key=bought[column]
    )
    return known.group_by("period", "account_id", "key_kind", "key").agg(
        lines_count=known.count(), bought_amount=known.net_amount.sum()
    )
