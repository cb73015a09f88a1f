"""Changes of a number between two stored profiles: its mean, distribution, spread, tail, missing values.

Belongs here: what is measured of a number, and which floor each measure has. Does not belong here:
statistics of
one period (``number_profile``), categories (``category_changes``), what is usual (``usual``), verdicts
(``verdicts``).

Every measure answers for one way in which money, or any number, changes and the others stay still: all
spend a
tenth more (mean), a few spend a hundred times as much (mean, tail), the shape changes about the same mean
(distribution, spread), values stop coming (missing).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import exp, log

from pipeline.drift import measures
from pipeline.drift.binning import Row
from pipeline.drift.measured import Figure, Measured
from pipeline.drift.number_profile import NumberProfile, Statistic, number_profile
from pipeline.drift.verdicts import share
from pipeline.settings import DriftSettings

NO_DATA = "there are too few customers ({least} are needed in each period)"
#: How much of a feature's share of false alarms each measure may use: the mean most, which most changes move.
WEIGHTS = {
    "mean_change": 0.5,
    "kolmogorov_smirnov": 0.2,
    "spread_change": 0.1,
    "tail_share_change": 0.1,
    "missing_share_change": 0.1,
}
#: What the period before is called in sentences.
BEFORE = "before"


@dataclass(frozen=True)
class _Pair:
    """One number in two periods."""

    name: str
    before: NumberProfile
    now: NumberProfile
    is_amount: bool
    settings: DriftSettings

    def blank(self, measure: str) -> Measured:
        """A measurement of which nothing is known yet."""
        said = f"{self.name} has {self.now.total} customers, {self.before.total} before"
        return Measured("feature", self.name, measure, said, weight=WEIGHTS[measure])


def number_changes(
    name: str,
    before_rows: Sequence[Row],
    now_rows: Sequence[Row],
    settings: DriftSettings,
    is_amount: bool | None = None,
) -> list[Measured]:
    """All measurements of a numeric feature; one without a verdict where nothing can be compared.

    ``is_amount``: whether it is money, which has floors in shares of its mean and total; where that is not
    said, a number that is never negative is taken as money.
    """
    before, now = number_profile(before_rows), number_profile(now_rows)
    if is_amount is None:
        is_amount = before.known > 0 and before.is_never_negative
    pair = _Pair(name, before, now, is_amount, settings)
    blank = pair.blank("kolmogorov_smirnov")
    if min(before.total, now.total) < settings.min_customers:
        return [blank.without_verdict(NO_DATA.format(least=settings.min_customers))]
    if not before.known and not now.known:
        return [blank.without_verdict("no value is known in either period")]
    if before.edges != now.edges:
        return [blank.without_verdict("its bins were fitted in this period", "not_comparable")]
    found = [missing_share_change(name, (before.missing, before.total), (now.missing, now.total), settings)]
    if min(before.known, now.known) >= settings.min_customers:
        found += [*_figures(pair), _distribution(pair)]
    return found


def missing_share_change(
    name: str, before: tuple[int, int], now: tuple[int, int], settings: DriftSettings
) -> Measured:
    """Change of the share without a known value; ``before`` and ``now``: missing, of how many."""
    test = measures.proportion_change(*before, *now)
    if test.p_value is None:
        test = replace(
            test, p_value=1.0
        )  # unknown of all or of nobody in both periods: equal, whatever the sample

    def say(here: float, then: float, when: str) -> Measured:
        said = f"{name} is not known of {share(here)} of customers, {share(then)} {when}"
        one = Measured("feature", name, "missing_share_change", said, value=here, compared_value=then)
        floor = f"{100 * settings.min_total_variation:g} points"
        one = replace(one, effect=here - then, weight=WEIGHTS["missing_share_change"], floor=floor)
        return one.reaching(here - then, settings.min_total_variation, settings.major_total_variation)

    here = now[0] / now[1]
    # Half a customer on either side (Jeffreys): no share is certain because nobody was missing.
    smoothed = (now[0] + 0.5) / (now[1] + 1)
    figure = Figure(Statistic(here, float((smoothed * (1 - smoothed) / now[1]) ** 0.5)), float, say)
    return replace(say(here, before[0] / before[1], BEFORE), test=test, figure=figure)


def _figures(pair: _Pair) -> Iterator[Measured]:
    """Mean, and spread and tail where they can be told."""
    before, now, settings = pair.before, pair.now, pair.settings
    mean = Figure(now.mean, float, partial(_mean, pair))
    one = mean.compared(now.mean, before.mean, BEFORE)
    yield _with_total(one, pair)
    # In a heavy tail a few customers make the spread: what its error cannot resolve, nobody can judge.
    finest = log(1 + settings.min_spread_change) / 2
    # What is doubled for all has twice the spread: of money the spread is taken in shares of the mean.
    is_relative = pair.is_amount and before.is_never_negative and now.is_never_negative
    spreads = before.log_spread(is_relative), now.log_spread(is_relative)
    if spreads[0] and spreads[1] and max(spreads[0].error, spreads[1].error) <= finest:
        say = partial(_spread, pair, is_relative)
        yield Figure(spreads[1], log, say).compared(spreads[1], spreads[0], BEFORE)
    if is_relative and before.are_sums_known and now.are_sums_known:
        tail = Figure(now.tail_share, float, partial(_tail, pair))
        yield tail.compared(now.tail_share, before.tail_share, BEFORE)


def _mean(pair: _Pair, here: float, then: float, when: str) -> Measured:
    """The mean: in standard deviations, and of an amount in shares of the mean before."""
    settings = pair.settings
    effect = measures.standardized_difference(then, pair.before.variance, here, pair.now.variance)
    size, is_large = abs(effect) / settings.min_effect, abs(effect) >= settings.major_effect
    said = f"The mean of {pair.name} is {here:.4g}, {then:.4g} {when} ({effect:+.2f} standard deviations"
    floor = f"{settings.min_effect:g} standard deviations"
    if pair.is_amount and then > 0:
        size = max(size, abs(here / then - 1) / settings.min_amount_change)
        is_large |= abs(here / then - 1) >= settings.major_amount_change
        said += f", {here / then - 1:+.1%}"
        floor += f" and of {share(settings.min_amount_change)}"
    return replace(
        pair.blank("mean_change"),
        said=f"{said})",
        value=here,
        compared_value=then,
        effect=effect,
        size=size,
        is_relevant=size >= 1,
        is_large=is_large,
        floor=floor,
    )


def _with_total(one: Measured, pair: _Pair) -> Measured:
    """The change of the mean of an amount, with that of the total, which has the same floors."""
    if not pair.is_amount or pair.before.sum <= 0:
        return one
    change, settings = pair.now.sum / pair.before.sum - 1, pair.settings
    size = max(one.size, abs(change) / settings.min_amount_change)
    is_large = one.is_large or abs(change) >= settings.major_amount_change
    said = f"{one.said}; its total {change:+.1%}"
    return replace(one, said=said, size=size, is_relevant=size >= 1, is_large=is_large)


def _distribution(pair: _Pair) -> Measured:
    """Kolmogorov-Smirnov test of the known values."""
    before, now, settings = pair.before, pair.now, pair.settings
    test = measures.kolmogorov_smirnov(before.counts, now.counts)
    missing = ([before.missing, *before.counts], [now.missing, *now.counts])
    one = replace(
        pair.blank("kolmogorov_smirnov"),
        said=f"The distribution of {pair.name} differs by {test.value:.3f} from the one before",
        value=test.value,
        effect=test.value,
        test=test,
        stability=measures.population_stability_index(*map(measures.numbers, missing)),
        distance=measures.wasserstein(before.counts, before.means, now.counts, now.means),
        floor=f"a distance of {settings.min_kolmogorov_smirnov:g}",
    )
    return one.reaching(test.value, settings.min_kolmogorov_smirnov, settings.major_kolmogorov_smirnov)


def _spread(pair: _Pair, is_relative: bool, here: float, then: float, when: str) -> Measured:
    """The standard deviation, of what is never negative in shares of the mean, by logarithms."""
    settings, change = pair.settings, here - then
    name = "coefficient of variation" if is_relative else "standard deviation"
    one = replace(
        pair.blank("spread_change"),
        said=f"The {name} of {pair.name} is {exp(here):.4g}, {exp(then):.4g} {when} ({exp(change) - 1:+.1%})",
        value=exp(here),
        compared_value=exp(then),
        effect=change,
        floor=f"{share(settings.min_spread_change)} of the {name}",
    )
    least, most = log(1 + settings.min_spread_change), log(1 + settings.major_spread_change)
    return one.reaching(change, least, most)


def _tail(pair: _Pair, here: float, then: float, when: str) -> Measured:
    """What the hundredth of customers with the largest values carries of the total."""
    settings = pair.settings
    one = replace(
        pair.blank("tail_share_change"),
        said=f"The 1% of customers with the most of {pair.name} carry {share(here)} of its total, "
        f"{share(then)} {when}",
        value=here,
        compared_value=then,
        effect=here - then,
        floor=f"{100 * settings.min_tail_change:g} points of the total",
    )
    return one.reaching(here - then, settings.min_tail_change, settings.major_tail_change)
