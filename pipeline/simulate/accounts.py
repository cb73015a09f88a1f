"""Accounts: which person has one in which system, since when, and what it shows of changes.

Belongs here: account ids, dates, and planted identity cases (merge, link, split, undo, same).
Does not belong here: how the system writes names and numbers (``records``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.simulate.frames import Column, Indices, Seconds, column
from pipeline.simulate.people import CHANGES, People
from pipeline.simulate.plan import MONTH_SECONDS, NEVER, Plan

#: Systems, each an account space and the name of its source of profiles.
SYSTEMS = ("crm", "shop", "mall", "app", "desk", "social")
_SHARES = {
    "west": {"crm": 0.70, "shop": 0.85, "mall": 0.0, "app": 0.40, "desk": 0.15, "social": 0.12},
    "zh": {"crm": 0.60, "shop": 0.05, "mall": 0.90, "app": 0.45, "desk": 0.15, "social": 0.12},
}
_PREFIX = {"crm": "C", "shop": "", "mall": "tb", "app": "u-", "desk": "D", "social": "@"}
MOST = 4
#: Share of planted identity cases of each kind among persons (one at least).
_CASES = 0.001


@dataclass(frozen=True)
class IdentityCase:
    """A planted identity event: what happens to which accounts, from which period on."""

    event: str
    period: int
    accounts: tuple[int, ...]


@dataclass(frozen=True)
class Accounts:
    """Accounts by number. ``shows[field]``: first period in which the account shows the later
    value of a person's changed identifier. ``poses_as``: the person whose data it shows before
    ``poses_until``."""

    system: Column
    id: Column
    person: Indices
    created: Seconds
    created_period: Indices
    shows: dict[str, Indices]
    poses_as: Indices
    poses_until: Indices
    is_planted: Column
    cases: list[IdentityCase] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Number of accounts."""
        return len(self.person)

    def of_system(self, system: str) -> Indices:
        """Numbers of the accounts of a system."""
        return np.flatnonzero(self.system == system)

    def by_person(self, system: str, people: int) -> Indices:
        """For each person the number of the account in the system, or -1."""
        found = np.full(people, -1)
        mine = self.of_system(system)
        found[self.person[mine]] = mine
        return found


def accounts(plan: Plan, people: People) -> Accounts:
    """Accounts of all persons: one to four, in different systems."""
    rng = plan.rng("accounts")
    cast = _cast(plan, people)
    has = _has(rng, people)
    for kind, persons in cast.items():
        for nth, actor in enumerate(persons):
            has[actor] = [one in _SYSTEMS_OF[kind][nth % len(_SYSTEMS_OF[kind])] for one in SYSTEMS]
            people.born[actor] = -1
            for name in CHANGES:
                people.changes[name][actor] = NEVER
    person, system = np.nonzero(has)
    names = np.array(SYSTEMS, dtype=object)[system]
    period = _periods(rng, plan, people, person, system)
    started = np.array([plan.bounds(one)[0] for one in range(plan.periods)])
    at = np.where(
        period >= 0,
        started[np.maximum(period, 0)] + rng.integers(3_600, 25 * 86_400, len(person)),
        started[0] + period * MONTH_SECONDS + rng.integers(3_600, 25 * 86_400, len(person)),
    ).astype(np.int64)
    order = np.argsort(at, kind="stable")
    ids = np.empty(len(person), dtype=object)
    for name in SYSTEMS:
        mine = order[names[order] == name]
        ids[mine] = [f"{_PREFIX[name]}{100_000 + 3 * one}" for one in range(len(mine))]
    made = Accounts(
        names, column(ids.tolist()), person, at, period, _shown(rng, people, person, names, period),
        poses_as=person.copy(), poses_until=np.zeros(len(person), dtype=np.int64),
        is_planted=np.isin(person, [one for some in cast.values() for one in some]),
    )  # fmt: skip
    for kind, persons in cast.items():
        _play(plan, people, made, kind, persons)
    return made


def _has(rng: np.random.Generator, people: People) -> Column:
    shares = {name: list(one.values()) for name, one in _SHARES.items()}
    chance = np.where((people.language == "zh")[:, None], shares["zh"], shares["west"])
    has = rng.random(chance.shape) < chance
    lonely = ~has.any(axis=1)
    has[lonely, np.where(people.language[lonely] == "zh", SYSTEMS.index("mall"), SYSTEMS.index("shop"))] = (
        True
    )
    excess = has.sum(axis=1) > MOST
    has[excess, SYSTEMS.index("social")] = False
    has[excess & (has.sum(axis=1) > MOST), SYSTEMS.index("desk")] = False
    return has


