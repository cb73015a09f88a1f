"""Demography: who the customer is, as the profiles say.

Belongs here: attributes of persons and households. Does not belong here: where they live
(``geographic``), or which account's value survives (``identity``).
"""

from ibis.expr import types as ir

from pipeline.features.inputs import Window
from pipeline.tables.catalogue import FEATURES


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family: the surviving attributes of the customer."""
    return {one.name: sums[one.name] for one in FEATURES if one.family == "demographic"}
