"""Satisfaction, as far as behaviour shows it.

Belongs here: goods taken back. Does not belong here: whether that makes a customer
dissatisfied (``schemes``).

returned share = returned / bought; above 1 when goods bought before the window come back.
"""

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family
from pipeline.ledgers.orders import orders

FAMILY = Family("satisfaction", 30, ("Satisfaction", "满意度"))

returned_share_12p = FAMILY.feature(
    "returned_share_12p",
    "Value returned per value bought; above 1 when goods bought before the window come back.",
    ("Returned share", "退货金额占比"),
    "ratio",
    lambda m, window: ratio(m[orders.returned_amount], m[orders.bought_amount]),
    [orders.returned_amount, orders.bought_amount],
    null="no value bought in the window",
    words=("many returns", "few returns", "退货多", "退货少"),
    counted_by="lines_count_12p",
)
