"""Numbers: orders, or rows, that are missing from a sequence.

Belongs here: signal *numbers*, and how full a sequence is. Does not belong here: how many rows come
(``volume``).

Where a source numbers its orders one after another, those that are lost leave gaps, however much business
grows or falls: a season takes as many numbers as it brings orders. Which part of the numbers is used (others
go to quotations, test orders, guests) is the source's own rhythm.

How full a sequence is shows in two ways: the part of its numbers that is there, and the part of the numbers
there that the next one follows. Where a share p of the orders is lost, of both 1 - p is left. The first tells
of sequences with gaps between all their numbers, the second is not moved by a few numbers far off, such as a
series of its own for what is taken back. Of the two, the one counts that has varied less.
"""

from collections.abc import Callable, Iterator, Mapping
from math import exp, log

from pipeline.health.chance import about_mean, scale
from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal
from pipeline.health.steps import Step

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
#: Share of the numbers that the next one follows, at least: of fewer, most numbers are somebody else's, whose
#: business decides how many follow. And share of those whose next one came on the same day, at least: numbers
#: at random have it on any day.
_LEAST_FOLLOWED, _LEAST_NEAR = 0.1, 0.5
#: Share of earlier periods in which ids were a sequence, at least.
_MOSTLY = 0.75

#: Logarithm of how full the sequence of a column is in a period, and its sampling error; none where ids are
#: no sequence.
Full = Callable[[Profile, str], tuple[float, float] | None]


def numbers(known: Known) -> Iterator[Signal]:
    """Fewer numbers of a sequence than usual."""
    for column, step in gaps(known).items():
        share = step.lost
        if step.chance < known.level("numbers") and share >= known.settings.suspect_share:
            name = "numbers_of_rows" if column in ROW_NUMBERS else "numbers"
            facts = {"column": column, "now": exp(step.now), "usual": exp(step.now - step.size)}
            yield Signal(name, share, known.state(share), facts)


def gaps(known: Known) -> Mapping[str, Step]:
    """By column that numbers orders or rows in a sequence: how full it is against whole periods."""
    found = {}
    for column in known.now.columns("numbers"):
        steps = [step for full in (_reached, _followed) if (step := _step(known, column, full))]
        if steps:
            found[column] = min(steps, key=lambda one: one.usual.size)
    return found


def _step(known: Known, column: str, full: Full) -> Step | None:
    now = full(known.now, column)
    past = [one[0] for some in known.lively if (one := full(some, column)) is not None]
    if now is None or len(past) < max(2, _MOSTLY * len(known.lively)):
        return None
    usual = sum(past) / len(past)
    return Step(now[0] - usual, scale(now[1], about_mean(past), _PRIOR), now=now[0])


def _reached(one: Profile, column: str) -> tuple[float, float] | None:
    """By how far numbers reach in each day."""
    some, every = (one.one("numbers", item, column) for item in ("known", "all"))
    by_day, whole = (one.one("numbers", item, column) for item in ("by_day", "range"))
    if some < max(_LEAST, _LEAST_SHARE * every) or not whole or not by_day:
        return None
    if not _LEAST_REACH <= by_day / whole <= _MOST_REACH:
        return None
    return log(some / by_day), (1 / some) ** 0.5


def _followed(one: Profile, column: str) -> tuple[float, float] | None:
    """By how many the next one follows: a share, with the error of a binomial."""
    some, every = (one.one("numbers", item, column) for item in ("different", "all"))
    followed, near = (one.one("numbers", item, column) for item in ("followed", "near"))
    if some < max(_LEAST, _LEAST_SHARE * every) or followed < _LEAST_FOLLOWED * some:
        return None
    if near < _LEAST_NEAR * followed:
        return None
    share = (followed + 0.5) / (some + 1)
    return log(share), ((1 - share) / followed) ** 0.5
