"""When the rate of what a customer does changed, from its counts by period: a single change point.

Belongs here: the probability that there was a change, its most plausible begin and way. Does not belong
here: which feature reads it (``trend``), or changes of the whole population (``drift``).

A customer's rate is either the same in all its periods, or from one of them on it is r times what it was
before (Smith, 1975, *A Bayesian approach to inference about a change-point in a sequence of random
variables*, Biometrika 62). Prior: either is as likely; of a change every begin and every r of ``FACTORS``
are. Counts are gamma-Poisson: what is expected of 30 days varies around the rate by itself, with shape
``SHAPE``, so that a customer with many orders is not told to have changed because a month was busy. The mean
rate over all periods is common to both cases, and what was seen stands for it: of Poisson counts it cancels.

With n1, n2 counts and t1, t2 times of 30 days before and after, n = n1 + n2, t = t1 + t2, m = n / t,
q = t2 / t, the rates under a change are a m before and b m after, where a = 1 / (1 + q (r - 1)) and b = r a.
The likelihood of the change over that of none is, for s = ``SHAPE``, the exponential of

n ln a + n2 ln r - (n1 + s t1) ln((s + a m) / (s + m)) - (n2 + s t2) ln((s + b m) / (s + m))

Its mean over begins and factors is the evidence, and the probability evidence / (1 + evidence).
"""

from collections.abc import Sequence
from math import log

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import trend_index
from pipeline.features.key_sums import name_of
from pipeline.features.window import Window
from pipeline.ledgers import WINDOW_PERIODS, Reading

#: What a rate may be after a change, times what it was: from an eighth to eight times.
FACTORS = (1 / 8, 1 / 4, 1 / 2, 2, 4, 8)
#: A month's own rate has a standard deviation of a quarter, 1 / sqrt(16), where nothing changed. Set on
#: Online Retail alone: months of its customers in random order tell no more changes than with a smaller
#: shape.
SHAPE = 16
#: Periods after the first that there must be, as for a slope.
LEAST_PERIODS = 6
#: With fewer, not even all of them at one end of six periods make a change more probable than .8.
LEAST_COUNT = 4
#: Evidence beyond its exponential counts as this much, so that it stays finite.
_MOST = 300.0
#: Logarithms are compared in millionths, so that engines agree on the greatest; of equals the later begin.
_FINE, _PLACES = 1_000_000, 16


def change_sums(
    rows: ir.Table, customers: ir.Table, readings: Sequence[Reading], window: Window
) -> ir.Table | None:
    """``readings`` of changes by ``customer_id``, each a column; no row where too little is known to tell.

    ``rows`` are those of one ledger in the window, with ``customer_id``; ``customers`` have ``customer_id``
    and ``observed_periods_count``. All read one measure, a count. None where the window is too short for
    anybody. Raises ``ValueError`` for readings of several measures.
    """
    [measure, *others] = {one.measure for one in readings}
    if others:
        raise ValueError(f"changes of several measures of {readings[0].ledger.name} are not read together")
    if len(window.periods) < LEAST_PERIODS:
        return None
    begins = _weighed(_begins(rows, customers, measure, window))
    return begins.select("customer_id", **{name_of(one): begins[one.statistic] for one in readings})


def _begins(rows: ir.Table, customers: ir.Table, measure: str, window: Window) -> ir.Table:
    """One row a customer and period at which a change may have begun, so many periods before as_of.

    ``n``, ``t`` are counts and times of 30 days of the periods after the first; ``n2``, ``t2`` since the
    begin.
    """
    newest_first = window.periods[::-1]
    times = [window.calendar.days(one) / 30 for one in newest_first]
    names = [f"at_{at}" for at in range(len(newest_first))]
    counts = rows.group_by("customer_id").agg(
        **{
            name: rows[measure].sum(where=rows.period == one).fill_null(0).cast("float64")
            for name, one in zip(names, newest_first, strict=True)
        }
    )
    both = counts.inner_join(customers.rename(customer="customer_id"), [("customer_id", "customer")])
    known = ibis.least(both.observed_periods_count - 1, len(names))
    each = [both[name] for name in names]
    # Nothing was counted before the first period: it alone is taken off.
    within = [(known == at, each[at], sum(times[:at])) for at in range(LEAST_PERIODS, len(names))]
    # A condition that never holds: in a window of six periods there is no other.
    within = within or [(known < 0, ibis.literal(0.0), sum(times))]
    first = ibis.cases(*((one, count) for one, count, _ in within), else_=0.0)
    whole = ibis.cases(*((one, time) for one, _, time in within), else_=sum(times))
    since = ibis.array(
        [
            ibis.struct({"begin": at, "n2": sum(each[1:at], each[0]), "t2": sum(times[:at])})
            for at in range(1, len(names))
        ]
    )
    enough = both.select(
        "customer_id", known=known, n=sum(each[1:], each[0]) - first, t=whole, since=since.unnest()
    )
    one = enough.since
    apart = enough.select(
        "customer_id", "known", "n", "t", **{name: one[name] for name in ("begin", "n2", "t2")}
    )
    return apart.filter(
        (apart.known >= LEAST_PERIODS) & (apart.n >= LEAST_COUNT) & (apart.begin < apart.known)
    )


def _weighed(begins: ir.Table) -> ir.Table:
    """One row a customer: ``change_probability``, and of the most plausible begin, if a change is more
    probable than none, ``change_age`` in periods and ``change_index``."""
    logs = [_log_evidence(begins, factor) for factor in FACTORS]
    odds = [ibis.least(one, _MOST).exp() for one in logs]
    place = (ibis.greatest(*logs) * _FINE).round().cast("int64") * _PLACES - begins.begin
    each = begins.select(
        "customer_id",
        "known",
        "begin",
        "n",
        "t",
        "n2",
        "t2",
        odds=sum(odds[1:], odds[0]) / len(FACTORS),
        place=place,
    )
    at = {name: each[name].argmax(each.place) for name in ("known", "begin", "n", "t", "n2", "t2")}
    # Sums of floats depend on their order: each begin has a column.
    found = each.group_by("customer_id").agg(
        **at,
        **{f"odds_{begin}": each.odds.max(where=each.begin == begin) for begin in range(1, WINDOW_PERIODS)},
    )
    every = [found[f"odds_{begin}"].fill_null(0.0) for begin in range(1, WINDOW_PERIODS)]
    evidence = sum(every[1:], every[0]) / (found.known - 1)
    is_told = evidence >= 1
    return found.select(
        "customer_id",
        change_probability=evidence / (1 + evidence),
        change_age=ibis.ifelse(is_told, found.begin, ibis.null("int64")),
        change_index=ibis.ifelse(is_told, _index(found), ibis.null("float64")),
    )


def _log_evidence(begins: ir.Table, factor: float) -> ir.FloatingValue:
    """Logarithm of the likelihood of a change by ``factor`` over that of none."""
    n, t, n2, t2 = begins.n, begins.t, begins.n2, begins.t2
    before = 1 / (1 + t2 / t * (factor - 1))
    usual = SHAPE + n / t
    return (
        n * before.ln()
        + n2 * log(factor)
        - (n - n2 + SHAPE * (t - t2)) * ((SHAPE + before * n / t) / usual).ln()
        - (n2 + SHAPE * t2) * ((SHAPE + factor * before * n / t) / usual).ln()
    )


def _index(found: ir.Table) -> ir.FloatingValue:
    """The index of trends, of the rate since the begin against the rate before."""
    now, before = found.n2 / found.t2, (found.n - found.n2) / (found.t - found.t2)
    return trend_index(now, before, 1, 1)