def _periods(
    rng: np.random.Generator, plan: Plan, people: People, person: Indices, system: Indices
) -> Indices:
    """Period in which an account is made: the first of a person where it buys, others later; all with the
    first where nobody changes, for who comes to an app or a shop anew does change."""
    first = np.where(people.born < 0, rng.integers(-30, 0, people.count), people.born)
    place = np.array([2, 0, 1, 3, 4, 5])[system]
    is_first = np.zeros(len(person), dtype=bool)
    order = np.lexsort((place, person))
    starts = np.concatenate([[True], np.diff(person[order]) != 0])
    is_first[order[starts]] = True
    span = plan.periods - first[person]
    later = first[person] + (rng.random(len(person)) * span).astype(np.int64)
    return np.where(is_first | plan.is_stationary, first[person], later)


def _shown(
    rng: np.random.Generator, people: People, person: Indices, system: Column, period: Indices
) -> dict[str, Indices]:
    """First period with the later value: at once when made after the change; the CRM mostly
    follows a change, other systems now and then, else never."""
    follows = np.where(system == "crm", 0.85, np.where(system == "shop", 0.4, 0.05))
    shown = {}
    for name in CHANGES:
        changed = people.changes[name][person]
        is_followed = rng.random(len(person)) < follows
        kept = np.where(period >= changed, -BEFORE_ALL, np.where(is_followed, changed, NEVER))
        shown[name] = np.where(changed == NEVER, NEVER, kept)
    return shown


BEFORE_ALL = NEVER
#: The systems of each actor of a planted case, in turn.
_SYSTEMS_OF: dict[str, tuple[tuple[str, ...], ...]] = {
    "merged": (("crm", "shop"),),
    "linked": (("crm", "shop", "app"),),
    "split": (("shop",), ("crm", "app")),
    "undone": (("crm",), ("shop",)),
    "same": (("crm", "desk"),),
}


def _cast(plan: Plan, people: People) -> dict[str, list[int]]:
    """Persons of the planted cases: they live alone and have been customers from the start."""
    alone = np.flatnonzero((people.household_size == 1) & (people.language != "zh"))
    if len(alone) < 40:  # a company of Chinese customers only
        alone = np.flatnonzero(people.household_size == 1)
    each = max(1, round(plan.customers * _CASES))
    cast: dict[str, list[int]] = {}
    at = 0
    for kind, actors in _SYSTEMS_OF.items():
        cast[kind] = [int(one) for one in alone[at : at + each * len(actors)]]
        at += each * len(actors)
    return cast


def _play(plan: Plan, people: People, made: Accounts, kind: str, persons: Sequence[int]) -> None:
    """Write one kind of case into the accounts."""
    period = {"merged": 0.5, "linked": 0.6, "split": 0.55, "undone": 0.7, "same": 0.7}[kind]
    at = plan.at_share(period)
    step = len(_SYSTEMS_OF[kind])
    for first in range(0, len(persons), step):
        actors = list(persons[first : first + step])
        mine = [int(one) for one in np.flatnonzero(np.isin(made.person, actors))]
        of = {(actors.index(int(made.person[one])), str(made.system[one])): one for one in mine}
        for one in mine:
            made.created_period[one] = -2
            made.created[one] = plan.bounds(0)[0] - int(2 * MONTH_SECONDS) + 3_600 * (one % 500)
        if kind in ("merged", "same", "linked"):
            for name in CHANGES:
                people.changes[name][actors[0]] = -2
                made.shows[name][mine] = -BEFORE_ALL
                made.shows[name][of[0, "crm"]] = at if kind == "merged" else NEVER
        if kind == "linked":
            joint = of[0, "app"]
            made.shows["phone"][joint] = NEVER
            made.created_period[joint], made.created[joint] = at, plan.bounds(at)[0] + 7_200
            for name in ("family",):
                people.changes[name][actors[0]] = NEVER
                made.shows[name][mine] = NEVER
        if kind in ("split", "undone"):
            poser = of[1, "crm" if kind == "split" else "shop"]
            made.poses_as[poser] = actors[0]
            made.poses_until[poser] = at if kind == "split" else NEVER
            if kind == "split":
                mine = [of[0, "shop"], of[1, "crm"], of[1, "app"]]
        made.cases.append(IdentityCase(kind, at, tuple(sorted(mine))))
