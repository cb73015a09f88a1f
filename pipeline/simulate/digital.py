"""What customers do online: visits, acts on social networks, use of the company's services.

Belongs here: rows of the app's log, the networks' export and the metering. Does not belong here:
orders.
"""

import numpy as np

from pipeline.simulate.frames import Frame, column, constant, numbered, sometimes, text_of
from pipeline.simulate.lexicon import phrase
from pipeline.simulate.world import World, drawn, factor

_NETWORKS = ("weibo", "instagram", "facebook")
ACTS = ("like", "share", "comment", "mention", "follow", "unfollow")
SERVICES = (
    ("mobile", "minutes"),
    ("mobile", "gigabytes"),
    ("mobile", "messages"),
    ("app", "logins"),
    ("extras", "add_ons"),
)
#: How much of each is used at a time; uses for each of a habit; share of uses of the person's own service.
TYPICAL, USES, OF_ITS_OWN = (120.0, 3.0, 40.0, 6.0, 1.0), 0.7, 0.5


def app_visits(world: World, period: int) -> Frame:
    """The log of the app and web site: one JSON line a visit."""
    rng = world.plan.chance("visits", period)
    some = drawn(world, "visits", "app", period, factor(world, "visits", period) * world.archetypes.factor)
    pages = 1 + rng.poisson(4, some.count)
    carts = rng.binomial(2, 0.25, some.count)
    language = world.people.language[some.person]
    searched = column(
        [phrase("searches", one, number) for one, number in zip(language, pages.tolist(), strict=True)]
    )
    return {
        "log_id": numbered(f"v{period:02d}-", 1, some.count),
        "user": world.accounts.id[some.account],
        "ts": text_of(some.at, "UTC", "%Y-%m-%dT%H:%M:%SZ"),
        "agent": rng.choice(
            np.array(["Phone", "Desktop", "Tablet"], dtype=object), some.count, p=[0.6, 0.3, 0.1]
        ),
        "pageviews": pages.astype(object),
        "secs": (pages * rng.integers(5, 90, some.count)).astype(object),
        "ref": rng.choice(np.array(["search", "newsletter", "direct", "social"], dtype=object), some.count),
        "cart_adds": carts.astype(object),
        "bought": (rng.random(some.count) < 0.3 * (carts > 0)).astype(object),
        "q": sometimes(rng, searched, 0.4),
    }


def social_acts(world: World, period: int) -> Frame:
    """Acts on social networks; what the network calls a kind, some of them in capitals."""
    rng = world.plan.chance("social", period)
    some = drawn(world, "social", "social", period, factor(world, "acts", period) * 2)
    kind = rng.choice(np.array(ACTS, dtype=object), some.count, p=[0.45, 0.15, 0.2, 0.1, 0.08, 0.02])
    language = world.people.language[some.person]
    said = [
        phrase("posts", one, number) if act in ("comment", "mention") else None
        for one, act, number in zip(language, kind, some.account.tolist(), strict=True)
    ]
    return {
        "act": numbered(f"s{period:02d}-", 1, some.count),
        "handle": world.accounts.id[some.account],
        "when": some.at.astype(object),
        "platform": np.array(_NETWORKS, dtype=object)[some.account % len(_NETWORKS)],
        "what": np.where(rng.random(some.count) < 0.1, [str(one).title() for one in kind], kind).astype(
            object
        ),
        "said": column(said),
    }


def app_usage(world: World, period: int) -> Frame:
    """Metering of services: typed columns, times in UTC."""
    rng = world.plan.chance("usage", period)
    some = drawn(world, "usage", "app", period, factor(world, "usage", period) * USES)
    which = np.where(
        rng.random(some.count) < OF_ITS_OWN,
        some.person % len(SERVICES),
        rng.integers(0, len(SERVICES), some.count),
    )
    typical = np.array(TYPICAL)[which]
    amount = np.maximum(1, np.round(typical * rng.gamma(2, 0.5, some.count)))
    return {
        "reading": numbered(f"m{period:02d}-", 1, some.count),
        "user_id": world.accounts.id[some.account],
        "read_at": some.at.astype(object),
        "service": np.array([one[0] for one in SERVICES], dtype=object)[which],
        "amount": amount.astype(object),
        "unit": np.array([one[1] for one in SERVICES], dtype=object)[which],
        "tariff": constant("flex", some.count),
    }
