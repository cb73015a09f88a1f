"""Are the events of discovered clusters right, and are there none where nothing happened?

``python -m tests.benchmarks.cluster_events [k_means|mixture]`` plants, in panels of customers of five kinds
in four features, what may happen to a kind between two refits, and looks at what fit, scoring and register
make of it: the same functions as a run's. Seeds 1 to 99 served for development; those reported begin at
1001.

1. Events: half a kind jumps six standard deviations away (split); two kinds become one (merge); a kind of
new customers (birth); a kind whose customers leave (death); a kind all of whose customers go three standard
deviations elsewhere (drift). Right: the event, whom it relates to, and all others continued. 2. Nothing:
refits on redrawn behaviour of the same customers. 3. One Gaussian, round or correlated, continua that are
flat, heavy-tailed, skewed, counted, or that half of the customers have none of: refused? 4. Separated
kinds, by all features or by one: is their number found, and the adjusted Rand index with the truth.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.metrics import adjusted_rand_score

from pipeline.models.events import NOWHERE, Crossing, Event, traced_event_of
from pipeline.models.frame import Floats, Frame, Integers, Sample
from pipeline.schemes.clustering.fit import fit
from pipeline.schemes.kinds import clusters
from pipeline.segments.challengers import crossing_of
from pipeline.settings import ClustersDocument, Project
from tests.conftest import shop_settings

SCHEME = "behaviour_clusters"
FEATURES = ["recency_days", "orders_per_30_days_12p", "average_order_amount_12p", "lines_per_order_12p"]
KINDS, CUSTOMERS, APART, JUMP, DRIFT = 5, 2_000, 7.0, 6.0, 3.0
#: First of the seeds reported, and how many.
REPORTED, EVENT_SEEDS = 1_001, 20


@dataclass
class World:
    """Customers with their kind and features; ``ids`` are theirs for ever."""

    ids: Integers
    kind: Integers
    values: Floats
    random: np.random.Generator
    means: Floats

    def redrawn(self) -> None:
        """Features of overlapping windows: the own part persists, nearly."""
        own = self.values - self.means[self.kind]
        fresh = self.random.normal(0, 1, own.shape)
        self.values = self.means[self.kind] + 0.9 * own + np.sqrt(1 - 0.9**2) * fresh

    def far_from(self, kind: int, distance: float) -> Floats:
        """A place at ``distance`` from a kind, and no nearer to any."""
        while True:
            away = self.random.normal(0, 1, len(FEATURES))
            place: Floats = self.means[kind] + away / np.linalg.norm(away) * distance
            if np.linalg.norm(self.means - place, axis=1).min() >= distance - 1e-9:
                return place

    def far_from_some(self) -> Floats:
        """A place ``APART`` from one kind, and no nearer to any."""
        return self.far_from(int(self.random.integers(len(self.means))), APART)


def world(seed: int) -> World:
    random = np.random.default_rng(seed)
    made = World(
        np.arange(CUSTOMERS),
        random.integers(0, KINDS, CUSTOMERS),
        np.empty(0),
        random,
        np.full((1, len(FEATURES)), 30.0),
    )
    while len(made.means) < KINDS:
        made.means = np.vstack([made.means, made.far_from_some()])
    made.values = made.means[made.kind] + random.normal(0, 1, (CUSTOMERS, len(FEATURES)))
    return made


def project(**settings: Any) -> Project:
    """A shop that clusters on the panel's features, all else as it is by default."""
    return Project(
        **shop_settings(schemes=[{"scheme": SCHEME, "features": FEATURES} | settings]), folder=Path()
    )


class Life:
    """A world through refits: the champion, and each customer's segment."""

    def __init__(self, made: World, settings: Project) -> None:
        self.world, self.settings = made, settings
        self.segments: dict[int, str] = {}
        self.champion: dict[str, Any] | None = None
        self.is_refused = False

    def refit(self) -> dict[str, Event]:
        """The events of a refit on the world as it is; none where the challenger is refused."""
        names = pa.array([f"c{one:06d}" for one in self.world.ids])
        previous = pa.array([self.segments.get(int(one)) for one in self.world.ids], pa.string())
        numbers = {name: self.world.values[:, i].copy() for i, name in enumerate(FEATURES)}
        frame = Frame(names, numbers, {SCHEME: previous})
        document = self.settings.every_scheme[SCHEME]
        assert isinstance(document, ClustersDocument)
        found = fit(document, Sample(frame, None), self.settings, self.champion)
        old, new = self.champion, found.parameters
        self.is_refused = new is None
        version = new or old
        if version is None:
            return {}
        version |= {"leave_odds": self.settings.segments.leave_odds}
        scored = clusters.score(SCHEME, version, frame)
        now = {int(i): scored.segment_ids[at] for i, at in zip(self.world.ids, scored.segment, strict=True)}
        events = {} if old is None or new is None else self._events(old, new, now, frame)
        self.champion, self.segments = version, now
        return events

    def _events(
        self, old: dict[str, Any], new: dict[str, Any], now: dict[int, str], frame: Frame
    ) -> dict[str, Event]:
        pairs = Counter(
            (self.segments.get(one, NOWHERE), now.get(one, NOWHERE))
            for one in self.segments.keys() | now.keys()
        )
        versions = crossing_of(clusters.score(SCHEME, old, frame), clusters.score(SCHEME, new, frame))
        before, after = set(old["segment_ids"]), set(new["segment_ids"])
        limits = self.settings.segments.continued_overlap, self.settings.segments.related_overlap
        return {
            one: traced_event_of(one, before, after, Crossing(pairs), versions, *limits)
            for one in before | after
        }

    def segment_of(self, kind: int) -> str:
        """The segment that most customers of a kind are in."""
        mine = [
            self.segments[int(one)]
            for one in self.world.ids[self.world.kind == kind]
            if int(one) in self.segments
        ]
        return Counter(mine).most_common(1)[0][0]


