"""Everything that stays the same while rows are made: plan, people, accounts, archetypes, traits, products.

Belongs here: drawing who does something in a period. Does not belong here: what is done.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.simulate.accounts import Accounts, accounts
from pipeline.simulate.archetypes import Archetypes, archetypes
from pipeline.simulate.catalogue import Catalogue, catalogue
from pipeline.simulate.frames import Column, Indices, Numbers, Seconds, instants_in
from pipeline.simulate.people import People, people
from pipeline.simulate.plan import Plan
from pipeline.simulate.traits import Traits, traits


@dataclass(frozen=True)
class World:
    """The company: what its rows are made from."""

    plan: Plan
    people: People
    accounts: Accounts
    archetypes: Archetypes
    traits: Traits
    catalogue: Catalogue


@dataclass(frozen=True)
class Drawn:
    """Events of a period: the account of each, its person, when."""

    account: Indices
    person: Indices
    at: Seconds

    @property
    def count(self) -> int:
        """Number of events."""
        return len(self.account)

    def take(self, chosen: Column) -> "Drawn":
        """Some of the events."""
        return Drawn(self.account[chosen], self.person[chosen], self.at[chosen])


def world(plan: Plan) -> World:
    """The company of a plan."""
    persons = people(plan)
    made = accounts(plan, persons)  # planted cases decide when some persons begin
    return World(plan, persons, made, archetypes(plan, persons), traits(plan, persons.count), catalogue(plan))


def drawn(world: World, theme: str, system: str, period: int, rate: Numbers) -> Drawn:
    """Poisson events of a period: ``rate`` is that of each person, in events a month.

    Only accounts of the system that exist take part; events fall after the account was made, in
    the order of time.
    """
    rng = world.plan.chance(f"drawn {theme} {system}", period)
    start, end = world.plan.bounds(period)
    some = world.accounts.of_system(system)
    some = some[world.accounts.created[some] < end - 7_200]
    person = world.accounts.person[some]
    open_share = (end - np.maximum(start, world.accounts.created[some])) / (end - start)
    count = rng.poisson(rate[person] * np.clip(open_share, 0, 1))
    account = np.repeat(some, count)
    begins = np.maximum(start, world.accounts.created[account] + 3_600)
    at = instants_in(rng, begins, end)
    order = np.lexsort((account, at))
    return Drawn(account[order], world.accounts.person[account[order]], at[order])


def factor(world: World, habit: str, period: int) -> Numbers:
    """A habit of each person in a period: that of its archetype, as its own traits have it."""
    return world.traits.personal(habit, world.archetypes.habit(habit, period))
