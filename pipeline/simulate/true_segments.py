"""In which segment each person truly is at the end: the words of the schemes, said of what persons are like.

Belongs here: one table of the truth. Does not belong here: traits (``true_traits``), or comparing.

A truth is the rule of a scheme on expected values in place of observed ones, over the window of twelve
months: rates of orders with season and gifts (growth: without), shares, probabilities, amounts. Quantiles are
of whom the scheme takes them: persons count by how likely as much is seen of them as the scheme asks for.
What somebody wrote down (leads, quotations, answers about an intent) is true as it was written. Of the
lifecycle there is no truth here: its stages are what was seen of dates.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from math import factorial
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from pipeline.simulate.accounts import SYSTEMS
from pipeline.simulate.archetypes import price_level, season
from pipeline.simulate.catalogue import TIERS
from pipeline.simulate.digital import OF_ITS_OWN, SERVICES, TYPICAL, USES
from pipeline.simulate.frames import Column, Flags, Frame, Indices, Numbers, joined, where
from pipeline.simulate.orders import gifts
from pipeline.simulate.plan import TIME_ZONE
from pipeline.simulate.sales import OWED, STAGES, crm_leads, crm_quotes
from pipeline.simulate.service import TICKETS, surveys
from pipeline.simulate.traits import CHANNELS
from pipeline.simulate.true_traits import kind_share, open_accounts, order_amounts, tier_shares
from pipeline.simulate.world import World, factor

WINDOW = 12
#: A return falls into the month of its order that often: it comes two to thirteen days later.
_IN_TIME = 0.75
_DAY = 86_400
#: What the schemes ask for at least (``least_evidence``): days with orders, uses.
_ORDER_DAYS, _USES = 3, 5
_THIRDS = (1 / 3, 2 / 3)


def segments_table(world: World) -> pa.Table:
    """One row a person and scheme as of the end of the last period, for whom there is a truth."""
    window = _Window(world)
    found = {
        "customer_type": window.types(),
        "relationship": window.relationship(),
        "price_tier": window.price_tier(),
        "risk_appetite": _risk_appetite(world),
        "wealth": _wealth(world),
        "usage_style": window.usage_style(),
        "sales_readiness": _readiness(world),
    }
    rows = [
        {"person_id": f"person{at}", "period": world.plan.keys[-1], "scheme": scheme, "segment": segment}
        for scheme, segments in found.items()
        for at, segment in enumerate(segments.tolist())
        if segment is not None
    ]
    return pa.Table.from_pylist(
        rows, pa.schema([(one, pa.string()) for one in ("person_id", "period", "scheme", "segment")])
    )


class _Window:
    """What is to be expected of each person in each of the last twelve months (months x persons)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.periods = _last(world)
        self.accounts = {one: self._each(partial(open_accounts, world, one)) for one in CHANNELS}
        ordering = np.sum(list(self.accounts.values()), axis=0)
        self.is_seen: Flags = ordering > 0
        self.habit: Numbers = self._each(lambda at: factor(world, "orders", at)) * ordering
        calendar = self._each(lambda at: season(world.plan, at) * gifts(world, at))
        self.orders: Numbers = self.habit * calendar * world.archetypes.factor
        self.seen_months = self.is_seen.sum(axis=0)
        active = np.where(self.is_seen, 1.0 - np.exp(-self.orders), 0.0)
        self.active_share = active.sum(axis=0) / np.maximum(self.seen_months, 1)

    def _each(self, of: Callable[[int], Numbers]) -> Numbers:
        return np.stack([np.asarray(of(at), np.float64) for at in self.periods])

    def _by_orders(self, values: Numbers) -> Numbers:
        """Mean of months (months x persons), by how many orders are to be expected in each."""
        total = self.orders.sum(axis=0)
        found: Numbers = (values * self.orders).sum(axis=0) / np.where(total > 0, total, 1.0)
        return found

    def _habit(self, name: str) -> Numbers:
        return self._each(lambda at: factor(self.world, name, at))

    def _known(self, segments: Column, is_known: Flags) -> Column:
        return where(is_known, segments, None)

    def relationship(self) -> Column:
        """Long-term or occasional, of whom six months could be seen."""
        segments = np.where(self.active_share >= 0.5, "long_term", "occasional").astype(object)
        return self._known(segments, self.seen_months >= 6)

    def price_tier(self) -> Column:
        """The tier that half of the lines are to be expected in."""
        shares = np.stack([tier_shares(self.world, at) for at in self.periods])
        mean = [self._by_orders(shares[:, TIERS.index(one)]) for one in ("premium", "budget")]
        segments = np.select([one >= 0.5 for one in mean], ["premium", "budget"], "mainstream").astype(object)
        return self._known(segments, self.orders.sum(axis=0) > 0)

    def types(self) -> Column:
        """The kind of customer, in the order of the scheme."""
        total = self.orders.sum(axis=0)
        some = np.where(total > 0, total, 1.0)
        spend = self.orders * self._each(
            lambda at: order_amounts(self.world, at) * price_level(self.world.plan, at)
        )
        spent = spend.sum(axis=0) / np.maximum(self.seen_months, 1)
        contacts = self._habit("contacts") * self._habit("complains") * TICKETS
        contacts = contacts * self._each(partial(open_accounts, self.world, "desk"))
        bad = contacts.sum(axis=0) / some
        returned = self._by_orders(self._habit("returns")) * _IN_TIME
        is_problem = (bad * 0.6 >= 0.25) | (bad * 0.3 >= 0.25) | (returned >= 0.25)
        known = total > 0
        weights = _seen(total, _ORDER_DAYS)
        is_value = (spent >= _quantile(spent, weights, 0.8)) & (self.active_share >= 0.5)
        lines = 1 + self._by_orders(self._habit("basket"))
        in_one = np.maximum(*(self._kind(one) for one in ("web", "app"))) >= 0.7
        is_quick = (lines < _quantile(lines, weights, 0.25)) & in_one
        # of its own: a season is nobody's growth
        late, early = self.habit[-3:].mean(axis=0), self.habit[:-3].mean(axis=0)
        is_grown = (late >= 1.5 * early) & (self.is_seen.sum(axis=0) > 6) & self.is_seen[0]
        is_potential = is_grown | _said(self.world)
        segments = np.select(
            [is_problem, is_value, is_potential, is_quick],
            ["problem", "value", "potential", "convenience"],
            "ordinary",
        ).astype(object)
        return self._known(segments, known)

    def _kind(self, kind: str) -> Numbers:
        """Share of each person's orders through channels of a kind."""
        parts = [of * kind_share(self.world, system, kind) for system, of in self.accounts.items()]
        every = np.sum(list(self.accounts.values()), axis=0)
        return self._by_orders(np.sum(parts, axis=0) / np.where(every > 0, every, 1.0))

    def usage_style(self) -> Column:
        """What somebody uses more of than most: quantiles of what is to be expected of all users."""
        count = self.world.people.count
        accounts = self._each(partial(open_accounts, self.world, "app"))
        # a month, as the scheme counts: who came late uses no less for it
        every = [self._each(partial(open_accounts, self.world, one)) for one in SYSTEMS]
        months = (np.sum(every, axis=0) > 0).sum(axis=0)
        uses = (self._habit("usage") * USES * accounts).sum(axis=0)
        often = uses / np.maximum(months, 1)
        person = np.arange(count)
        rest = (1 - OF_ITS_OWN) / len(SERVICES)
        shares = {
            unit: (at, rest + OF_ITS_OWN * (person % len(SERVICES) == at))
            for at, (_, unit) in enumerate(SERVICES)
        }

        def much(unit: str, quantile: float) -> Flags:
            at, share = shares[unit]
            used = often * share * TYPICAL[at]
            # enough uses, and of this service any
            weights = _seen(uses, _USES) - np.exp(-uses * share) * _seen(uses * (1 - share), _USES)
            found: Flags = used >= _quantile(used, weights, quantile)
            return found

        segments = np.select(
            [
                much("minutes", 0.8) & much("gigabytes", 0.8),
                much("gigabytes", 0.75),
                much("minutes", 0.75),
                much("add_ons", 0.75),
            ],
            ["high_end", "data_heavy", "voice_heavy", "add_on"],
            "light",
        ).astype(object)
        return self._known(segments, often > 0)


