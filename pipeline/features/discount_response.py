"""Response to discounts: whether a customer takes more of a product at once when it is cheaper.

Belongs here: the slope within products, and its evidence. Does not belong here: how much is bought at a
discount (``price_sensitivity``).

response = - Σ S_pq / Σ S_pp over products, where S_pq and S_pp are sums of products and squares of
p = ln(price paid / price without discounts) and q = ln(quantity) about their means within the product: least
squares with a level of its own for each product (the within estimator: Mundlak, 1978). 1 means: at a tenth
less about a tenth more units a line.

It is no elasticity of demand. Discounts are not drawn by lot: sellers make them when many buy, and ask for
several units ("two for the price of one"); that a product was bought at all because it was cheap does not
show, as lines tell nothing of what was not bought; and what is stored at home for later counts as more.

Evidence: Σ S_pp in whole units of a tenth off, ln(.9)²: the variance of the response is the scatter of q over
it. Less than one unit tells nothing. Schemes draw the response towards what is usual by it, with a prior
frozen in their version (``models.traits.levels``); here it stands as it was seen, so that no other customer
changes it (law L7).
"""

import math
from collections.abc import Callable

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family
from pipeline.ledgers import ByKey, Reading
from pipeline.ledgers.product_discounts import product_discounts
from pipeline.tables.model import INTEGER

FAMILY = Family("discount_response", 42, ("Response to discounts", "折扣反应"))
_N, _P, _Q = (
    product_discounts.points_count,
    product_discounts.log_price_sum,
    product_discounts.log_quantity_sum,
)
_PP, _PQ = product_discounts.log_price_squared_sum, product_discounts.log_product_sum
#: A unit of evidence: one line a tenth off its own price.
UNIT = math.log(0.9) ** 2
#: Sums about means are exact to so many decimals, in whatever order products are added up (law L3).
_EXACT = "decimal(38, 9)"


def _about_means(both: ir.Value, one: ir.Value, other: ir.Value, n: ir.Value) -> ir.DecimalValue:
    a, b, c, count = (value.cast("float64") for value in (both, one, other, n))
    return (a - b * c / count.nullif(0)).round(9).cast(_EXACT).fill_null(ibis.literal(0).cast(_EXACT))


def _of_prices(of: Callable[[Reading], ir.Value]) -> ir.Value:
    """S_pp of a product; nothing where its price never changed."""
    return _about_means(of(_PP), of(_P), of(_P), of(_N))


def _of_both(of: Callable[[Reading], ir.Value]) -> ir.Value:
    """S_pq of a product."""
    return _about_means(of(_PQ), of(_P), of(_Q), of(_N))


PRICES = ByKey("prices_about_means", (_N, _PP, _P), _of_prices, type=_EXACT)
BOTH = ByKey("both_about_means", (_N, _PQ, _P, _Q), _of_both, type=_EXACT)
_TOLD = [("orders", "discount_amount")]


def _evidence(prices: ir.Value) -> ir.IntegerValue:
    """Whole units of evidence."""
    known = ibis.ifelse(prices > 0, prices.cast("float64"), 0.0)
    return (known / ibis.literal(UNIT, "float64")).floor().cast("int64")


discount_response_evidence_12p = FAMILY.feature(
    "discount_response_evidence_12p",
    "Changes of price within products that were bought at several discounts, in whole units of one line a "
    "tenth off: what discount_response_12p rests on.",
    ("Evidence of the response to discounts", "折扣反应依据"),
    "observations",
    lambda m, window: _evidence(m[PRICES]),
    [PRICES],
    type=INTEGER,
    null="",
    told_by=_TOLD,
    ripens=True,
)
discount_response_12p = FAMILY.feature(
    "discount_response_12p",
    "Units more a line per price less, both as logarithms, within products: 1 is a tenth more for a "
    "tenth off. No elasticity of demand: what was not bought is not known, and sellers choose discounts.",
    ("Response to discounts", "折扣反应"),
    "ratio",
    lambda m, window: ibis.ifelse(
        _evidence(m[PRICES]) >= 1, -ratio(m[BOTH], m[PRICES]), ibis.null("float64")
    ),
    [PRICES, BOTH],
    null="hardly any product was bought at several discounts in the window: evidence below one",
    minimum=None,
    told_by=_TOLD,
    words=("taking more when cheaper", "taking as much at any price", "打折时多买", "不因打折多买"),
    counted_by="discount_response_evidence_12p",
)
