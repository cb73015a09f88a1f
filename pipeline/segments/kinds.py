"""The kinds of scheme behind one face: applicable, inputs, fit, score.

Belongs here: which module serves which scheme. Does not belong here: any rule of a scheme.
"""

from dataclasses import replace
from typing import Any

from pipeline.segments import clusters, lifecycle, rfm, tiers
from pipeline.segments.fitting import Fit
from pipeline.segments.frame import Frame, Sample
from pipeline.segments.least_evidence import held_back, least_evidence, observed_share, with_enough
from pipeline.segments.scored import Scored
from pipeline.settings import Project
from pipeline.tables.schemes import SCHEMES, SchemeLabel

DISCOVERED = tuple(one.name for one in SCHEMES if one.kind == "discovered")


def is_applicable(scheme: SchemeLabel, project: Project) -> bool:
    """Whether the project wants the scheme and has the entities it needs."""
    if scheme.name not in project.segments.schemes:
        return False
    match scheme.kind:
        case "tier":
            return tiers.is_applicable(scheme.name, project)
        case "grid":
            return rfm.is_applicable(project)
        case "rules":
            return lifecycle.is_applicable(project)
        case _:
            return clusters.is_applicable(project)


def inputs(scheme: SchemeLabel, project: Project) -> list[tuple[str, float]]:
    """Features whose being known is the scheme's evidence, with weights."""
    match scheme.kind:
        case "tier":
            return tiers.inputs(scheme.name, project)
        case "grid":
            return rfm.inputs()
        case "rules":
            return lifecycle.inputs()
        case _:
            return clusters.inputs(project)


def columns(scheme: SchemeLabel, project: Project) -> list[str]:
    """Features a fit of the scheme reads."""
    least = least_evidence(scheme.name, project)
    if scheme.kind == "rules":
        return [*lifecycle.COLUMNS, *least]
    return [*(feature for feature, _ in inputs(scheme, project)), *least]


def columns_of(scheme: SchemeLabel, parameters: dict[str, Any]) -> list[str]:
    """Features that scoring with ``parameters`` reads."""
    return [*_scored_columns(scheme, parameters), *_least_of(parameters)]


def _least_of(parameters: dict[str, Any]) -> dict[str, int]:
    """The least evidence frozen with a version; one fitted before it was declared asked for none."""
    least: dict[str, int] = parameters.get("least_evidence", {})
    return least


def _scored_columns(scheme: SchemeLabel, parameters: dict[str, Any]) -> list[str]:
    match scheme.kind:
        case "tier":
            return [one["feature"] for one in parameters["components"]]
        case "grid":
            return list(rfm.AXES)
        case "rules":
            return list(lifecycle.COLUMNS)
        case _:
            return list(parameters["evidence"])


def fit(scheme: SchemeLabel, sample: Sample, project: Project, champion: dict[str, Any] | None) -> Fit:
    """Fit ``scheme`` on the customers of ``sample`` with its least evidence, which is frozen with it.

    Rules learn nothing from customers, so they count all of them. Discovered schemes start from
    the ``champion``'s parameters.
    """
    least = least_evidence(scheme.name, project)
    read = sample if scheme.kind == "rules" else with_enough(sample, least)
    found = _fitted(scheme, read, project, champion)
    if found.parameters is None:
        return found
    return replace(found, parameters=found.parameters | {"least_evidence": least})


def _fitted(scheme: SchemeLabel, sample: Sample, project: Project, champion: dict[str, Any] | None) -> Fit:
    match scheme.kind:
        case "tier":
            return tiers.fit(scheme.name, sample, project)
        case "grid":
            return rfm.fit(sample, project)
        case "rules":
            return lifecycle.fit(sample, project)
        case _:
            from pipeline.segments import clusters_fit  # scikit-learn: only a fit pays for it

            return clusters_fit.fit(sample, project, champion)


def score(scheme: SchemeLabel, parameters: dict[str, Any], frame: Frame) -> Scored:
    """Score the customers of ``frame`` with frozen ``parameters``; nothing is fitted (law L7).

    Customers with less than the frozen least evidence are assigned to no segment, unless it rests
    on dates alone.
    """
    observed = observed_share(frame, _least_of(parameters))
    facts = lifecycle.FACTS if scheme.kind == "rules" else ()
    return held_back(_scored(scheme, parameters, frame), observed, facts)


def _scored(scheme: SchemeLabel, parameters: dict[str, Any], frame: Frame) -> Scored:
    match scheme.kind:
        case "tier":
            return tiers.score(scheme.name, parameters, frame)
        case "grid":
            return rfm.score(parameters, frame)
        case "rules":
            return lifecycle.score(parameters, frame)
        case _:
            return clusters.score(parameters, frame)
