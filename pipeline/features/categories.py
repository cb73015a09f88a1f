"""Categories of goods that each customer of the population bought lately: what no single feature can hold.

Belongs here: lines by customer and category over the window. Does not belong here: features that sum them up
(``behaviour``), or what is likely to be bought (``forecasts.categories``).
"""

from dataclasses import replace

import ibis
from ibis.expr import types as ir

from pipeline.features.window import Window
from pipeline.ledgers.order_keys import order_keys
from pipeline.tables import fields as f
from pipeline.tables.model import INTEGER, Field, Table, table

#: Ledger that is read, and kind of its keys.
LEDGER, _KIND = order_keys.name, "category"
CATEGORY = replace(
    f.category,
    meaning="Category of goods, as known in the period of each line.",
    null_meaning="",
    zh="商品品类。",
)
LINES = Field(
    "category_lines_count_12p",
    INTEGER,
    "Lines of the category bought in the last twelve periods.",
    "lines",
    minimum=1,
    zh="最近十二期购买该品类的行数。",
)
LINES_NOW = Field(
    "category_lines_count_1p",
    INTEGER,
    "Lines of the category bought in the period.",
    "lines",
    minimum=0,
    zh="本期购买该品类的行数。",
)
CUSTOMER_CATEGORIES: Table = table(
    "features",
    "customer_categories",
    "one category that a customer of the population bought in the last twelve periods",
    "period customer_id category",
    (f.period, f.customer_id, CATEGORY, LINES, LINES_NOW),
)


def customer_categories(customers: ir.Table, links: ir.Table, keys: ir.Table, window: Window) -> ir.Table:
    """``CUSTOMER_CATEGORIES`` as of the end of the window's period, from the ledger ``order_keys``.

    ``keys`` are its rows of up to the last twelve periods; periods outside the window are ignored. A category
    without a bought line has no row.
    """
    known = customers.filter((customers.period == window.period) & customers.is_in_population)
    linked = links.filter(links.period == window.period).select("account_id", "customer_id")
    rows = keys.filter(keys.period.isin(window.periods) & (keys.key_kind == _KIND))
    rows = rows.inner_join(linked, "account_id").semi_join(known.select("customer_id"), "customer_id")
    found = rows.group_by("customer_id", category=rows.key).agg(
        **{
            LINES.name: rows.lines_count.sum().cast("int64"),
            LINES_NOW.name: rows.lines_count.sum(where=rows.period == window.period)
            .fill_null(0)
            .cast("int64"),
        }
    )
    found = found.filter(found[LINES.name] > 0)
    return found.mutate(period=ibis.literal(window.period)).select(*CUSTOMER_CATEGORIES.columns)
