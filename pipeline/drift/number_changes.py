"""Changes of a number between two stored profiles: its mean, distribution, spread, tail, missing values.

Belongs here: what is measured of a number, and which floor each measure has. Does not belong here:
statistics of one period (``number_profile``), categories (``category_changes``), verdicts (``verdicts``).

Every measure answers for one way in which money, or any number, changes and the others stay still: all
spend a
tenth more (mean), a few spend a hundred times as much (mean, tail), the shape changes about the same mean
(distribution, spread), values stop coming (missing).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

from pipeline.drift import measures
from pipeline.drift.binning import Row
from pipeline.drift.measures import Test, two_sided
from pipeline.drift.number_profile import NumberProfile, Statistic, number_profile
from pipeline.drift.verdicts import Measured, Past, against_history, share
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
    past: Past,
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
        found += [one(pair) for one in (_mean, _distribution, _spread, _tail) if _applies(one, pair)]
    return [against_history(one, test, past, settings) for one, test in found]


_Found = tuple[Measured, Test]


def _applies(measure: Callable[[_Pair], _Found], pair: _Pair) -> bool:
    if measure is _spread:
        # In a heavy tail a few customers make the spread: what its error cannot resolve, nobody can judge.
        finest = log(1 + pair.settings.min_spread_change) / 2
        both = (pair.before.log_spread, pair.now.log_spread)
        return all(one is not None and one.error <= finest for one in both)
    if measure is _tail:
        return all(one.are_sums_known and one.is_never_negative for one in (pair.before, pair.now))
    return True


def missing_share_change(
    name: str, before: tuple[int, int], now: tuple[int, int], settings: DriftSettings
) -> _Found:
    """Change of the share without a known value; ``before`` and ``now``: missing, of how many."""
    test = measures.proportion_change(*before, *now)
    then, here = before[0] / before[1], now[0] / now[1]
    if test.p_value is None:
        test = replace(
            test, p_value=1.0
        )  # unknown of all or of nobody in both periods: equal, whatever the sample
    one = Measured(
        "feature",
        name,
        "missing_share_change",
        f"{name} is not known of {share(here)} of customers, {share(then)} before",
        value=here,
        compared_value=then,
        effect=test.value,
        weight=WEIGHTS["missing_share_change"],
        floor=f"{100 * settings.min_total_variation:g} points",
    )
    return one.reaching(test.value, settings.min_total_variation, settings.major_total_variation), test


def _difference(before: Statistic, now: Statistic) -> Test:
    """Whether two figures differ by more than drawing customers explains (Welch)."""
    value, error = now.value - before.value, float((before.error**2 + now.error**2) ** 0.5)
    if not error:
        return Test(value, 0.0, 0.0 if value else 1.0)
    return Test(value, error, two_sided(value / error))


def _mean(pair: _Pair) -> _Found:
    """The mean: in standard deviations, and of an amount in shares of the mean and of the total before."""
    settings, then, here = pair.settings, pair.before.mean, pair.now.mean
    effect = measures.standardized_difference(then.value, pair.before.variance, here.value, pair.now.variance)
    least, most, floor = (
        settings.min_effect,
        settings.major_effect,
        f"{settings.min_effect:g} standard deviations",
    )
    size, is_large = abs(effect) / least, abs(effect) >= most
    said = f"The mean of {pair.name} is {here.value:.4g}, {then.value:.4g} before"
    said += f" ({effect:+.2f} standard deviations"
    if pair.is_amount and then.value > 0 and pair.before.sum > 0:
        changes = here.value / then.value - 1, pair.now.sum / pair.before.sum - 1
        said += f", {changes[0]:+.1%}; its total {changes[1]:+.1%}"
        furthest = max(map(abs, changes))
        size = max(size, furthest / settings.min_amount_change)
        is_large |= furthest >= settings.major_amount_change
        floor += f" and of {share(settings.min_amount_change)}"
    one = replace(
        pair.blank("mean_change"),
        said=f"{said})",
        value=here.value,
        compared_value=then.value,
        effect=effect,
        size=size,
        is_relevant=size >= 1,
        is_large=is_large,
        floor=floor,
    )
    return one, _difference(then, here)


def _distribution(pair: _Pair) -> _Found:
    """Kolmogorov-Smirnov test of the known values."""
    before, now, settings = pair.before, pair.now, pair.settings
    test = measures.kolmogorov_smirnov(before.counts, now.counts)
    missing = ([before.missing, *before.counts], [now.missing, *now.counts])
    one = replace(
        pair.blank("kolmogorov_smirnov"),
        said=f"The distribution of {pair.name} differs by {test.value:.3f} from the one before",
        value=test.value,
        effect=test.value,
        stability=measures.population_stability_index(*map(measures.numbers, missing)),
        distance=measures.wasserstein(before.counts, before.means, now.counts, now.means),
        floor=f"a distance of {settings.min_kolmogorov_smirnov:g}",
    )
    return one.reaching(test.value, settings.min_kolmogorov_smirnov, settings.major_kolmogorov_smirnov), test


def _spread(pair: _Pair) -> _Found:
    """The standard deviation, as a ratio."""
    then, here = pair.before.log_spread, pair.now.log_spread
    assert then is not None  # both asked before: _applies
    assert here is not None
    settings, test = pair.settings, _difference(then, here)
    least, most = log(1 + settings.min_spread_change), log(1 + settings.major_spread_change)
    one = replace(
        pair.blank("spread_change"),
        said=f"The standard deviation of {pair.name} is {exp(here.value):.4g}, {exp(then.value):.4g} before "
        f"({exp(test.value) - 1:+.1%})",
        value=exp(here.value),
        compared_value=exp(then.value),
        effect=test.value,
        floor=f"{share(settings.min_spread_change)} of the standard deviation",
    )
    return one.reaching(test.value, least, most), test


def _tail(pair: _Pair) -> _Found:
    """What the hundredth of customers with the largest values carries of the total."""
    then, here, settings = pair.before.tail_share, pair.now.tail_share, pair.settings
    test = _difference(then, here)
    one = replace(
        pair.blank("tail_share_change"),
        said=f"The 1% of customers with the most of {pair.name} carry {share(here.value)} of its total, "
        f"{share(then.value)} before",
        value=here.value,
        compared_value=then.value,
        effect=test.value,
        floor=f"{100 * settings.min_tail_change:g} points of the total",
    )
    return one.reaching(test.value, settings.min_tail_change, settings.major_tail_change), test
