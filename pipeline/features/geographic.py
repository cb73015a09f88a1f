"""Geography: where the customer lives, as the profiles say.

Belongs here: places. Does not belong here: stores bought in (``behaviour``).
"""

from ibis.expr import types as ir

from pipeline.features.inputs import Window
from pipeline.tables.catalogue import FEATURES


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family: the surviving attributes of the customer."""
    return {one.name: sums[one.name] for one in FEATURES if one.family == "geographic"}
