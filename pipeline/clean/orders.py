"""Values of an order line that follow from others.

Belongs here: signs of returns, price from value and value from price, local day and hour. Does
not belong here: rules about them (``rules``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.clean.typed import rounded
from pipeline.engine.values import wall_time

_WIDE, _MONEY = "decimal(38, 10)", "decimal(18, 4)"


def derived(row: ir.Table, zone: str) -> ir.Table:
    """``row`` with the derived columns of an order line as ``c:name``.

    A line is a return when the source says so or its quantity is negative; returns carry
    negative quantity and value. ``net_amount`` = price × quantity where the source gives no
    value, ``unit_price_amount`` = value / quantity where it gives no price, both to four places,
    ties to even. Discounts and coupons are 0 unless given. Day and hour are those of ``zone``.
    """
    quantity = row["v:quantity"]
    is_return = (quantity < 0).fill_null(False)
    if "v:is_return" in row.columns:
        is_return = is_return | row["v:is_return"].fill_null(False)
    local = wall_time(row["v:ordered_at"], zone)
    signed = row.mutate(
        **{
            "c:is_return": is_return,
            "c:quantity": ibis.ifelse(is_return, -quantity.abs(), quantity).cast(_MONEY),
            "c:discount_amount": _mapped(row, "discount_amount").fill_null(0).cast(_MONEY),
            "c:coupon_amount": _mapped(row, "coupon_amount").fill_null(0).cast(_MONEY),
            "c:ordered_date": local.date(),
            "c:ordered_hour": local.hour().cast("int64"),
        }
    )
    return _priced(_valued(signed))


def _mapped(row: ir.Table, name: str) -> ir.DecimalValue:
    return row[f"v:{name}"] if f"v:{name}" in row.columns else ibis.null(_MONEY)


def _valued(row: ir.Table) -> ir.Table:
    # one side is widened: DuckDB keeps 18 digits when both sides have 18
    product = row.mutate(
        product=(_mapped(row, "unit_price_amount").cast("decimal(19, 4)") * row["c:quantity"]).try_cast(_WIDE)
    )
    value = product.mutate(value=_mapped(product, "net_amount").coalesce(rounded(product["product"])))
    net = ibis.ifelse(value["c:is_return"], -value["value"].abs(), value["value"]).cast(_MONEY)
    return value.mutate(**{"c:net_amount": net})


def _priced(row: ir.Table) -> ir.Table:
    share = row["c:net_amount"].cast("float64") / row["c:quantity"].cast("float64").nullif(0)
    divided = row.mutate(quotient=share)
    price = _mapped(divided, "unit_price_amount").coalesce(rounded(divided["quotient"]))
    return divided.mutate(**{"c:unit_price_amount": price})
