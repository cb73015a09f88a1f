"""Moves that may come of a source that is not whole: never called behaviour (law L13).

Belongs here: in which periods sources were not whole, which schemes change by them in a period, and which
moves take back one of then. Does not belong here: judging sources (``pipeline.health``), what a scheme rests
on (``schemes.resting``), or the path of a move (``movement``).
"""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.drift.places import Places, positions_in, whole
from pipeline.engine.coded import Codes
from pipeline.periods import Calendar
from pipeline.tables.health import ILL

Flags = NDArray[np.bool_]


def ill_sources(health: pa.Table) -> dict[str, set[str]]:
    """Sources that are not whole, by period, from rows of ``SOURCE_HEALTH``."""
    found: dict[str, set[str]] = {}
    for row in health.to_pylist():
        if row["source_state"] in ILL:
            found.setdefault(row["period"], set()).add(row["source"])
    return found


def in_doubt(
    ill: Mapping[str, Collection[str]],
    rest_on: Mapping[str, Mapping[str, Collection[int]]],
    period: str,
    calendar: Calendar,
) -> list[str]:
    """Schemes of which a change in ``period`` may come of a source that is not whole: a period of it that is
    ``ill`` comes into a window of theirs, or goes out of one.

    ``rest_on`` says how many periods ago such periods were, by scheme and source.
    """
    longest = max((edge for given in rest_on.values() for some in given.values() for edge in some), default=0)
    ago = calendar.back(period, longest + 1)[::-1]
    return [
        name
        for name, given in rest_on.items()
        if any(source in ill.get(ago[edge], ()) for source, some in given.items() for edge in some)
    ]


def ways_back(places: Places, doubted: pa.Table | None) -> dict[str, tuple[Codes, Codes]]:
    """By scheme, where the last of the moves ``doubted`` of each customer of the period came from, and where
    it led to; -1 where there was none. They are ``MOVES`` of earlier periods, oldest first."""
    if doubted is None or not doubted.num_rows:
        return {}
    where = positions_in(whole(doubted.column("customer_id")), places.now)
    scheme_of = np.array(doubted.column("scheme").to_pylist())
    return {
        one: _codes(places, one, doubted, np.flatnonzero((scheme_of == one) & (where >= 0)), where)
        for one in places.schemes
    }


def _codes(
    places: Places, scheme: str, doubted: pa.Table, rows: NDArray[np.int64], where: NDArray[np.int64]
) -> tuple[Codes, Codes]:
    some, found = doubted.take(pa.array(rows)), []
    for column in ("from_state", "to_state"):
        codes = np.full(len(places.now), -1, np.int32)
        codes[where[rows]] = places.names[scheme].of(
            some.column(column), lambda one: one.removeprefix(f"{scheme}:")
        )
        found.append(codes)
    return found[0], found[1]


def by_data(
    in_doubt: bool, back: tuple[Codes, Codes] | None, customers: NDArray[np.int64], path: list[Codes]
) -> Flags:
    """Of ``customers`` who moved along ``path``, those whose behaviour must not be called so: all where the
    scheme is ``in_doubt``, else those who take back a move that data had made."""
    if in_doubt or back is None:
        return np.full(len(customers), in_doubt)
    came, led = (one[customers] for one in back)
    found: Flags = (led == path[0]) & (came == path[-1])
    return found
