"""Traits that a scheme reads: what is believed of a customer in place of what was seen, and on how much.

Belongs here: the step from features to posteriors of the traits behind them, and the evidence in it. Does not
belong here: the distributions (``models.traits``), which features show a trait, and how (their
declarations), or what a scheme makes of them (``kinds``).

Each trait has a prior that is fitted on all customers of the sample, in a refit only, and frozen with the
versions that read it (law L7). A customer seen once stands near the prior, one seen often where it was seen.
Where the sample does not show how far values scatter there is no prior, and what was seen stands as it is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.features import Feature
from pipeline.features.evidence import observed_periods_count
from pipeline.features.loyalty import tenure_days
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.models.frame import NODES, Flags, Floats, Frame, Sample
from pipeline.models.parameters import DECIMALS, rounded
from pipeline.models.traits import KINDS, Observed, Posterior, rates
from pipeline.schemes.kind import WINDOW_DAYS
from pipeline.settings import Project

#: Frozen priors of traits with how each is observed, by feature.
Traits = Mapping[str, dict[str, Any]]
#: Rates are told per 30 days.
_DAYS = 30.0
#: The model in ``models.traits`` that fits each way in which a trait shows itself.
_MODELS = {"rate": "rate", "gap": "rate", "share": "share", "level": "level"}
#: Those that tell of nothing but when events came.
_OF_TIMES = ("rate", "gap", "share")
_MONEY = "project currency"


def count_behind(feature: Feature) -> str:
    """The feature that says how much was observed of the trait in ``feature``; "" where it shows none.

    None of a quasi-identifier: what is told of evidence and confidence would tell of its count (law L6).
    """
    match "none" if feature.pii != "none" else feature.shows:
        case "rate":
            return tenure_days.name
        case "share":
            return observed_periods_count.name
        case "none":
            return ""
        case _:
            return feature.counted_by


def behind_traits(names: Iterable[str], project: Project) -> list[str]:
    """``names`` with what a fit of the traits among them reads, as far as the sources give it."""
    wanted = list(names)
    features = [project.readable[one] for one in wanted]
    behind = [name for one in features for name in (count_behind(one), one.varied_by)]
    return list(dict.fromkeys([*wanted, *(one for one in behind if one in project.givable)]))


def behind_amounts(names: Iterable[str], project: Project) -> list[str]:
    """Counts behind those of ``names`` that show no trait by themselves: second looks draw them first."""
    features = [project.readable[one] for one in names]
    counts = [one.counted_by for one in features if one.shows == "none" and one.pii == "none"]
    return [one for one in dict.fromkeys(counts) if one in project.givable]


def behind_frozen_traits(traits: Traits) -> list[str]:
    """The counts behind frozen ``traits``."""
    return list(dict.fromkeys(one["count"] for one in traits.values()))


def fit_traits(names: Iterable[str], frame: Frame, project: Project) -> Traits:
    """Priors of the traits among ``names``, fitted on the customers of ``frame`` as far as they show them."""
    found: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(names):
        feature = project.readable[name]
        count = count_behind(feature)
        if count not in frame.numbers:
            continue
        trait = {"shows": feature.shows, "count": count, "opens": feature.opens, **_more(feature, project)}
        if what := _same_luck(feature):
            trait["same_luck"] = what
        shown = _with_squares(trait, feature, frame, observed(trait, name, frame))
        fit = KINDS[_MODELS[feature.shows]].fit(shown, project.segments.min_customers_to_fit)
        if fit.parameters is not None and _is_kept(fit.parameters):
            found[name] = rounded(trait | {"prior": fit.parameters})
    return found


def _with_squares(trait: dict[str, Any], feature: Feature, frame: Frame, shown: Observed) -> Observed:
    """``shown`` with the sums of squares of the values, where it is known how these vary."""
    variation = frame.numbers.get(feature.varied_by, np.empty(0))
    if np.isnan(variation).all():
        return shown
    # A log-normal value with a coefficient of variation c has a logarithm of variance log(1 + c²).
    scatter = np.log1p(variation**2) if trait["log"] else (variation * frame.number(feature.name)) ** 2
    scatter = np.where(np.isnan(scatter), np.nanmean(scatter), scatter)
    often = np.maximum(shown.exposure, 1.0)
    return replace(shown, squares=shown.total**2 / often + (often - 1.0) * scatter)


def _is_kept(prior: dict[str, float]) -> bool:
    """Whether a prior survives the rounding of frozen parameters, which takes very small numbers for none."""
    return all(abs(rounded(one) - one) <= 1e-3 * abs(one) for one in prior.values())


def _more(feature: Feature, project: Project) -> dict[str, Any]:
    """The longest time that is looked at; whether values count as logarithms, for want of a greatest one."""
    match feature.shows:
        case "rate":
            return {"longest": WINDOW_DAYS[project.period]}
        case "share":
            return {"longest": float(WINDOW_PERIODS)}
        case "level":
            return {"log": feature.minimum == 0 and feature.maximum is None}
        case _:
            return {}


def _same_luck(feature: Feature) -> str:
    """What chance makes of a feature together with others: who comes often by chance has short gaps, too, and
    dear orders are dear in all means of their amounts. "" for what is off by itself."""
    what = "times" if feature.shows in _OF_TIMES else "amounts" if feature.unit == _MONEY else ""
    return what and f"{what} of {' and '.join(sorted(feature.entities))}"


def observed(trait: dict[str, Any], name: str, frame: Frame) -> Observed:
    """What was observed of a trait."""
    values, counted = frame.number(name), frame.number(trait["count"])
    first = 1.0 if trait["opens"] else 0.0
    match trait["shows"]:
        case "rate":
            days = np.clip(counted, 1.0, trait["longest"])
            return Observed(np.maximum(np.round(values * days / _DAYS) - first, 0.0), days)
        case "share":
            periods = np.minimum(counted, trait["longest"])
            return Observed(
                np.maximum(np.round(values * periods) - first, 0.0), np.maximum(periods - first, 0.0)
            )
        case "gap":
            gaps = np.maximum(counted - 1.0, 0.0)
            return Observed(np.where(np.isnan(values), np.nan, gaps), values * gaps)
        case _:
            often = np.maximum(counted - first, 0.0)
            return Observed((np.log1p(values) if trait["log"] else values) * often, often)


def posterior(trait: dict[str, Any], name: str, frame: Frame) -> Posterior:
    """What is believed of a trait, in the units of its model."""
    shown, prior = observed(trait, name, frame), trait["prior"]
    if trait["shows"] == "gap":
        return rates.posterior_gap(prior, shown)
    known: Posterior = KINDS[trait["shows"]].posterior(prior, shown)
    return known


def in_units(trait: dict[str, Any], values: Floats) -> Floats:
    """``values`` of a model in the units of the feature."""
    if trait["shows"] == "rate":
        return values * _DAYS
    return np.expm1(values) if trait.get("log") else values


def believed(frame: Frame, traits: Traits) -> Frame:
    """``frame`` with what is believed in place of what was seen; what is unknown stays so."""
    if not traits:
        return frame
    numbers, anew = dict(frame.numbers), dict(frame.anew)
    for name, trait in traits.items():
        found = posterior(trait, name, frame)
        known = frame.known(name)

        def told(values: Floats, trait: dict[str, Any] = trait, known: Flags = known) -> Floats:
            return np.where(known, np.round(in_units(trait, values), DECIMALS), np.nan)

        middle, spread = found.anew()
        numbers[name] = told(found.mean)
        anew[name] = np.stack([told(middle + node * spread) for node in NODES])
    seen = {name: frame.numbers[name] for name in traits}
    luck = {
        name: (trait["same_luck"], -1 if trait["shows"] == "gap" else 1)
        for name, trait in traits.items()
        if "same_luck" in trait
    }
    return replace(frame, numbers=numbers, seen=frame.seen | seen, anew=anew, luck=frame.luck | luck)


def sample_believed(sample: Sample, traits: Traits) -> Sample:
    """``sample`` with what is believed, in both periods by the same priors."""
    before = sample.before
    return Sample(believed(sample.now, traits), None if before is None else believed(before, traits))


def weighed(traits: Traits, inputs: Sequence[tuple[str, float]], read: Collection[str]) -> Traits:
    """Those of ``traits`` that a version ``read``s, with their weights among the scheme's ``inputs``."""
    weights = dict(inputs)
    return {name: one | {"weight": weights.get(name, 0.0)} for name, one in traits.items() if name in read}


def information(frame: Frame, traits: Traits) -> Floats:
    """How much observations tell of the ``traits`` that are known of each customer, 0-1, by weight.

    1 where none is known: what has no count is known or not. ``frame`` has what was seen.
    """
    told, weights = np.zeros(len(frame)), np.zeros(len(frame))
    for name, trait in traits.items():
        known = np.where(frame.known(name), trait["weight"], 0.0)
        told += known * np.where(known > 0, posterior(trait, name, frame).evidence_share, 0.0)
        weights += known
    return np.where(weights > 0, told / np.where(weights > 0, weights, 1.0), 1.0)