def planted(what: str, life: Life) -> dict[str, tuple[str, set[str]]]:
    """Let ``what`` happen; the events to come of kinds (as segments of now), and whom they relate to.
    ``new`` stands for the newborn."""
    here, random = life.world, life.world.random
    one, other = life.segment_of(0), life.segment_of(1)
    if what == "split":
        here.means = np.vstack([here.means, here.far_from(0, JUMP)])
        mine = np.flatnonzero(here.kind == 0)
        jumpers = random.choice(mine, len(mine) // 2, replace=False)
        here.values[jumpers] += here.means[-1] - here.means[0]
        here.kind[jumpers] = len(here.means) - 1
        return {one: ("split", {"new"}), "new": ("split", {one})}
    if what == "merge":
        middle = (here.means[0] + here.means[1]) / 2
        for kind in (0, 1):
            here.values[here.kind == kind] += middle - here.means[kind]
            here.means[kind] = middle
        return {"both": ("merged", {one, other})}
    if what == "birth":
        size = CUSTOMERS // KINDS
        place = here.far_from_some()
        here.means = np.vstack([here.means, place])
        here.ids = np.append(here.ids, np.arange(size) + here.ids.max() + 1)
        here.kind = np.append(here.kind, np.full(size, len(here.means) - 1))
        here.values = np.vstack([here.values, place + random.normal(0, 1, (size, len(FEATURES)))])
        return {"new": ("born", set())}
    if what == "death":
        stay = here.kind != 0
        here.ids, here.kind, here.values = here.ids[stay], here.kind[stay], here.values[stay]
        return {one: ("retired", set())}
    way = random.normal(0, 1, len(FEATURES))
    way *= DRIFT / np.linalg.norm(way)
    here.values[here.kind == 0] += way
    here.means[0] = here.means[0] + way
    return {}


def is_right(events: dict[str, Event], expected: dict[str, tuple[str, set[str]]], known: set[str]) -> bool:
    """Whether what was planted was told, and of all others that they continued."""
    newborn = [one for one in events if one not in known]
    if ("new" in expected) != (len(newborn) == 1) or len(newborn) > 1:
        return False
    named = {"new": newborn[0]} if newborn else {}
    told = dict(events)
    for one, (kind, related) in expected.items():
        if (
            one == "both"
        ):  # one of the two carries on the other's customers; a smaller one may go unheard in it
            gone, heir = sorted(related, key=lambda each: told[each].kind == "continued")
            pair = {told.pop(gone), told.pop(heir)}
            merged = [each for each in pair if each.kind == "merged"]
            if not merged or any(
                each.kind not in ("merged", "continued") or not set(each.related) <= related for each in pair
            ):
                return False
            continue
        event = told.pop(named.get(one, one))
        if event.kind != kind or set(event.related) != {named.get(each, each) for each in related}:
            return False
    return all(one.kind == "continued" for one in told.values())


def events_table(seeds: range, settings: Project) -> list[str]:
    """How often each planted event was told, and nothing else."""
    lines = ["| planted | right | of |", "| --- | --- | --- |"]
    for what in ("split", "merge", "birth", "death", "drift"):
        right = 0
        for seed in seeds:
            life = Life(world(seed), settings)
            life.refit()
            if life.champion is None:
                print(f"  ({what}, seed {seed}: the first fit was refused)", file=sys.stderr)
                continue
            known = set(life.champion["segment_ids"])
            life.world.redrawn()
            expected = planted(what, life)
            events = life.refit()
            if not life.is_refused and is_right(events, expected, known):
                right += 1
            else:
                print(f"  ({what}, seed {seed}: refused {life.is_refused}, {events})", file=sys.stderr)
        lines.append(f"| {what} | {right} | {len(seeds)} |")
    return lines


def nothing(seeds: range, settings: Project, refits: int = 10) -> list[str]:
    """Events other than *continued*, and customers who moved, where kinds and customers stay as they are."""
    invented = refused = moved = looked_at = 0
    for seed in seeds:
        life = Life(world(seed), settings)
        life.refit()
        for _ in range(refits):
            before = dict(life.segments)
            life.world.redrawn()
            events = life.refit()
            refused += life.is_refused
            invented += any(one.kind != "continued" for one in events.values())
            moved += sum(before[one] != now for one, now in life.segments.items())
            looked_at += len(before)
    return [
        f"{len(seeds) * refits} refits where nothing happened: {invented} with an event, {refused} refused; "
        f"{moved / looked_at:.4%} of customers moved a refit"
    ]


def continuum(name: str, seed: int, size: int) -> Floats:
    """Customers of no kinds (customers x features)."""
    random = np.random.default_rng(seed)
    width = len(FEATURES)
    drawn = random.normal(0, 1, (size, width))
    if name == "correlated":
        base = random.normal(0, 1, (width, width))
        axes, _ = np.linalg.qr(base)
        return drawn * np.array([5.0, 2.0, 1.0, 0.5]) @ axes
    if name == "heavy tails":
        return drawn / np.sqrt(random.chisquare(3, (size, 1)) / 3)
    if name == "flat":
        return np.asarray(random.uniform(-2, 2, (size, width)))
    if name == "skewed":
        return np.asarray(random.gamma(2, 1, (size, width)))
    if name == "counts":
        return random.poisson(random.gamma(0.8, 3, (size, width))) - 30.0
    if name == "half none":
        return np.where(random.random((size, width)) < 0.5, 0.0, random.gamma(1.2, 2, (size, width))) - 30.0
    return drawn


def continua(seeds: range, settings: Project) -> list[str]:
    """How often one distribution without kinds is refused."""
    lines = ["| continuum | customers | refused | of |", "| --- | --- | --- | --- |"]
    for name in ("round", "correlated", "heavy tails", "flat", "skewed", "counts", "half none"):
        for size in (400, 2_000, 20_000):
            some = seeds if size < 20_000 else seeds[: len(seeds) // 4]
            refused = 0
            for seed in some:
                made = World(
                    np.arange(size),
                    np.zeros(size, np.int64),
                    30 + continuum(name, seed, size),
                    np.random.default_rng(seed),
                    np.zeros((1, len(FEATURES))),
                )
                life = Life(made, settings)
                life.refit()
                refused += life.is_refused
            lines.append(f"| {name} | {size:,} | {refused} | {len(some)} |")
    return lines


def long_and_unequal(seed: int) -> World:
    """Kinds of 60, 30 and 10%, each four times as long as wide in a direction of its own, side by side."""
    made = world(seed)
    random = made.random
    kind = np.searchsorted([0.6, 0.9], random.random(CUSTOMERS))
    own = random.normal(0, 1, (CUSTOMERS, len(FEATURES))) * np.array([4.0, 1.0, 1.0, 1.0])
    turned, _ = np.linalg.qr(random.normal(0, 1, (len(FEATURES), len(FEATURES))))
    own[:, 1] += kind * APART
    return World(made.ids, kind, 30 + own @ turned, random, made.means)


def told_by_one(seed: int, size: int) -> World:
    """Kinds that one feature alone tells apart; the others are noise."""
    random = np.random.default_rng(seed)
    kind = random.integers(0, KINDS, size)
    means = np.full((KINDS, len(FEATURES)), 30.0)
    means[:, 0] += APART * np.arange(KINDS)
    values = means[kind] + random.normal(0, 1, (size, len(FEATURES)))
    return World(np.arange(size), kind, values, random, means)


def separated(seeds: range, settings: Project) -> list[str]:
    """Number of clusters and agreement with the truth, of separated kinds."""
    worlds: dict[str, Callable[[int], World]] = {
        "round": world,
        "long and unequal": long_and_unequal,
        "told by one feature, 600 customers": lambda seed: told_by_one(seed, 600),
        "told by one feature, 2,000 customers": lambda seed: told_by_one(seed, 2_000),
    }
    lines = [
        "| kinds | number exact | refused | adjusted Rand index of the others, least | of |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, make in worlds.items():
        exact, refused, indices = 0, 0, []
        for seed in seeds:
            made = make(seed)
            life = Life(made, settings)
            life.refit()
            if life.champion is None:
                refused += 1
                continue
            exact += len(life.champion["segment_ids"]) == len(np.unique(made.kind))
            indices.append(adjusted_rand_score(made.kind, [life.segments[int(one)] for one in made.ids]))
        lines.append(f"| {name} | {exact} | {refused} | {min(indices, default=0):.3f} | {len(seeds)} |")
    return lines


def main(method: str = "k_means", first: int = REPORTED, seeds: int = EVENT_SEEDS) -> None:
    """All four tables."""
    settings = project(method=method)
    some = range(first, first + seeds)
    print(f"method {method}, seeds {some.start} to {some.stop - 1}\n")
    for table in (separated, events_table, nothing, continua):
        print("\n".join(table(some, settings)), end="\n\n", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:2], *(int(one) for one in sys.argv[2:4]))