def _seen(expected: Numbers, least: int) -> Numbers:
    """How likely ``least`` or more events are seen of each person, of whom so many are to be expected."""
    fewer = [np.exp(-expected) * expected**one / factorial(one) for one in range(least)]
    return np.asarray(1.0 - np.sum(fewer, axis=0), np.float64)


def _quantile(values: Numbers, weights: Numbers, quantile: float) -> float:
    """The least value up to which so much of the weight lies."""
    order = np.argsort(values, kind="stable")
    up_to = weights[order].cumsum()
    at = int(np.searchsorted(up_to, quantile * up_to[-1]))
    return float(values[order][min(at, len(values) - 1)])


def _risk_appetite(world: World) -> Column:
    risk = world.traits.risk
    segments = np.select([risk >= _THIRDS[1], risk >= _THIRDS[0]], ["aggressive", "growth"], "steady")
    return where(world.traits.is_holder & (_in_crm(world) > 0), segments.astype(object), None)


def _wealth(world: World) -> Column:
    """Who is in the highest tenth by what it holds less what it owes, without what balances swing by."""
    person = np.arange(world.people.count)
    held = world.people.income.astype(float) * (0.2 + person % 10 / 4) * (1 - OWED * (person % 8 == 0))
    held = held * _in_crm(world)
    known = world.traits.is_holder & (held > 0)
    rich = held >= np.quantile(held[known], 0.9)
    return where(known, np.where(rich, "high_net_worth", "ordinary").astype(object), None)


