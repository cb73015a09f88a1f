"""Bands of numbers in words (15-24K, under 15K, 250K+, 5+) as the number in their middle.

Belongs here: reading a band. Does not belong here: which column has bands (``matching``).
"""

import re
from collections.abc import Sequence

_UNIT = {"k": 1_000, "m": 1_000_000, "千": 1_000, "万": 10_000}
_NUMBER = re.compile(r"(\d+(?:[.,]\d{3})*(?:\.\d+)?)\s*([kKmM千万]?)")
_BELOW = re.compile(r"(?i)under|below|less|up to|<|以下|bis|unter")
_ABOVE = re.compile(r"(?i)\+|over|above|more|>|以上|über")
#: What is open above is taken for so much more than where it begins.
_OPEN = 1.2


def amounts(codes: Sequence[str]) -> dict[str, float] | None:
    """The middle of each band: half of what is open below, a fifth more than what is open above, else
    half way to where the next band begins. None unless all of at least two codes are bands."""
    found = {code: edges for code in codes if (edges := _edges(code))}
    if len(found) < 2 or len(found) < len(codes):
        return None
    begins = sorted({low for low, _ in found.values() if low is not None})
    middle: dict[str, float] = {}
    for code, (low, high) in found.items():
        if low is None:
            middle[code] = (high or 0) / 2
        elif high is None:
            middle[code] = low * _OPEN
        else:
            following = next((one for one in begins if one >= high), high)
            # 15-24 and 25-34 meet at 25
            middle[code] = (low + (following if following - high <= (high - low) / 2 else high)) / 2
    return middle


def least_counts(codes: Sequence[str]) -> dict[str, int] | None:
    """``5+`` as 5: codes that are whole numbers but for those open above; none when others are there."""
    open_above = [one for one in codes if re.fullmatch(r"\d+\s*\+", one)]
    if not open_above or any(not re.fullmatch(r"\d+(\.0)?\s*\+?", one) for one in codes):
        return None
    return {one: int(re.sub(r"\D", "", one)) for one in open_above}


def _edges(code: str) -> tuple[float | None, float | None] | None:
    found = _NUMBER.findall(code)
    if not found or len(found) > 2 or re.search(r"[^\W\d_]{8,}", code):
        return None
    last_unit = found[-1][1].lower()
    read = [
        float(re.sub(r"[.,](?=\d{3}(?!\d))", "", one)) * _UNIT.get((unit or last_unit).lower(), 1)
        for one, unit in found
    ]
    if len(read) == 2:
        return (read[0], read[1]) if read[0] < read[1] else None
    if _BELOW.search(code):
        return (None, read[0])
    return (read[0], None) if _ABOVE.search(code) else None
