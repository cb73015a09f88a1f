"""How much measurements change when nothing happened: learned from earlier periods and each other.

Belongs here: the scale of normal change of every measurement against the period before, and p-values that
allow for it. Does not belong here: sampling errors (``measures``), slow changes (``references``), verdicts
(``verdicts``).

A score is a change in standard errors of sampling. Real companies differ from week to week by more (season,
weather, campaigns), so that squares of scores are more than 1 in the mean. How much more is learned as
variances of many genes are from few arrays (Smyth, 2004): each measurement has its own mean square over its
past, all measurements of the same measure have a common one, and both are weighed by their degrees of
freedom. The score is then Student's t with the degrees of both: for distances of distributions as well,
because a shift of all moves them as it moves a mean. While there are few earlier periods, the others of this
very period stand in: a change is then told when it stands out among what else changed. Nothing is ever taken
as less than sampling.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.drift.measured import Measured
from pipeline.drift.measures import Numbers, Test
from pipeline.settings import DriftSettings

#: With so many earlier periods they alone tell what is usual; before, the others of the period have a say
#: as well.
ENOUGH_PERIODS = 6
#: Fewer others than this do not tell what is usual.
LEAST_OTHERS = 8
#: The scale among others rests on their upper quartile: a quarter of them may truly change.
QUARTILE, _NORMAL_QUARTILE = 0.75, 1.1503
#: An earlier score counts as at most so many times the scale: a true change of then does not hide one of
#: today.
_MOST = 4.0
#: Shocks have heavier tails than normal ones: those of Student's t with so many degrees of freedom
#: (kurtosis 3.4).
_TAIL_DEGREES = 20.0
#: Degrees of freedom from which on Student's t is normal.
_NORMAL = 1e6
#: A measurement whose own earlier scores are so unlikely at the common scale has a scale of its own.
_OWN = 0.001
#: Mean squares below this count as this much: far below sampling, they tell nothing of each other.
_LEAST = 0.1
#: Degrees of freedom that the quartile of as many scores is worth, beside their mean square.
WORTH = 0.5

#: Middles of equal parts of a distribution.
_QUANTILES = (np.arange(64) + 0.5) / 64
#: Measures that a shift of all customers moves alike: they are learned together.
_LEVEL_MEASURES = ("mean_change", "total_variation")

Key = tuple[str, str, str]
PastScores = Mapping[str, Mapping[Key, Sequence[tuple[str, float]]]]


def _group(measure: str) -> str:
    return "level" if measure in _LEVEL_MEASURES else measure


def past_scores(history: Iterable[Mapping[str, Any]], period: str, most: int) -> PastScores:
    """Scores of the ``most`` last periods before ``period``, by group and then by measurement.

    Measurements that could not be compared teach nothing.
    """
    found: dict[str, dict[Key, list[tuple[str, float]]]] = {}
    for row in sorted(history, key=lambda one: str(one["period"])):
        if (
            row["period"] < period
            and row["comparison"] == "previous_period"
            and row["level"] in ("feature", "segment_mix")
            and row["sampling_score"] is not None
            and row["history_status"] != "not_comparable"
        ):
            of_group = found.setdefault(_group(row["measure"]), {})
            key = (row["level"], row["subject"], row["measure"])
            of_group.setdefault(key, []).append((row["period"], row["sampling_score"]))
    return {group: {key: scores[-most:] for key, scores in by_key.items()} for group, by_key in found.items()}


@dataclass(frozen=True)
class Scale:
    """Standard deviation of a score when nothing happened, at least 1, and its degrees of freedom.

    ``is_own``: of this measurement alone, which swings more than the others.
    """

    deviation: float
    degrees: float
    is_own: bool = False

    def p_value(self, test: Test) -> float:
        """p-value of ``test`` where scores have this scale."""
        from scipy import special

        score = test.score
        if score is None:
            return 1.0 if test.p_value is None else test.p_value
        size = abs(score)
        if test.distribution != "chi_squared" or test.degrees == 1:
            return float(2 * special.stdtr(self.degrees, -size / self.deviation))
        # What a company does to a mix beyond sampling it does in one direction: a square of that, beside
        # those of sampling.
        excess = 1 + test.degrees * (self.deviation**2 - 1)
        beside = special.chdtri(test.degrees - 1, _QUANTILES)
        left = np.maximum(0.0, test.degrees * size**2 - beside)
        return float(np.mean(2 * special.stdtr(self.degrees, -np.sqrt(left / excess))))


def judge_usual(measured: Sequence[Measured], past: PastScores, settings: DriftSettings) -> list[Measured]:
    """``measured`` with the p-values of those that were tested: by sampling and by what is usual.

    A change must be beyond both, so the larger p-value stands.
    """
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(measured):
        if one.test is not None and one.unjudged is None:
            groups.setdefault(_group(one.measure), []).append(place)
    found = list(measured)
    level = _sizes(measured, groups.get("level", ()))
    swings: dict[tuple[str, str], Scale] = {}
    for group, places in sorted(groups.items(), key=lambda one: one[0] != "level"):  # levels first
        of_group = past.get(group, {})
        pooled = _Pooled.of(list(of_group.values()))
        sizes = _sizes(measured, places)
        for place in places:
            one = measured[place]
            subject = one.level, one.subject
            own = [score for _, score in of_group.get((*subject, one.measure), ())]
            # Where few have the measure, how much levels change stands in.
            beside = sizes if len(sizes) > LEAST_OTHERS else level
            others = np.array([size for other, size in beside.items() if other != place])
            scale = pooled.scale(own, others)
            if scale and group == "level" and scale.is_own:
                swings[subject] = scale
            elif scale and subject in swings:
                # Where the level swings by nature, spread and shape swing with it.
                scale = max(scale, swings[subject], key=lambda one: one.deviation)
            found[place] = replace(_judged(one, scale, len(own), settings), apart_p=_apart(one, others))
    return found


def _apart(one: Measured, others: Numbers) -> float | None:
    """p-value of a change among sizes of ``others`` of the period; none where these are too few."""
    if others.size < LEAST_OTHERS or one.test is None:
        return None
    return scale_of(quartile_scale(others) ** 2, WORTH * others.size).p_value(one.test)


def _sizes(measured: Sequence[Measured], places: Iterable[int]) -> dict[int, float]:
    """Sizes of scores by place."""
    scores = {place: measured[place].score for place in places}
    return {place: abs(score) for place, score in scores.items() if score is not None}


def _judged(one: Measured, scale: Scale | None, periods: int, settings: DriftSettings) -> Measured:
    test, least = one.test, settings.min_history_periods
    assert test is not None  # the caller asks only for those tested
    if scale is None:
        known = f"{periods} earlier periods do not tell what is usual ({least} are needed)"
        return replace(one, p_value=test.p_value, doubt=f"the difference may be chance, and {known}")
    usual = scale.p_value(test)
    p_value = None if test.p_value is None else max(test.p_value, usual)
    if periods >= least:
        doubt = "the difference may be chance, and yet is not as in earlier periods"
        return replace(one, p_value=p_value, usual_p=usual, history_status="learned", doubt=doubt)
    known = (
        f"it is no more than chance, or than other features changed, and {periods} earlier periods"
        f" do not tell what is usual ({least} are needed)"
    )
    return replace(one, p_value=p_value, doubt=known)


@dataclass(frozen=True)
class _Pooled:
    """What all measurements of one measure have in common over earlier periods."""

    variance: float
    degrees: float
    periods: int
    most: float
    at_most: float  # degrees of all scores together: few where all move together

    @classmethod
    def of(cls, series: Sequence[Sequence[tuple[str, float]]]) -> "_Pooled":
        every = np.array([score for one in series for _, score in one])
        if not every.size:
            return cls(1.0, 0.0, 0, _MOST, float("inf"))
        most = _MOST * max(1.0, quartile_scale(every))
        by_period: dict[str, list[float]] = {}
        for one in series:
            for period, score in one:
                by_period.setdefault(period, []).append(min(score**2, most**2))
        means = np.array([np.mean(squares) for squares in by_period.values()])
        width = every.size / means.size
        together = _together(series, every, width)
        own = [np.minimum(np.array([score for _, score in one]) ** 2, most**2) for one in series]
        at_most = max(float(means.size), means.size * min(together, _independent(means, width)))
        return cls(float(means.mean()), min(at_most, _prior_degrees(own)), means.size, most, at_most)

    def scale(self, own: Sequence[float], others: Numbers) -> Scale | None:
        """The scale of one with ``own`` earlier scores, beside sizes of ``others`` in this period."""
        variance, degrees, at_most = self.variance, self.degrees, self.at_most
        if self.periods < ENOUGH_PERIODS:
            if others.size < LEAST_OTHERS:
                return None
            beside = quartile_scale(others) ** 2
            variance = max(variance, beside) if self.periods else beside
            degrees, at_most = WORTH * others.size, float("inf")
        # Without the largest: one true change tells nothing of what is usual.
        lasting = np.sort(np.square(own))[:-1]
        if lasting.size and _chi_squared_tail(lasting.size, float(lasting.sum()) / max(variance, 1.0)) < _OWN:
            return scale_of(float(lasting.mean()), float(lasting.size), is_own=True)
        squares = np.minimum(np.square(own), self.most**2)
        total = degrees + squares.size
        variance = (degrees * variance + float(squares.sum())) / total
        return scale_of(variance, min(total, at_most))


def _chi_squared_tail(degrees: int, statistic: float) -> float:
    """p-value of a chi-squared statistic."""
    from scipy import special

    return float(special.chdtrc(degrees, statistic))


def scale_of(variance: float, degrees: float, is_own: bool = False) -> Scale:
    """The scale of scores with this ``variance``, learned with so many ``degrees`` of freedom.

    Of the variance 1 is sampling, which is known and normal. What a company does beyond is learned, and need
    not be normal: it counts as Student's t with ``_TAIL_DEGREES`` at most. The sum has the degrees of a sum
    of variances (Satterthwaite, 1946): many where sampling is most of it.
    """
    if variance <= 1:
        return Scale(1.0, _NORMAL, is_own)
    of_both = min(degrees, _TAIL_DEGREES) * (variance / (variance - 1)) ** 2
    return Scale(float(np.sqrt(variance)), min(of_both, _NORMAL), is_own)


def quartile_scale(scores: Numbers) -> float:
    """Standard deviation of normal scores with the upper quartile of these ones' sizes."""
    return float(np.quantile(np.abs(scores), QUARTILE)) / _NORMAL_QUARTILE


