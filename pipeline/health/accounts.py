"""Accounts: whether those that always appear still do.

Belongs here: signal *accounts*. Does not belong here: customers that fall silent one by one, which is
behaviour.

Accounts are grouped by how they came in the periods just before. How many of each group come again is learned
at earlier periods. Of accounts that come nearly always few stay away at once by themselves, so they tell
most.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log2, sqrt

from pipeline.health.chance import scale
from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal

#: Periods looked back to for how an account comes.
_LOOK_BACK = 3
#: Earlier periods at which is learned how many come again.
_LEARNED_AT = 6
#: Accounts that a group has at least.
_LEAST = 20
#: How far the odds of coming again differ between healthy periods before that is known, on the logarithm.
_PRIOR_ODDS = 0.3

Group = tuple[int, int]


def accounts(known: Known) -> Iterator[Signal]:
    """Usual accounts that are missing all at once; those of a source that comes in lumps are others every
    time."""
    if not known.is_steady or not known.now.by_item("days_by_account") or len(known.earlier) < 2:
        return
    back = min(_LOOK_BACK, len(known.earlier) - 1)
    some = [one for one in known.earlier if one.by_item("days_by_account")][-_LEARNED_AT - back :]
    if len(some) <= back:
        return
    shares = [_came(some[at - back : at], some[at], known) for at in range(back, len(some))]
    usual: dict[Group, tuple[int, int]] = {}
    for one in shares:
        for group, (came, count) in one.items():
            before = usual.get(group, (0, 0))
            usual[group] = before[0] + came, before[1] + count
    now = _came(some[-back:], known.now, known)
    loss, error = _loss(now, usual)
    if loss is None:
        return
    seen = [-found for one in shares if len(shares) > 1 if (found := _loss(one, usual)[0]) is not None]
    chance = scale(error, seen, error).tail(-loss)
    if chance < known.level("accounts") and loss >= known.settings.suspect_share:
        count = sum(came for came, _ in now.values())
        yield Signal(
            "accounts",
            min(loss, 1.0),
            known.state(loss),
            {"all": sum(n for _, n in now.values()), "now": count},
        )


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
        variance = share * (1 - share) * (1 / count + 1 / counted)
        between = (_PRIOR_ODDS * share * (1 - share)) ** 2
        precision = share * share / (variance + between)
        above += precision * (1 - came / count / share)
        below += precision
    return (above / below, 1 / sqrt(below)) if below else (None, 0.0)
