"""Memory that is free inside the process, given back to the system.

Belongs here: when and how. Does not belong here: who holds memory that is still in use.

The C library (from which DuckDB allocates) and Arrow keep much of what is freed for whoever asks them next.
A run has many steps, and the memory of one is seldom of a size that serves the next: kept by either, it
adds up to the peak of all.
"""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

_STATE = Path("/proc/self/statm")
#: Growth of the process since memory was last given back from which it is worth asking: looking through all
#: that was freed takes up to a tenth of a second.
_WORTH_ASKING = 128 * 2**20


class _Kept:
    """Size of the process when memory was last given back, in pages."""

    pages = 0


def give_back(least_growth: int = _WORTH_ASKING) -> None:
    """Return free memory to the system, where the process has grown by ``least_growth`` bytes since it last
    was. Does nothing on a system that does not tell the size of a process."""
    pages = _pages()
    if (pages - _Kept.pages) * _page_size() < least_growth:
        return
    pa.default_memory_pool().release_unused()
    if trim := getattr(_library(), "malloc_trim", None):  # where the C library has it (glibc)
        trim(0)
    _Kept.pages = _pages()


def _pages() -> int:
    try:
        return int(_STATE.read_text().split()[1])
    except OSError:
        return 0


@cache
def _page_size() -> int:
    import resource

    return resource.getpagesize()


@cache
def _library() -> Any:
    return ctypes.CDLL(None)
