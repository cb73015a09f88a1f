"""Accounts: whether those that always appear still do.

Belongs here: signal *accounts*. Does not belong here: customers that fall silent one by one, which is
behaviour.

Of accounts that come at random, however seldom, it is estimated how many do not come at all, apart from all
of them coming more or less often (``absent``). Where that is not known well, as of those that come once a
period or with little history, accounts are grouped by how they came in the periods just before, and how many
of each group come again is learned at earlier periods. Only groups that nearly always come are read so: in a
falling season few of them stay away, of others many do.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log, log2, sqrt

from pipeline.health.absent import LEAST_PERIODS, left
from pipeline.health.chance import about_mean, scale
from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal
from pipeline.health.steps import Step

#: Periods looked back to for how an account comes.
_LOOK_BACK = 3
#: Earlier periods at which is learned how many come again.
_LEARNED_AT = 6
#: Accounts that a group has at least, and the share of them that comes again.
_LEAST, _NEARLY_ALWAYS = 20, 0.9
#: How far the odds of coming again differ between healthy periods before that is known, on the logarithm.
_PRIOR_ODDS = 0.3
#: How far the share of accounts that do not come at all differs between healthy periods before that is known,
#: on the logarithm of those left: that of lines an order.
_PRIOR_ABSENT = 0.05
#: Scale from which that is not known well: a fifth lost would be within twice of it.
_BLURRED = 0.1
#: The largest share that has a logarithm of what is left.
_MOST = 0.999

Group = tuple[int, int]


def accounts(known: Known) -> Iterator[Signal]:
    """Usual accounts that are missing all at once; those of a source that comes in lumps are others every
    time."""
    if not known.is_steady or not known.now.by_item("days_by_account") or len(known.earlier) < 2:
        return
    if known.usual_rows < known.settings.min_rows:
        return
    back = min(_LOOK_BACK, len(known.earlier) - 1)
    some = [one for one in known.earlier if one.by_item("days_by_account")][-_LEARNED_AT - back :]
    if len(some) <= back:
        return
    shares = [_came(some[at - back : at], some[at], known) for at in range(back, len(some))]
    now = _came(some[-back:], known.now, known)
    step = _by_absent(some, known, back)
    if step is None or step.usual.size > _BLURRED:
        step = _by_groups(now, shares)
    if step and step.chance < known.level("accounts") and step.lost >= known.settings.suspect_share:
        lost = min(step.lost, 1.0)
        facts = {"all": sum(n for _, n in now.values()), "now": sum(came for came, _ in now.values())}
        yield Signal("accounts", lost, known.state(lost), facts)


def _by_groups(
    now: Mapping[Group, tuple[int, int]], past: Sequence[Mapping[Group, tuple[int, int]]]
) -> Step | None:
    """By how many of each group came again, against what is usual."""
    usual: dict[Group, tuple[int, int]] = {}
    for one in past:
        for group, (came, count) in one.items():
            before = usual.get(group, (0, 0))
            usual[group] = before[0] + came, before[1] + count
    loss, error = _loss(now, usual)
    if loss is None:
        return None
    seen = [found for one in past if len(past) > 1 if (found := _loss(one, usual)[0]) is not None]
    return Step(_left(loss), scale(error, [_left(one) for one in seen], error))


def _by_absent(some: Sequence[Profile], known: Known, back: int) -> Step | None:
    """By how many of all known do not come at all, against what is usual."""
    if back < LEAST_PERIODS:
        return None
    every = [one.by_item("days_by_account") for one in (*some, known.now)]
    found = [
        left(before, every[at], _reach([*before, every[at]], known.settings.sample_size))
        for at in range(back, len(every))
        if (before := every[at - back : at])
    ]
    past = [one[0] for one in found[:-1] if one]
    if not past or found[-1] is None:
        return None
    now, error = found[-1]
    return Step(now - sum(past) / len(past), scale(error, about_mean(past), _PRIOR_ABSENT))


def _left(share: float) -> float:
    """Logarithm of what is left without a share."""
    return log(1 - min(share, _MOST))


def _came(before: Sequence[Profile], after: Profile, known: Known) -> dict[Group, tuple[int, int]]:
    """By group: accounts that came again, and all. Samples reach as far as the shortest of them."""
    counts = [one.by_item("days_by_account") for one in before]
    mine = after.by_item("days_by_account")
    limit = _reach([*counts, mine], known.settings.sample_size)
    found: dict[Group, list[int]] = {}
    for account in counts[-1]:
        if limit is not None and account > limit:
            continue
        times = sum(account in one for one in counts)
        days = sum(one.get(account, 0.0) for one in counts) / len(counts)
        group = times, int(log2(max(days, 1.0)))
        came = found.setdefault(group, [0, 0])
        came[0] += account in mine
        came[1] += 1
    return {group: (came, count) for group, (came, count) in found.items()}


def _reach(samples: Sequence[Mapping[str, float]], size: int) -> str | None:
    """The largest id that every sample reaches; none where all are whole."""
    full = [max(one) for one in samples if len(one) >= size]
    return min(full) if full else None


def _loss(
    now: Mapping[Group, tuple[int, int]], usual: Mapping[Group, tuple[int, int]]
) -> tuple[float | None, float]:
    """Share of accounts missing beyond what is usual, over all groups, each by its precision; and its
    error."""
    above = below = 0.0
    for group, (came, count) in now.items():
        came_usually, counted = usual.get(group, (0, 0))
        if count < _LEAST or counted < _LEAST:
            continue
        share = (came_usually + 0.5) / (counted + 1)
        if share < _NEARLY_ALWAYS:
            continue
        variance = share * (1 - share) * (1 / count + 1 / counted)
        between = (_PRIOR_ODDS * share * (1 - share)) ** 2
        precision = share * share / (variance + between)
        above += precision * (1 - came / count / share)
        below += precision
    return (above / below, 1 / sqrt(below)) if below else (None, 0.0)
