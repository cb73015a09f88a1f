"""Days: a source that gives nothing any more, and days without a row that usually have some.

Belongs here: signals *dead* and *days*. Does not belong here: how many rows come (``volume``).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import prod

from pipeline.health.profile import Known
from pipeline.health.signal import Signal

#: Days of the week looked back to, for how often each has rows.
_WEEKS = 13
#: A day of the week that has rows at least this often is a day of business.
_BUSINESS = 0.75
#: Periods with rows that tell how long a source rests between them.
_LEAST_RHYTHM = 4
#: Days that could be months, at least: fewer may be silent by themselves.
_LEAST_SWAPPED = 6


def dead(known: Known) -> Iterator[Signal]:
    """A source that gave rows and gives none: at once where it is steady, else when it rests far longer than
    it ever did. Rows that are read and not kept are no silence."""
    if known.now.rows or known.now.one("rows", "rows_read") or not known.lively:
        return
    if known.is_steady:
        if known.usual_rows >= known.settings.min_rows:
            yield Signal("dead", 1.0, "broken", {"usual": known.usual_rows, "last": known.lively[-1].period})
        return
    rests, run = [0], 0
    for one in known.earlier:
        run = 0 if one.rows else run + 1
        rests.append(run)
    now = known.resting + 1
    if len(known.lively) >= _LEAST_RHYTHM and now > 2 * max(rests) + 1:
        # it may have ended for good: published, and marked
        yield Signal(
            "resting",
            1.0,
            "suspect",
            {"periods": now, "longest": max(rests), "last": known.lively[-1].period},
        )


def days(known: Known) -> Iterator[Signal]:
    """Runs of days of business without a row: an export that was cut, began late, or has a hole.

    How often each day of the week has rows is learned of the last healthy weeks; the chance of a run is
    the product of those of its days.
    """
    if known.entity.event_time is None or not known.now.rows or not known.is_steady:
        return
    if known.usual_rows < known.settings.min_rows:
        return
    often, usual = weekdays(known)
    mine = known.now.by_item("rows_by_day")
    due = [one for one in known.days(known.now.period) if often.get(one.weekday(), 0.0) >= _BUSINESS]
    whole = sum(usual[one.weekday()] for one in due)
    runs = [[one for one in run if one in set(due)] for run in _silent(known, mine)]
    runs = [run for run in runs if run]
    if not runs or not whole:
        return
    longest = max(runs, key=lambda run: sum(usual[one.weekday()] for one in run))
    share = sum(usual[one.weekday()] for one in longest) / whole
    # a run may begin on any day of the period
    chance = len(due) * prod(1 - often[one.weekday()] for one in longest)
    missing = [one for run in runs for one in run]
    swapped = is_swapped(known, missing, due)
    if swapped:
        longest, share = missing, sum(usual[one.weekday()] for one in missing) / whole
        chance = 0.0
    settings = known.settings
    is_short = (longest[-1] - longest[0]).days < settings.closing_days
    least = settings.closing_share if is_short and not swapped else settings.suspect_share
    if chance < known.level("days") and share >= least:
        facts = {
            "first": longest[0].isoformat(),
            "last": longest[-1].isoformat(),
            "days": len(longest),
            "is_swapped": swapped,
            "is_cut": longest[-1] == due[-1],
        }
        yield Signal("days", share, known.state(share), facts)


def weekdays(known: Known) -> tuple[Mapping[int, float], Mapping[int, float]]:
    """By day of the week: how often it has rows, smoothed by half an observation of each kind (Jeffreys), and
    how many it has on average."""
    seen: dict[int, list[float]] = {}
    for one in reversed(known.lively):
        rows = one.by_item("rows_by_day")
        for day in reversed(known.days(one.period)):
            if len(seen.setdefault(day.weekday(), [])) < _WEEKS:
                seen[day.weekday()].append(rows.get(day.isoformat(), 0.0))
    often = {
        key: (sum(one > 0 for one in some) + 0.5) / (len(some) + 1) for key, some in seen.items() if some
    }
    return often, {key: sum(some) / len(some) for key, some in seen.items() if some}


def _silent(known: Known, rows: Mapping[str, float]) -> list[list[date]]:
    """Runs of consecutive days without a row."""
    runs: list[list[date]] = [[]]
    for one in known.days(known.now.period):
        if rows.get(one.isoformat()):
            runs.append([])
        else:
            runs[-1].append(one)
    return [run for run in runs if run]


def is_swapped(known: Known, missing: Sequence[date], due: Sequence[date]) -> bool:
    """Whether the silent days of business are just those that could be months of another date: what is left
    where day and month are swapped."""
    if known.calendar.cadence != "month":
        return False
    mine = {one for one in due if one.day <= 12 and one.day != one.month}
    return len(mine) >= _LEAST_SWAPPED and set(missing) == mine
