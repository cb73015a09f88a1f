"""Looking for many texts in a very long one: one pass in place of a search for each.

Belongs here: what tests of privacy look for in a whole lake. Does not belong here: what is looked for.
"""

from collections.abc import Collection

import numpy as np

#: Bytes of a text's beginning that are compared first.
_WIDTH = 6
_AT_ONCE = 1 << 24


def standing_in(texts: Collection[str], long: str) -> list[str]:
    """Those of ``texts`` that stand in ``long``, in their order."""
    first = {one: one.encode()[:_WIDTH] for one in texts}
    begun = _beginnings_in({one for one in first.values() if len(one) == _WIDTH}, long)
    return [one for one in texts if (len(first[one]) < _WIDTH or first[one] in begun) and one in long]


def _beginnings_in(beginnings: Collection[bytes], long: str) -> set[bytes]:
    """Those of ``beginnings``, of ``_WIDTH`` bytes each, that stand in ``long``."""
    codes = {int.from_bytes(one, "little"): one for one in beginnings}
    wanted = np.array(sorted(codes), np.uint64)
    is_start = np.zeros(1 << 16, bool)
    is_start[(wanted & np.uint64(0xFFFF)).astype(np.int64)] = True
    there = np.frombuffer(long.encode(), np.uint8)
    found: set[bytes] = set()
    for first in range(0, max(len(there) - _WIDTH + 1, 0), _AT_ONCE):
        part = there[first : first + _AT_ONCE + _WIDTH - 1]
        size = len(part) - _WIDTH + 1
        two = part[:size].astype(np.int64) | (part[1 : size + 1].astype(np.int64) << 8)
        places = np.flatnonzero(is_start[two])
        code = np.zeros(len(places), np.uint64)
        for at in range(_WIDTH):
            code |= part[places + at].astype(np.uint64) << np.uint64(8 * at)
        at_most = np.minimum(np.searchsorted(wanted, code), len(wanted) - 1)
        found.update(codes[int(one)] for one in np.unique(code[wanted[at_most] == code]))
    return found
