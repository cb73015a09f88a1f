"""Contents: rows that cannot be read, columns without values, rows that came twice.

Belongs here: signals *unreadable*, *nameless*, *lacking*, *repeated* and the note *duplicates*. Does not
belong here: how large amounts are (``amounts``).
"""

from collections.abc import Iterator

from pipeline.health.chance import about_mean, scale
from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal

#: Rows without an account (guests, anonymous sales) are judged by what is usual alone.
_NAMELESS = "source_account_id:account_missing"
#: Scale of shares of rows between healthy periods before any is known.
_PRIOR = 0.03


def contents(known: Known) -> Iterator[Signal]:
    """What is wrong with the rows themselves."""
    read = known.now.one("rows", "rows_read")
    if read < known.settings.min_rows:
        return
    yield from _unreadable(known, read)
    if not known.lively:
        return
    yield from _rise(known, "nameless", _nameless)
    yield from _rise(known, "repeated", _repeated)
    for note in _rise(known, "duplicates", _duplicates):
        yield Signal(note.name, note.share, "healthy", note.facts)
    for column in known.now.columns("nulls"):
        yield from _rise(known, "lacking", lambda one, column=column: _lacking(one, column), column)


def _unreadable(known: Known, read: float) -> Iterator[Signal]:
    """More rows in quarantine than the level, whatever was usual (but for rows without an account)."""
    bad = dict(known.now.by_item("rows_quarantined"))
    bad.pop(_NAMELESS, None)
    share = sum(bad.values()) / read
    if bad and share > known.settings.quarantined_share:
        worst = max(sorted(bad), key=lambda one: bad[one])
        column, _, rule = worst.partition(":")
        facts = {"rows": sum(bad.values()), "read": read, "column": column, "rule": rule}
        yield Signal("unreadable", share, known.state(share), facts)


def _rise(known: Known, name: str, measured: object, column: str = "") -> Iterator[Signal]:
    """A share that is higher than in healthy periods."""
    now = measured(known.now)  # type: ignore[operator]
    past = [one for some in known.lively if (one := measured(some)) is not None]  # type: ignore[operator]
    if now is None or not past:
        return
    usual = sum(past) / len(past)
    error = (usual * (1 - usual) / max(known.now.rows, 1.0)) ** 0.5
    chance = scale(error, about_mean(past), _PRIOR).tail(usual - now)
    if now - usual >= known.settings.suspect_share and chance < known.level(name):
        share = (now - usual) / (1 - usual)
        yield Signal(name, share, known.state(share), {"now": now, "usual": usual, "column": column})


def _nameless(one: Profile) -> float | None:
    read = one.one("rows", "rows_read")
    return one.one("rows_quarantined", _NAMELESS) / read if read else None


def _repeated(one: Profile) -> float | None:
    return one.one("repeated_contents") / one.rows if one.rows else None


def _duplicates(one: Profile) -> float | None:
    read = one.one("rows", "rows_read")
    return one.one("rows", "duplicates_dropped") / read if read else None


def _lacking(one: Profile, column: str) -> float | None:
    return one.one("nulls", "", column) / one.rows if one.rows and ("nulls", column) in one.numbers else None
