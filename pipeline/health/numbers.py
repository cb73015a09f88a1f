"""Numbers: orders, or rows, that are missing from a sequence.

Belongs here: signal *numbers*, and how full a sequence is. Does not belong here: how many rows come
(``volume``).

Where a source numbers its orders one after another, those that are lost leave gaps, however much business
grows or falls: a season takes as many numbers as it brings orders. Which part of the numbers is used (others
go to quotations, test orders, guests) is the source's own rhythm.
"""

from collections.abc import Iterator, Mapping
from math import exp, log

from pipeline.health.chance import about_mean, scale
from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal
from pipeline.health.volume import Step

#: Columns that number rows; others number orders.
ROW_NUMBERS = ("line_key",)
#: Scale of how full a sequence is between healthy periods, on the logarithm, before any is known: that of
#: lines an order.
_PRIOR = 0.05
#: Numbers of a period, and the share of its ids that are numbers, at least.
_LEAST, _LEAST_SHARE = 100, 0.9
#: Days of one sequence follow each other, so together they reach about as far as the period: those of
#: numbers at random, or of one sequence a shop or a day, reach over each other; numbers that tell a date, or
#: jump from day to day, leave most out.
_LEAST_REACH, _MOST_REACH = 0.5, 1.5
#: Share of earlier periods in which ids were a sequence, at least.
_MOSTLY = 0.75


def numbers(known: Known) -> Iterator[Signal]:
    """Fewer numbers of a sequence than usual."""
    for column, step in gaps(known).items():
        share = step.lost
        if step.chance < known.level("numbers") and share >= known.settings.suspect_share:
            name = "numbers_of_rows" if column in ROW_NUMBERS else "numbers"
            now, past = _full(known.now, column), _past(known, column)
            facts = {"column": column, "now": exp(now or 0.0), "usual": exp(sum(past) / len(past))}
            yield Signal(name, share, known.state(share), facts)


def gaps(known: Known) -> Mapping[str, Step]:
    """By column that numbers orders or rows in a sequence: how full it is against whole periods."""
    found = {}
    for column in known.now.columns("numbers"):
        now, past = _full(known.now, column), _past(known, column)
        if now is None or len(past) < max(2, _MOSTLY * len(known.lively)):
            continue
        error = (1 / known.now.one("numbers", "known", column)) ** 0.5
        usual = scale(error, about_mean(past), _PRIOR)
        found[column] = Step(now - sum(past) / len(past), usual)
    return found


def _past(known: Known, column: str) -> list[float]:
    """How full it was in earlier periods."""
    return [one for some in known.lively if (one := _full(some, column)) is not None]


def _full(one: Profile, column: str) -> float | None:
    """Logarithm of the part of the sequence that is there; none where ids are no sequence."""
    some, every = (one.one("numbers", item, column) for item in ("known", "all"))
    by_day, whole = (one.one("numbers", item, column) for item in ("by_day", "range"))
    if some < max(_LEAST, _LEAST_SHARE * every) or not whole or not by_day:
        return None
    if not _LEAST_REACH <= by_day / whole <= _MOST_REACH:
        return None
    return log(some / by_day)
