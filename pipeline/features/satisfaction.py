"""Satisfaction, as far as behaviour shows it.

Belongs here: goods taken back. Does not belong here: whether that makes a customer
dissatisfied (``segments``).
"""

from ibis.expr import types as ir

from pipeline.features.arithmetic import ratio
from pipeline.features.inputs import Window


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    returned share = returned / bought; above 1 when goods bought before the window come back.
    """
    return {"returned_share_12p": ratio(sums.returned_amount, sums.bought_amount)}
