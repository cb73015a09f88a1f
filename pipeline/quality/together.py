"""Rules of one bound looked at together: whether any column breaks it, before it is asked which.

Belongs here: which rules of a frame can share a look, and the columns that are looked at in their place. Does
not belong here: the rules (``rules``), expectations (``suites``).

An expectation costs some milliseconds whatever it looks at, and a table of features has hundreds. Columns of
one bound keep it when the least and the greatest value of each row do; they are all known when none is
missing in any row. Only where that fails is each column asked by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.quality.rules import Kind, Rule

Values = npt.NDArray[np.float64]
#: Rules that look at one column's values and need no name of it.
_SHARED: frozenset[Kind] = frozenset({"known", "limits", "finite"})


@dataclass(frozen=True)
class Looks:
    """``frame`` as it is looked at, and the rules that are asked of it first, each with those for which it
    stands: all of them are kept where it is, and one of them is broken where it is."""

    frame: pd.DataFrame
    stands_for: dict[Rule, list[Rule]]


def together(every: Sequence[Rule], frame: pd.DataFrame) -> Looks:
    """The looks that tell whether any of ``every`` rule of one table is broken by ``frame``."""
    shared: dict[Rule, list[Rule]] = defaultdict(list)
    for rule in every:
        shared[replace(rule, group="", columns=()) if _can_share(rule, frame) else rule].append(rule)
    made: dict[str, Values] = {}
    stands_for: dict[Rule, list[Rule]] = {}
    for some in shared.values():
        if len(some) == 1:
            stands_for[some[0]] = some
            continue
        for rule, values in _looks(some, frame):
            name = f"look {len(made)}"
            made[name] = values
            stands_for[replace(rule, columns=(name,))] = some
    # Columns to look at stand in the frame, too.
    asked = {
        replace(rule, columns=(*rule.columns, *made)) if rule.kind == "columns" else rule: some
        for rule, some in stands_for.items()
    }
    return Looks(pd.concat([frame, pd.DataFrame(made, index=frame.index)], axis=1), asked)


def _can_share(rule: Rule, frame: pd.DataFrame) -> bool:
    if rule.kind not in _SHARED or any(name not in frame.columns for name in rule.columns):
        return False
    dtype = frame.dtypes[rule.columns[0]]
    return rule.kind == "known" or (isinstance(dtype, np.dtype) and dtype.kind in "iuf")


def _looks(some: Sequence[Rule], frame: pd.DataFrame) -> Iterable[tuple[Rule, Values]]:
    """Rules of a column of their own that are kept when all of ``some`` are, with its values."""
    rule, columns = some[0], [frame[one.columns[0]] for one in some]
    if rule.kind == "known":
        missing = np.zeros(len(frame), bool)
        for column in columns:
            missing |= column.isna().to_numpy()
        yield rule, np.where(missing, np.nan, 1.0)
        return
    least, greatest = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    for column in columns:
        values = column.to_numpy(np.float64)
        least, greatest = np.fmin(least, values), np.fmax(greatest, values)
    if rule.kind == "finite" or rule.low is not None:
        yield replace(rule, high=None), least
    if rule.kind == "finite" or rule.high is not None:
        yield replace(rule, low=None), greatest
