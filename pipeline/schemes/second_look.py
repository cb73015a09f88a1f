"""Second looks: what might have been seen of customers in place of what was, if they were observed anew.

Belongs here: drawing them from what is believed of each customer, in a refit only. Does not belong here: what
schemes make of them (``schemes.earned``), or the priors of traits (``schemes.traits``).

A second look is of the same customer, as it is, over the same time, with another luck:

* How often it orders is drawn from what is believed of its rate (Poisson, whatever rates customers have).
* What is counted of its orders (recency, gaps, trends, breadth, spans of silence) then is that of another
  customer, who was there for as long and showed as many orders, of about the same worth: a donor (predictive
  mean matching: Rubin, 1986). So all of it hangs together as it does in the company, whatever it is.
* Means and shares (the worth of an order, answers, channels) are drawn from what is believed of each, as
  means of as many values as the donor shows. What one luck makes of several is off together.
* Counts of all else that happens again and again (visits, uses, contacts, answers, leads) are drawn from a
  rate of their own, those of the same over several windows together (``spans``), and what is a rate or a
  number per order of these follows from them.
* Whether a customer has left is part of what it is: with the probability that it has, which follows from the
  forecast of its silence where there is one, its silence stands as it was seen.
* Who it is, since when, and what it holds stands as it was seen. Of a portfolio there is one: nothing tells
  how far another of the same customer would lie from it, so nothing is said of it (``earned``). Of who has
  no order in the window whatever comes of orders stands, too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.features import Feature
from pipeline.features.behaviour import gap_variation_12p, lines_per_order_12p, order_days_count_12p
from pipeline.features.behaviour_habits import lines_count_12p
from pipeline.features.loyalty import tenure_days
from pipeline.features.value import average_order_amount_12p, orders_count_12p, orders_per_30_days_12p
from pipeline.forecasts.catalogue.churn import churn_probability_2p
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.models.frame import Flags, Floats, Frame, Integers
from pipeline.schemes.forecasted import Forecasts, behind_frozen, with_forecasts
from pipeline.schemes.kind import WINDOW_DAYS
from pipeline.schemes.redraws import Acts, Level, Luck, Share, Uses, undecided
from pipeline.schemes.spans import Spans
from pipeline.schemes.traits import Traits, observed
from pipeline.settings import Project

#: Customers of the sample who are looked at again, and how often: shares of second looks are then known to
#: about a hundredth, a tenth of the customers to a few.
CUSTOMERS, LOOKS = 2_000, 8
#: How many donors are nearest enough to be drawn from.
DONORS = 5
#: What all that comes of orders is made of: how often, for how much, how many lines at a time.
_RATE = orders_per_30_days_12p.name
_WORTH = (average_order_amount_12p.name, lines_per_order_12p.name)
#: And how evenly they come, where that is known.
_RHYTHM = gap_variation_12p.name
#: Counts of all orders; others that something is a mean of are of a part of them.
_WHOLE = (orders_count_12p.name, order_days_count_12p.name, lines_count_12p.name)
_ORDERS, _ORDERS_COUNT = "orders", orders_count_12p.name
#: What a number per order is divided by.
_PER_ORDER = orders_count_12p.reads
#: Entities whose rows are no events: what they tell of a customer stands.
_STANDING = {"profiles", "products", "holdings"}
_COUNT = re.compile(r"_count_(\d+)p$")


#: What some are, and what hardly anybody is, of all.
_SOME, _HARDLY = 0.1, 0.01


@dataclass(frozen=True)
class SecondLooks:
    """``places`` of some customers in the sample, and each look at them as a frame of its own."""

    places: Integers
    looks: tuple[Frame, ...]

    def of_sample(self, frame: Frame) -> Frame:
        """The first look at the same customers, by itself: without the segments of the period before."""
        flags = np.zeros(len(frame), bool)
        flags[self.places] = True
        return replace(frame.taken(flags), previous_segments=self.looks[0].previous_segments)


def second_looks(frame: Frame, traits: Traits, project: Project, forecasts: Forecasts) -> SecondLooks | None:
    """Some looks at some customers of ``frame``, which has what was seen of them, sorted by id.

    ``traits``: priors as ``fit_traits`` finds them. Where none of ``forecasts`` foretells silence everybody
    is taken for being there. None where how often customers order is not known.
    """
    if _RATE not in traits:
        return None
    drawing = _Drawing(frame, traits, project, _silence(frame, forecasts))
    if len(drawing.donors) <= DONORS:
        return None
    can = np.flatnonzero(~np.isnan(drawing.orders.seen))
    # Ids are drawn at random, so that customers at even distances are a sample of all.
    places = can[np.unique(np.linspace(0, len(can) - 1, min(CUSTOMERS, len(can))).astype(np.int64))]
    return SecondLooks(places, tuple(drawing.look(places, number) for number in range(LOOKS)))


def _silence(frame: Frame, forecasts: Forecasts) -> Floats | None:
    """The foretold probability that no order comes in the next two periods; none where it cannot be told."""
    name = churn_probability_2p.name
    if name not in forecasts or not set(behind_frozen([name], forecasts)) <= set(frame.numbers):
        return None
    return with_forecasts(frame, [name], forecasts).number(name)


class _Drawing:
    """What all looks have in common: what is believed of customers, and where donors are."""

    def __init__(self, frame: Frame, traits: Traits, project: Project, silence: Floats | None) -> None:
        from scipy.spatial import cKDTree  # only a refit pays for it

        self.frame, self.project, self.features = frame, project, project.readable
        self.orders = _orders(traits[_RATE], frame)
        self.levels = {name: self._level(name, one) for name, one in self._of_levels(traits).items()}
        self.acts = self._acts()
        self.spans = self._of_spans()
        self.parts = self._of_parts()
        self.rates = self._of_rates()
        self.per_order = self._of_ratios()
        self.uses = self._of_uses()
        every = {name: frame.numbers.get(name) for name in (*_WORTH, _RHYTHM)}
        self.worth = {name: np.log1p(one) for name, one in every.items() if one is not None}
        self.can_give: Flags = ~np.isnan(self.orders.seen)
        for name, one in self.worth.items():
            self.can_give = self.can_give & (~np.isnan(one) | (name == _RHYTHM))
        if _ORDERS_COUNT in frame.numbers:
            self.can_give = self.can_give & (np.nan_to_num(frame.number(_ORDERS_COUNT)) > 0)
        self.donors = np.flatnonzero(self.can_give)
        if len(self.donors):
            points = self._points(self.orders.seen, self.orders.days, self.worth)
            self.tree = cKDTree(points[self.donors])
        self.silence = silence

    def _level(self, name: str, trait: dict[str, Any]) -> Level:
        feature = self.features[name]
        return (Share if self._is_share(feature) else Level)(name, trait, feature, self.frame)

    def _is_share(self, feature: Feature) -> bool:
        """Whether a level lies between none and all: by declaration, or as some show none of it and hardly
        anybody more than all (what is returned may have been bought before the window)."""
        if feature.bounds == (0.0, 1.0):
            return True
        seen = self.frame.number(feature.name)
        seen = seen[~np.isnan(seen)]
        return (
            feature.unit == "ratio"
            and len(seen) > 0
            and float((seen == 0).mean()) > _SOME
            and float((seen > 1).mean()) < _HARDLY
        )

    def _of_levels(self, traits: Traits) -> dict[str, dict[str, Any]]:
        """Levels with their priors, or with what takes the place of one that the sample does not show."""
        found = {}
        for name in self.frame.numbers:
            feature = self.features.get(name)
            if feature is None or feature.shows != "level" or feature.pii != "none":
                continue
            if feature.counted_by == order_days_count_12p.name and name != _RHYTHM:
                continue
            if name in traits:
                found[name] = traits[name]
            elif feature.counted_by in self.frame.numbers:
                found |= undecided(name, feature, self.frame)
        return found

    def _of_uses(self) -> dict[str, Uses]:
        """Amounts over time of what was used: as often as the look shows, so much at a time."""
        fewest = self.project.segments.min_customers_to_fit
        return {
            name: Uses(self.frame.number(name), self.acts[feature.counted_by], feature.counted_by, fewest)
            for name, feature in self._of_acts()
            if feature.counted_by in self.acts and feature.minimum == 0 and feature.maximum is None
        }

    def _of_parts(self) -> list[str]:
        """Counts of a part of the orders that something is a mean of: which part is a trait."""
        if _ORDERS_COUNT not in self.frame.numbers:
            return []
        counts = dict.fromkeys(one.count for one in self.levels.values())
        return [one for one in counts if one not in _WHOLE and self._is_given(one)]

    def _of_rates(self) -> dict[str, str]:
        """Rates over time of acts that are drawn, with the counts behind them."""
        found = {name: one.counted_by for name, one in self._besides_orders() if one.shows == "rate"}
        return {name: count for name, count in found.items() if count in self.acts}

    def _of_ratios(self) -> dict[str, str]:
        """Numbers of acts per order, with the counts behind them."""
        counts = {self.features[name].reads: name for name in self.acts}
        every = [(name, self.features[name]) for name in self.frame.numbers if name in self.features]
        found = {
            name: counts.get(one.reads[:1])
            for name, one in every
            if one.counted_by == _ORDERS_COUNT in self.frame.numbers and one.reads[1:] == _PER_ORDER
        }
        return {name: count for name, count in found.items() if count}

    def _of_acts(self) -> list[tuple[str, Feature]]:
        """Features of what customers do besides ordering, which show no trait by declaration."""
        return [(name, one) for name, one in self._besides_orders() if one.shows == "none"]

    def _besides_orders(self) -> list[tuple[str, Feature]]:
        """Features of events alone that are no orders, but for those that narrow a person down."""
        every = [(name, self.features[name]) for name in self.frame.numbers if name in self.features]
        return [
            (name, one) for name, one in every
            if one.pii == "none" and one.entities and not set(one.entities) & {_ORDERS, *_STANDING}
        ]  # fmt: skip

    def _acts(self) -> dict[str, Acts]:
        """Counts of acts in so many periods, of customers who have been there for a part of them at least."""
        found, tenure = {}, self.frame.numbers.get(tenure_days.name)
        for name, feature in self._of_acts():
            window = _COUNT.search(name)
            if feature.counted_by or window is None:
                continue
            days = np.full(len(self.frame), _periods_days(self.project, int(window.group(1))))
            if tenure is not None:
                days = np.clip(np.nan_to_num(tenure, nan=np.inf), 1.0, days)
            acts = Acts(self.frame.number(name), days)
            if acts.is_known:
                found[name] = acts
        return found

    def _of_spans(self) -> list[Spans]:
        """Counts of the same acts over several windows, each group from the shortest on."""
        groups: dict[str, list[str]] = {}
        for name in sorted(self.acts, key=_periods_counted):
            groups.setdefault(_COUNT.sub("", name), []).append(name)
        every = [Spans({name: self.acts[name] for name in some}) for some in groups.values() if len(some) > 1]
        return [one for one in every if one.is_known]

    def _points(self, total: Floats, days: Floats, worth: Mapping[str, Floats]) -> Floats:
        """Where customers lie to whom a donor is sought. Numbers of orders by twice their square root, which
        chance spreads by one at every rate; time by its logarithm, a tenth of it being as far; worth by its
        spread among all, half of it being as far."""
        parts = [2.0 * np.sqrt(np.maximum(total, 0.0)), 10.0 * np.log(np.maximum(days, 1.0))]
        for name, one in worth.items():
            known = self.worth[name][self.can_give & ~np.isnan(self.worth[name])]
            middle, spread = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
            parts.append((np.nan_to_num(one, nan=middle) - middle) / max(spread, 1e-9))
        return np.nan_to_num(np.stack(parts, axis=1))

    def _gone(self, places: Integers) -> Floats:
        """The probability that each customer has left: what remains of the foretold silence when chance has
        had its share, at the customer's own rate."""
        if self.silence is None:
            return np.zeros(len(places))
        by_chance = self.orders.silence(places, _periods_days(self.project, 2))
        there = (1.0 - np.nan_to_num(self.silence[places])) / np.maximum(1.0 - by_chance, 1e-9)
        return np.asarray(1.0 - np.clip(there, 0.0, 1.0))

    def look(self, places: Integers, number: int) -> Frame:
        """One look at the customers at ``places``."""
        rng = np.random.default_rng([self.project.seed, number])
        lucks = {one: _luck(rng, len(places)) for one in sorted({one.luck for one in self.levels.values()})}
        donors = self._chosen(places, lucks, rng)
        numbers = {name: count for one in self.spans for name, count in one.look(places, rng).items()}
        numbers |= {name: one.look(places, rng) for name, one in self.acts.items() if name not in numbers}
        for name, values in self.frame.numbers.items():
            if self._is_given(name):
                numbers[name] = values[donors]
        for name in self.parts:
            numbers[name] = self._part(name, places, numbers)
        for name in self.frame.numbers:
            if name not in numbers:
                numbers[name] = self._follows(name, places, numbers, lucks, rng)
        nowhere = {name: pa.nulls(len(places), pa.string()) for name in self.frame.previous_segments}
        return Frame(self.frame.customer_id.take(pa.array(places)), numbers, nowhere)

    def _part(self, name: str, places: Integers, numbers: Mapping[str, Floats]) -> Floats:
        """A count of some of the orders, or of some of their lines: as many per order as were seen."""
        seen, orders = self.frame.number(name)[places], self.frame.number(_ORDERS_COUNT)[places]
        some = (np.nan_to_num(seen) > 0) & (np.nan_to_num(orders) > 0)
        again = np.round(seen * numbers[_ORDERS_COUNT] / np.where(some, orders, 1.0))
        return np.where(some, np.where(numbers[_ORDERS_COUNT] > 0, np.maximum(again, 1.0), 0.0), seen)

    def _follows(
        self,
        name: str,
        places: Integers,
        counts: Mapping[str, Floats],
        lucks: Mapping[str, Luck],
        rng: np.random.Generator,
    ) -> Floats:
        """A feature as it follows from the ``counts`` of a look; as it was seen where nothing is drawn."""
        if name in self.per_order:
            orders = counts[_ORDERS_COUNT]
            some = np.nan_to_num(orders) > 0
            return np.where(some, counts[self.per_order[name]] / np.where(some, orders, 1.0), np.nan)
        if name in self.rates:
            count = self.rates[name]
            return counts[count] * 30.0 / self.acts[count].days[places]
        if name in self.levels:
            level = self.levels[name]
            counted = counts.get(level.count, level.counted[places])
            return level.look(places, counted, lucks[level.luck], rng)
        if name in self.uses:
            uses = self.uses[name]
            return uses.look(places, counts[uses.counted_by], rng)
        return self.frame.numbers[name][places]

    def _chosen(self, places: Integers, lucks: Mapping[str, Luck], rng: np.random.Generator) -> Integers:
        """A donor of each customer: one of those nearest to its drawn orders, or itself if it left."""
        worth = {}
        for name, values in self.worth.items():
            level = self.levels.get(name)
            worth[name] = values[places]
            if level is not None:
                often = np.maximum(level.counted[places], 1.0)
                worth[name] = np.log1p(level.look(places, often, lucks[level.luck], rng))
        total = self.orders.look(places, rng)
        # who has no order in the window has none that opens it
        total = np.where(self.can_give[places], total, total - 1.0)
        _, near = self.tree.query(self._points(total, self.orders.days[places], worth), k=DONORS + 1)
        nearest = self.donors[near]
        # nobody is the donor of its own second look
        others = np.where(nearest == places[:, None], np.roll(nearest, -1, axis=1), nearest)[:, :DONORS]
        donors = others[np.arange(len(places)), rng.integers(0, DONORS, len(places))]
        stays = (rng.random(len(places)) < self._gone(places)) | (total < 0)
        return np.where(stays, places, donors)

    def _is_given(self, name: str) -> bool:
        """Whether a donor gives it."""
        feature = self.features.get(name)
        if feature is None:
            return False
        is_of_times = feature.shows != "level" or feature.counted_by == order_days_count_12p.name
        return _ORDERS in feature.entities and is_of_times and feature.pii == "none"


def _orders(trait: dict[str, Any], frame: Frame) -> Acts:
    shown = observed(trait, _RATE, frame)
    return Acts(np.where(shown.is_seen, shown.total, np.nan), shown.exposure)


def _luck(rng: np.random.Generator, size: int) -> Luck:
    return rng.standard_normal(size), rng.standard_normal(size)


def _periods_counted(name: str) -> int:
    window = _COUNT.search(name)
    return int(window.group(1)) if window else 0


def _periods_days(project: Project, periods: int) -> float:
    return WINDOW_DAYS[project.period] * periods / WINDOW_PERIODS
