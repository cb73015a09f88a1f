"""A scheme of any kind: whether it applies, what it reads, how it is fitted, how it scores.

Belongs here: what all kinds have in common, evidence above all. Does not belong here: any kind
(``kinds``), or versions and assignments (``segments``).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats, Frame, Integers, Sample
from pipeline.models.parameters import rounded, to_json
from pipeline.models.rolling import Origin
from pipeline.models.rounding import told
from pipeline.schemes import earned, leaving
from pipeline.schemes.forecasted import (
    Forecasts,
    behind,
    behind_frozen,
    is_plain,
    named_in,
    sample_with_forecasts,
    with_forecasts,
)
from pipeline.schemes.kind import Kind, Parameters
from pipeline.schemes.kinds import KINDS
from pipeline.schemes.least_evidence import held_back, observed_share, with_enough
from pipeline.schemes.remembered import ASKED
from pipeline.schemes.scored import Scored, evidence
from pipeline.schemes.second_look import SecondLooks
from pipeline.schemes.teaching.lessons import Lessons
from pipeline.schemes.traits import (
    Traits,
    behind_amounts,
    behind_frozen_traits,
    behind_traits,
    believed,
    information,
    sample_believed,
    weighed,
)
from pipeline.settings import Project, Scheme
from pipeline.tables import fields


def kind_of(scheme: Scheme) -> Kind:
    """The kind that serves ``scheme``."""
    return KINDS[scheme.kind]


def is_applicable(scheme: Scheme, project: Project) -> bool:
    """Whether the project wants the scheme, and its sources give what it needs."""
    givable = project.givable_to_schemes
    is_given = set(scheme.needs_features) <= givable
    return project.is_in_use(scheme) and is_given and kind_of(scheme).is_possible(scheme, givable)


def founding(scheme: Scheme, forecasts: Forecasts) -> Forecasts:
    """Those of ``forecasts`` that the scheme may rest on."""
    if not scheme.beats_plain_ways:
        return forecasts
    return {name: one for name, one in forecasts.items() if not is_plain(name, one)}


def least_evidence(scheme: Scheme, project: Project) -> dict[str, int]:
    """Count features with their least numbers; none that the sources cannot give."""
    givable = project.givable_to_schemes
    return {name: least for name, least in scheme.least_evidence.items() if name in givable}


def reads(scheme: Scheme, project: Project) -> list[str]:
    """Features that a fit of the scheme reads, and its evidence where nothing is fitted."""
    named = _named(scheme, project)
    known = behind_traits(named, project) if kind_of(scheme).believes else named
    return [*behind(known), *behind_amounts(named, project), *least_evidence(scheme, project)]


def traits_of(scheme: Scheme, project: Project) -> list[str]:
    """Features whose traits a fit of the scheme reads."""
    return _named(scheme, project) if kind_of(scheme).believes else []


def _named(scheme: Scheme, project: Project) -> list[str]:
    """Features and forecasts that a fit of the scheme reads."""
    return kind_of(scheme).reads(scheme, project.givable_to_schemes)


def scoring_reads(scheme: Scheme, parameters: Parameters) -> list[str]:
    """Features that scoring with frozen ``parameters`` reads, behind forecasts, too."""
    named = KINDS[parameters["kind"]].scoring_reads(parameters)
    named += behind_frozen_traits(frozen_traits(parameters))
    named += earned.reads(parameters)
    return [*behind_frozen(dict.fromkeys(named), frozen_forecasts(parameters)), *parameters["least_evidence"]]


def deciding_reads(parameters: Parameters) -> list[str]:
    """Features that tell what customers are like, behind forecasts, too; those that only count how much was
    observed of them are left out."""
    named = KINDS[parameters["kind"]].scoring_reads(parameters)
    return behind_frozen(dict.fromkeys(named), frozen_forecasts(parameters))


def frozen_forecasts(parameters: Parameters) -> Forecasts:
    """Parameters of the forecasts that a version reads, by name."""
    found: Forecasts = parameters.get("forecasts", {})
    return found


def frozen_traits(parameters: Parameters) -> Traits:
    """Priors of the traits that a version reads, by feature; none in a version of before there were any."""
    found: Traits = parameters.get("traits", {})
    return found


def fit(
    scheme: Scheme,
    sample: Sample,
    project: Project,
    champion: Parameters | None,
    forecasts: Forecasts,
    traits: Traits,
    looks: SecondLooks | None = None,
    lessons: Sequence[Origin] = (),
) -> Fit:
    """Fit ``scheme`` on the customers of ``sample`` with its least evidence, which is frozen with it.

    A kind that learns nothing from customers counts all of them. ``forecasts`` are those in force, ``traits``
    the priors of this fit: those that the scheme reads are frozen with it, too. ``looks`` at the customers of
    ``sample`` again earn its confidence. ``lessons`` are what labels teach, of a taught scheme.
    """
    kind, least = kind_of(scheme), least_evidence(scheme, project)
    mine = {name: traits[name] for name in traits_of(scheme, project) if name in traits}
    forecasts = founding(scheme, forecasts)
    known = sample_with_forecasts(sample, _named(scheme, project), forecasts)
    known = sample_believed(known, mine)
    known = with_enough(known, least) if kind.learns else known
    found = kind.fit(scheme, Lessons(known.now, known.before, lessons), project, champion)
    if found.parameters is None:
        return found
    frozen: Parameters = {"kind": kind.name, "least_evidence": least, "facts": scheme.facts()}
    frozen["leave_odds"] = project.segments.leave_odds
    frozen["definition"] = _definition(scheme, project, found.parameters)
    reads = kind.scoring_reads(found.parameters)
    frozen["traits"] = weighed(mine, kind.inputs(scheme, project.givable_to_schemes), reads)
    if read := named_in(reads):
        frozen["forecasts"] = {name: forecasts[name] for name in read if name in forecasts}
    parameters = found.parameters | frozen
    if looks is not None and (learned := _earned(scheme, parameters, sample, looks, project)):
        parameters[earned.EARNED] = learned
    if looks is not None and (asked := _asked(scheme, parameters, sample, looks)):
        parameters[ASKED] = asked
    return replace(found, parameters=parameters)


def _definition(scheme: Scheme, project: Project, parameters: Parameters) -> str:
    """A digest of all that is said of the scheme, and nothing that is fitted: what it is made of."""
    said = scheme.model_dump(mode="json", by_alias=True, exclude={*scheme.__texts__, "segments"})
    settings = project.segments
    more = [settings.leave_odds, settings.min_evidence_share, least_evidence(scheme, project)]
    reads = [list(scheme.segments), sorted(kind_of(scheme).scoring_reads(parameters))]
    return hashlib.sha256(to_json([said, more, reads]).encode()).hexdigest()[:16]


def _earned(
    scheme: Scheme, parameters: Parameters, sample: Sample, looks: SecondLooks, project: Project
) -> Parameters | None:
    """What sets the confidence of a version right; none where all that it says was written down."""
    facts = set(scheme.facts())
    if facts and facts == {scheme.segment_id(one) for one in scheme.segments}:
        return None
    first = looks.of_sample(sample.now)
    read = [*kind_of(scheme).scoring_reads(parameters), *behind_frozen_traits(frozen_traits(parameters))]
    read += parameters["least_evidence"]
    features = {name: project.readable[name] for name in dict.fromkeys(read)}
    open_ = [name for name, one in features.items() if one.pii == "none" and not one.is_text]

    def scoring(frame: Frame) -> tuple[Integers, Floats]:
        scored = score(scheme.name, parameters, frame)
        return scored.segment, scored.memberships

    fewest = project.segments.min_customers_to_fit
    counted = next((one for one in parameters["least_evidence"] if one in open_), "")
    seen = behind_frozen(features, frozen_forecasts(parameters))
    return earned.fit(first, _as_read(parameters, first), looks, seen, open_, counted, scoring, fewest)


def _asked(
    scheme: Scheme, parameters: Parameters, sample: Sample, looks: SecondLooks
) -> list[list[float]] | None:
    """How much evidence each segment of a version asks of who leaves it for another one (``leaving``); none
    of a kind that keeps no segment on evidence."""
    found = []
    for frame in (looks.of_sample(sample.now), *looks.looks):
        scored = score(scheme.name, parameters, frame)
        if scored.against is None:
            return None
        found.append(leaving.Look(scored.segment, scored.against))
    asked: list[list[float]] | None = rounded(leaving.asked(found, parameters["leave_odds"]))
    return asked


def _as_read(parameters: Parameters, frame: Frame) -> Frame:
    """``frame`` as the kind of a version reads it: with forecasts, and what is believed."""
    kind = KINDS[parameters["kind"]]
    known = with_forecasts(frame, kind.scoring_reads(parameters), frozen_forecasts(parameters))
    return believed(known, frozen_traits(parameters))


def score(scheme: str, parameters: Parameters, frame: Frame) -> Scored:
    """Score the customers of ``frame`` with frozen ``parameters`` alone; nothing is fitted (law L7).

    Customers with less than the frozen least evidence are assigned to no segment, unless it rests
    on dates alone.
    """
    observed = observed_share(frame, parameters["least_evidence"])
    kind = KINDS[parameters["kind"]]
    known = with_forecasts(frame, kind.scoring_reads(parameters), frozen_forecasts(parameters))
    traits = frozen_traits(parameters)
    scored = kind.score(scheme, parameters, believed(known, traits))
    told_by = scored.evidence_share * information(known, traits)
    return held_back(replace(scored, evidence_share=told_by), observed, parameters["facts"])


def unscored_evidence(scheme: Scheme, project: Project, frame: Frame) -> Floats:
    """Evidence share of each customer where no version is in force."""
    whole = with_forecasts(frame, _named(scheme, project), {})
    known = evidence(whole, kind_of(scheme).inputs(scheme, project.givable_to_schemes))
    observed = observed_share(frame, least_evidence(scheme, project))
    return told(np.minimum(known, observed), fields.evidence_share)
