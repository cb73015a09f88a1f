"""Frozen parameters as canonical JSON: the same fit gives the same text, and text is all that scoring needs.

Belongs here: rounding and writing. Does not belong here: what parameters mean.
"""

import json
from typing import Any

#: Decimals that are kept. Features have six; scaled values and weights deserve a few more.
DECIMALS = 9


def rounded(value: Any) -> Any:
    """``value`` with every float rounded, tuples as lists: exactly what reading its JSON gives."""
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return value


def to_json(value: Any) -> str:
    """Canonical JSON: sorted keys, no blanks, rounded floats. Raises ``ValueError`` for NaN."""
    return json.dumps(
        rounded(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def from_json(text: str) -> Any:
    """What ``to_json`` wrote."""
    return json.loads(text)
