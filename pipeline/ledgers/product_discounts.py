"""The ledger of discounts by product: at what discount how many units of a product were bought at once.

Belongs here: sums of logarithms of prices and quantities, from which a slope within a product follows. Does
not belong here: the slope (``features.discount_response``).

Of each bought line of a known product, of some value: p = ln(value / (value + discount)), the logarithm of
the price paid as a share of the price without the discount (0 without one), and q = ln(quantity). Both have
four decimals, so that sums of their squares and products are exact in any order (law L3). What the seller
takes off counts, coupons do not: they are the customer's choice.
"""

from dataclasses import replace

import ibis
from ibis import _
from ibis.expr import types as ir

from pipeline.engine.expressions import multiplied, ratio, squared
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count, total
from pipeline.tables import fields as f
from pipeline.tables.model import AMOUNT, AMOUNT_SQUARED

_LOGARITHM, _SQUARED = "logarithm", "logarithm squared"


def _points(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a bought line of a product at a price."""
    lines = cleaned["orders"]
    is_point = ~lines.is_return & lines.product_id.notnull() & (lines.quantity > 0) & (lines.net_amount > 0)
    lines = lines.filter(is_point)
    before = lines.net_amount.cast("float64") + lines.discount_amount.cast("float64")
    points = lines.select(
        "period",
        "account_id",
        "product_id",
        log_price=_logarithm(ratio(lines.net_amount, before)),
        log_quantity=_logarithm(lines.quantity.cast("float64")),
    )
    return points.mutate(
        log_price_squared=squared(points.log_price),
        log_product=multiplied(points.log_price, points.log_quantity),
    )


def _logarithm(value: ir.FloatingValue) -> ir.DecimalValue:
    return value.ln().round(4).cast(ibis.dtype(AMOUNT))


product_discounts = Ledger(
    "product_discounts",
    "one account, period and product: logarithms of prices paid and of quantities, of its bought lines",
    entities=("orders",),
    keys=(replace(f.product_id, null_meaning=""),),
    rows=_points,
    measures={
        "points_count": count("Bought lines of some value.", "lines"),
        "discounted_points_count": count("Those of them with a discount.", "lines", _.log_price < 0),
        "log_price_sum": total(
            "log_price",
            "Sum of ln of the price paid as a share of the price without discounts.",
            _LOGARITHM,
            AMOUNT,
            minimum=None,
        ),
        "log_quantity_sum": total(
            "log_quantity", "Sum of ln of the quantity.", _LOGARITHM, AMOUNT, minimum=None
        ),
        "log_price_squared_sum": total(
            "log_price_squared", "Sum of squares of the former.", _SQUARED, AMOUNT_SQUARED
        ),
        "log_product_sum": total(
            "log_product", "Sum of their products.", _SQUARED, AMOUNT_SQUARED, minimum=None
        ),
    },
)
