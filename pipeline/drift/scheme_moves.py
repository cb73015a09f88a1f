"""How much customers move in each scheme, beside the noise floor of the version in force.

Belongs here: shares of moves, and which floor holds. Does not belong here: who moved (``movement``), or
measuring a floor (``segments.noise_floor``).
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.drift.movement import CAUSES
from pipeline.tables.mobility import SCHEME_MOVES

#: Columns that hold a floor: the same until a version changes.
_FLOOR = ("noise_floor_share", "noise_floor_error", "noise_floor_customers_count", "noise_floor_period")


def scheme_moves(
    flows: pa.Table, versions: Mapping[str, str | None], floors: Mapping[str, Mapping[str, Any]], period: str
) -> pa.Table:
    """``SCHEME_MOVES`` of ``period`` from its ``FLOWS``: one row a scheme, by name.

    ``versions`` are those in force by scheme, ``floors`` what ``measured`` or ``carried`` gives.
    """
    counted: dict[str, Counter[str]] = {}
    for row in flows.to_pylist():
        one = counted.setdefault(row["scheme"], Counter())
        one["in_both"] += row["population_previous_count"] - row["left_count"]
        one["behaviour"] += row["moved_in_behaviour_count"]
        one["moved"] += sum(row[f"moved_in_{cause}_count"] for cause in CAUSES)
    rows = [
        {
            "period": period,
            "scheme": scheme,
            "scheme_version": versions.get(scheme),
            "in_both_count": one["in_both"],
            "moved_count": one["moved"],
            "moved_share": _share(one["moved"], one["in_both"]),
            "moved_behaviour_share": _share(one["behaviour"], one["in_both"]),
            **floors.get(scheme, {}),
        }
        for scheme, one in sorted(counted.items())
    ]
    return pa.Table.from_pylist(rows, schema=SCHEME_MOVES.schema)


def carried(before: pa.Table | None, versions: Mapping[str, str | None]) -> dict[str, dict[str, Any]]:
    """Floors of the period before that hold: those of schemes whose version is the same; by scheme."""
    return {
        row["scheme"]: {name: row[name] for name in _FLOOR}
        for row in ([] if before is None else before.to_pylist())
        if row["noise_floor_share"] is not None and row["scheme_version"] == versions.get(row["scheme"])
    }


def measured(customers_count: int, moved_count: int, period: str) -> dict[str, Any]:
    """The floor that ``moved_count`` of ``customers_count`` make, measured in ``period``.

    Its standard error is that of a share by Agresti and Coull (1998), which is not 0 where nobody moved.
    """
    again = (moved_count + 2) / (customers_count + 4)
    error = math.sqrt(again * (1 - again) / (customers_count + 4))
    values = (_share(moved_count, customers_count), round(error, 6), customers_count, period)
    return dict(zip(_FLOOR, values, strict=True))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