def _independent(means: Numbers, width: float) -> float:
    """How many independent scores a period is worth (Satterthwaite, 1946): one where all move together."""
    if means.size < ENOUGH_PERIODS:
        return 1.0
    variance = float(means.var(ddof=1))
    return float(np.clip(2 * means.mean() ** 2 / variance, 1.0, width)) if variance else width


def _together(series: Sequence[Sequence[tuple[str, float]]], every: Numbers, width: float) -> float:
    """How many independent scores a period is worth by the mean correlation of signed ones.

    Squares of scores with correlation r have correlation r^2. Scores without a sign do not tell.
    """
    if width <= 1 or not (every < 0).any():
        return width
    by_period: dict[str, list[float]] = {}
    for one in series:
        for period, score in one:
            by_period.setdefault(period, []).append(score)
    middle = float(np.mean([np.mean(scores) ** 2 for scores in by_period.values()]))
    correlation = (middle / max(float(np.mean(every**2)), 1e-12) - 1 / width) / (1 - 1 / width)
    return width / (1 + (width - 1) * float(np.clip(correlation, 0.0, 1.0)) ** 2)


def _prior_degrees(own: Sequence[Numbers]) -> float:
    """Degrees of freedom of the common variance: few where measurements differ in theirs (Smyth, 2004)."""
    from scipy import special

    long = [one for one in own if one.size >= 3 and one.sum() > 0]
    if len(long) < LEAST_OTHERS:
        return float("inf")
    sizes = np.array([one.size for one in long], np.float64)
    logs = (
        np.log([max(float(one.mean()), _LEAST) for one in long])
        - special.digamma(sizes / 2)
        + np.log(sizes / 2)
    )
    excess = float(logs.var(ddof=1) - special.polygamma(1, sizes / 2).mean())
    return 2 * _trigamma_inverse(excess) if excess > 0 else float("inf")


def _trigamma_inverse(value: float) -> float:
    """The argument whose trigamma is ``value`` (Newton, as in Smyth, 2004, appendix)."""
    from scipy import special

    found = 0.5 + 1 / value
    for _ in range(50):
        gamma = float(special.polygamma(1, found))
        step = gamma * (1 - gamma / value) / float(special.polygamma(2, found))
        found += step
        if -step / found < 1e-8:
            break
    return found
