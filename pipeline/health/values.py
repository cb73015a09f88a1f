"""Values: stores, channels and categories that always appear and are gone, or go by another name.

Belongs here: signals *values* and *renamed*. Does not belong here: values that are lacking (``contents``).
"""

from collections.abc import Iterator, Sequence

from pipeline.health.profile import Known, Numbers
from pipeline.health.signal import Signal

#: A value is usual that every one of the last periods has, with so many rows at least.
_PERIODS, _LEAST_ROWS = 3, 30.0
#: Share of rows from which a value that is gone, with a new one in its place, is told.
_RENAMED = 0.05
#: Values named in a sentence, and columns whose values may be: those of places and ways of business.
_NAMED, _NAMEABLE = (
    3,
    ("store_id", "channel", "entry_channel", "device", "network", "service", "campaign_kind"),
)


def values(known: Known) -> Iterator[Signal]:
    """Usual values of a column of which no row is left."""
    if not known.is_steady or not known.now.rows or len(known.lively) < 2:
        return
    for column in known.now.columns("rows_by_value"):
        yield from _of_column(known, column)


def _of_column(known: Known, column: str) -> Iterator[Signal]:
    some = [one.by_item("rows_by_value", column) for one in known.lively]
    now = known.now.by_item("rows_by_value", column)
    usual, gone = _gone(some[-_PERIODS:], now)
    if not gone or not now:
        return
    whole = sum(sum(one.values()) for one in some[-_PERIODS:])
    share = sum(usual[key] for key in gone) / whole
    ever = {key for one in some for key in one}
    new = sum(rows for key, rows in now.items() if key not in ever) / sum(now.values())
    facts = {
        "column": column,
        "count": len(gone),
        "all": len(usual),
        "named": gone[:_NAMED] if column in _NAMEABLE else [],
        "rows": share,
    }
    if share >= _RENAMED and new >= share / 2:
        yield Signal("renamed", share, known.state(share), facts)
    elif share >= known.settings.suspect_share or _are_many(known, some, len(gone), len(usual)):
        yield Signal("values", share, known.state(share), facts)


def _gone(before: Sequence[Numbers], now: Numbers) -> tuple[dict[str, float], list[str]]:
    """Rows of the values that every period ``before`` had, and those of them that are gone, the largest
    first."""
    shared = set(before[0]).intersection(*before[1:]) if before else set()
    usual = {
        key: sum(one[key] for one in before)
        for key in shared
        if min(one[key] for one in before) >= _LEAST_ROWS
    }
    return usual, sorted((key for key in usual if key not in now), key=lambda key: (-usual[key], key))


def _are_many(known: Known, some: Sequence[Numbers], gone: int, usual: int) -> bool:
    """Whether more values are gone than ever go at once by themselves: the tail of a binomial, whose share is
    learned at earlier periods."""
    if gone < 2 or gone < known.settings.suspect_share * usual:
        return False
    learned = [_gone(some[at - _PERIODS : at], some[at]) for at in range(_PERIODS, len(some))]
    share = (sum(len(one) for _, one in learned) + 0.5) / (sum(len(one) for one, _ in learned) + 1)
    from scipy.stats import binom

    return float(binom.sf(gone - 1, usual, share)) < known.level("values")