def _in_crm(world: World) -> Numbers:
    """Accounts of each person in the CRM, to which balances belong."""
    return open_accounts(world, "crm", world.plan.periods - 1)


def _persons(world: World, accounts: Column) -> Indices:
    """Person of each account id of the CRM."""
    of = dict(zip(world.accounts.id.tolist(), world.accounts.person.tolist(), strict=True))
    return np.array([of[one] for one in accounts.tolist()], np.int64)


def _rows(world: World, make: Callable[[World, int], Frame]) -> Frame:
    """Rows of a source of the last twelve months."""
    return joined([make(world, at) for at in _last(world)])


def _last(world: World) -> range:
    return range(max(0, world.plan.periods - WINDOW), world.plan.periods)


def _stages(world: World) -> dict[tuple[int, str], str]:
    """The last stage of each lead, by person and lead."""
    rows = _rows(world, crm_leads)
    persons = _persons(world, rows["customer_no"])
    return {
        (person, lead): STAGES[stage]
        for person, lead, stage in zip(
            persons.tolist(), rows["lead_no"].tolist(), rows["stage"].tolist(), strict=True
        )
    }


def _said(world: World) -> Flags:
    """Who has an advanced lead, or answered twice or more, on the mean four of five, that it means to buy."""
    found = np.zeros(world.people.count, bool)
    for (person, _), stage in _stages(world).items():
        found[person] |= stage in ("qualified", "proposal")
    rows = _rows(world, surveys)
    mine = rows["Question"] == "intent"
    persons = _persons(world, rows["Customer"][mine])
    points = np.bincount(persons, rows["Score"][mine].astype(float), world.people.count)
    often = np.bincount(persons, minlength=world.people.count)
    return found | ((often >= 2) & (points >= 4 * often))


def _readiness(world: World) -> Column:
    """As leads and quotations stand at the end."""
    stages: dict[int, set[str]] = {}
    for (person, _), stage in _stages(world).items():
        stages.setdefault(person, set()).add(stage)
    waiting = _waiting(world)
    order = (
        ("interested", {"qualified", "proposal"}),
        ("considering", {"new", "contacted"}),
        ("not_now", {"postponed"}),
        ("won", {"won"}),
        ("declined", {"lost"}),
    )
    found = np.full(world.people.count, None, dtype=object)
    for person, mine in stages.items():
        found[person] = next(name for name, some in order if mine & some)
    for person in waiting:
        found[person] = "quoted_no_response"
    return found


def _waiting(world: World) -> list[int]:
    """Persons whose last quotation without an answer is two weeks old, or older."""
    rows = _rows(world, crm_quotes)
    end, zone = world.plan.bounds(world.plan.periods - 1)[1], ZoneInfo(TIME_ZONE)

    def at(text: str | None) -> float:
        return (
            float("inf")
            if text is None
            else datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp()
        )

    last: dict[int, float] = {}
    for person, quoted, answered in zip(
        _persons(world, rows["customer_no"]).tolist(), rows["quoted"].tolist(), rows["answered"].tolist(),
        strict=True,
    ):  # fmt: skip
        if at(answered) >= end:
            last[person] = max(last.get(person, 0.0), at(quoted))
    return [person for person, when in last.items() if when <= end - 14 * _DAY]
