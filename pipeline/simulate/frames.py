"""Rows under way: a column is an array of Python values, a frame is columns by name.

Belongs here: what is done with rows of any kind, and texts of many instants at once. Does not
belong here: what any row means.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Column = npt.NDArray[Any]
Frame = dict[str, Column]
Seconds = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def column(values: Sequence[Any]) -> Column:
    """An array of Python objects, lists and None among them."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def constant(value: Any, count: int) -> Column:
    """The same value ``count`` times."""
    made = np.empty(count, dtype=object)
    made[:] = value
    return made


def size(frame: Frame) -> int:
    """Rows of the frame."""
    return len(next(iter(frame.values()))) if frame else 0


def take(frame: Frame, chosen: Column) -> Frame:
    """Rows at indices, or where a mask is true; a copy."""
    return {name: values[chosen].copy() for name, values in frame.items()}


def joined(frames: Sequence[Frame]) -> Frame:
    """Frames of equal columns, one after the other."""
    return {name: np.concatenate([one[name] for one in frames]) for name in frames[0]}


def sometimes(rng: np.random.Generator, values: Column, share: float) -> Column:
    """``values``, null but for a share of them."""
    kept = values.astype(object)
    kept[rng.random(len(kept)) >= share] = None
    return kept


def text_of(seconds: Seconds, zone: str, pattern: str) -> Column:
    """Instants as wall time of ``zone``, written by a pattern of strftime."""
    instants = pa.array(seconds, pa.timestamp("s", tz="UTC")).cast(pa.timestamp("s", tz=zone))
    return column(pc.strftime(instants, format=pattern).to_pylist())


def decimal_text(amounts: Numbers) -> Column:
    """Amounts with two places."""
    return column([f"{one:.2f}" for one in amounts.tolist()])


def numbered(prefix: str, first: int, count: int) -> Column:
    """Ids: a prefix and a running number."""
    return column([f"{prefix}{one}" for one in range(first, first + count)])


def each(function: Callable[..., Any], *columns: Column) -> Column:
    """A column from others, row by row."""
    return column([function(*values) for values in zip(*columns, strict=True)])


def where(is_so: Column, yes: Any, no: Any) -> Column:
    """One of two columns, or values, row by row; None is a value."""
    count = len(is_so)
    yes, no = (one if isinstance(one, np.ndarray) else constant(one, count) for one in (yes, no))
    made: Column = np.where(is_so, yes.astype(object), no.astype(object))
    return made


def instants_in(rng: np.random.Generator, starts: Column, end: int) -> Seconds:
    """An instant from each start to ``end``, exclusive, mostly between 8 and 22 o'clock UTC."""
    first = starts.astype(np.int64)
    drawn = (first + rng.random(len(first)) * (end - first)).astype(np.int64)
    hour = np.clip(rng.normal(14.5, 3.8, len(first)), 0, 23.9)
    daytime = drawn // 86_400 * 86_400 + (hour * 3_600).astype(np.int64)
    fits = (daytime >= first) & (daytime < end)
    return np.where(fits, daytime, np.minimum(drawn, end - 1))
