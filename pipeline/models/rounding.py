"""Numbers as they are told: rounded on write to the precision that their column states.

Belongs here: rounding. Does not belong here: how precise a column is (``tables.fields``).
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.tables.model import Field


def told(values: NDArray[np.float64], field: Field) -> NDArray[np.float64]:
    """``values`` to the decimals, or the significant digits, of ``field``; NaN stays, and there is no -0.

    Rounding keeps order: of two values the larger is never told as the smaller.
    """
    if field.digits is not None:
        return _significant(values, field.digits)
    if field.decimals is not None:
        return np.asarray(np.round(values, field.decimals) + 0.0, np.float64)
    return values


def _significant(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """``values`` to so many significant digits: whole numbers by or times an exact power of ten, so that they
    come out as the double nearest to the decimal."""
    with np.errstate(divide="ignore"):
        leading = np.floor(np.log10(np.abs(values)))
    places = digits - 1 - np.where(np.isfinite(leading), leading, 0.0)
    up, down = 10.0 ** np.clip(places, 0, 22), 10.0 ** np.clip(-places, 0, 22)
    return np.asarray(np.rint(values * up / down) / up * down + 0.0, np.float64)
