"""Laws L7, L8 and L11 of every built-in scheme: on made-up values of all that it reads.

A company that has every source has every scheme; what its customers are like is drawn at random here, for
these laws hold whatever it is.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.models.frame import Frame, Sample, code_of
from pipeline.models.parameters import from_json
from pipeline.schemes import serving
from pipeline.schemes.scored import Scored
from pipeline.schemes.traits import fit_traits
from pipeline.segments.challengers import Champion, beside
from pipeline.settings import BUILT_IN, Project, load_project
from pipeline.simulate import Plan, simulate
from tests.unit.segments.synthetic import forecast_versions

SIZE = 240
#: A segment rests on a forecast; one that is in force is made up, on features that are drawn like all others.
FORECASTS = {row["forecast"]: from_json(row["parameters"]) for row in forecast_versions().to_pylist()}
#: Clusters must lie apart to be found: these customers are of a few kinds, and fits take few bootstraps.
CLUSTERS, KINDS = "behaviour_clusters", 3
QUICK = {"bootstraps": 3, "k_max": 4}
SCHEMES = sorted(BUILT_IN)
QUIETLY = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A company with every source, whose profiles say what kind of place customers live in."""
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "company", Plan(60, 2, 1), folder / "truth")
    file = folder / "company" / "project.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["sources"]["crm"]["columns"]["settlement"] = "town"
    settings["publish"] = {"attributes": ["settlement"]}  # else schemes of places are not there (law L6)
    settings["schemes"] = [*settings.get("schemes", ()), {"scheme": CLUSTERS, **QUICK}]
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return load_project(folder / "company")


def test_the_company_can_have_every_scheme(company: Project) -> None:
    assert [one for one in SCHEMES if not serving.is_applicable(company.every_scheme[one], company)] == []


def customers(scheme: str, project: Project, seed: int, size: int = SIZE) -> Frame:
    """Customers with values at random of all that a scheme reads, and more than its least evidence."""
    random, document = np.random.default_rng(seed), project.every_scheme[scheme]
    texts = _texts(document.model_dump(mode="json", by_alias=True))
    numbers = {}
    for name in serving.reads(document, project):
        one = project.readable[name]
        if one.is_text:
            numbers[name] = np.array([code_of(str(text)) for text in random.choice([*texts, "other"], size)])
        elif str(one.type) == "bool":
            numbers[name] = (random.random(size) < 0.5).astype(float)
        elif one.bounds is not None:
            numbers[name] = one.bounds[0] + random.random(size) * (one.bounds[1] - one.bounds[0])
        elif not pa.types.is_floating(one.type):
            numbers[name] = random.integers(0, 30, size).astype(float)
        else:
            numbers[name] = np.round(random.lognormal(1, 1, size), 6)
    if scheme == CLUSTERS:
        numbers = _of_few_kinds(numbers, random)
    for name, least in serving.least_evidence(document, project).items():
        numbers[name] = least + 1.0 + random.integers(0, 20, size)
    return Frame(pa.array([f"c{at:04d}" for at in range(size)]), numbers, {})


def _of_few_kinds(numbers: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """What some customers are like, and others nearly: the first are the middles of kinds."""
    kind = np.arange(len(next(iter(numbers.values())))) % KINDS
    noise = {name: random.normal(0, 0.02, len(kind)) for name in numbers}
    return {name: np.abs(values[:KINDS][kind] * (1 + noise[name])) for name, values in numbers.items()}


def _texts(said: Any) -> list[str]:
    """What conditions and axes name."""
    if isinstance(said, dict):
        found = [one for name in ("one_of",) for one in said.get(name) or ()]
        found += [one for some in said.get("categories") or () for one in some]
        return found + [one for value in said.values() for one in _texts(value)]
    return [one for value in said for one in _texts(value)] if isinstance(said, list) else []


def fitted(scheme: str, project: Project, frame: Frame, champion: dict[str, Any] | None = None):
    document, sample = project.every_scheme[scheme], Sample(frame, None)
    traits = fit_traits(serving.traits_of(document, project), frame, project)
    return serving.fit(document, sample, project, champion, FORECASTS, traits)


def among(frame: Frame, scheme: str, scored: Scored) -> Frame:
    """The same customers a period later, who were where they were."""
    ids = [*scored.segment_ids, None]
    before = {scheme: pa.array([ids[one] for one in scored.segment.tolist()], pa.string())}
    return Frame(frame.customer_id, frame.numbers, before)


@QUIETLY
@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_refit_on_the_same_customers_moves_nobody_and_so_does_no_further_period(
    scheme: str, seed: int, company: Project
) -> None:
    frame = customers(scheme, company, seed)
    fit = fitted(scheme, company, frame)
    assert fit.parameters is not None, fit.gates
    first = serving.score(scheme, fit.parameters, frame)
    assert (first.segment >= 0).any()
    later = among(frame, scheme, first)
    assert (serving.score(scheme, fit.parameters, later).segment == first.segment).all()
    champion = Champion(fit.parameters, fit.customers, is_provisional=False)
    again = fitted(scheme, company, later, fit.parameters)
    kept = beside(company.every_scheme[scheme], again, champion, Sample(later, None), company)
    assert kept.parameters is not None
    assert kept.parameters == fit.parameters or scheme == CLUSTERS  # centres are refined, and nobody moves
    last = serving.score(scheme, kept.parameters, later)
    assert last.segment_ids == first.segment_ids
    assert (last.segment == first.segment).all()


@QUIETLY
@given(seed=st.integers(0, 10_000), others=st.integers(0, 10_000))
@pytest.mark.parametrize("scheme", SCHEMES)
def test_nobody_moves_because_others_are_others(
    scheme: str, seed: int, others: int, company: Project
) -> None:
    frame = customers(scheme, company, seed)
    parameters = fitted(scheme, company, frame).parameters
    assert parameters is not None
    whole = serving.score(scheme, parameters, frame)
    mine, strangers = np.arange(SIZE) < 40, customers(scheme, company, others)
    mixed = {
        name: np.concatenate([strangers.numbers[name][:60], values[mine]])
        for name, values in frame.numbers.items()
    }
    together = serving.score(scheme, parameters, Frame(pa.array(["x"] * 100), mixed, {}))
    assert (together.segment[60:] == whole.segment[mine]).all()
    assert np.array_equal(together.confidence[60:], whole.confidence[mine], equal_nan=True)


@QUIETLY
@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize("scheme", SCHEMES)
def test_of_whom_nothing_is_known_nothing_is_said(scheme: str, seed: int, company: Project) -> None:
    parameters = fitted(scheme, company, customers(scheme, company, seed)).parameters
    assert parameters is not None
    nothing = {name: np.full(5, np.nan) for name in serving.reads(company.every_scheme[scheme], company)}
    scored = serving.score(scheme, parameters, Frame(pa.array(["n"] * 5), nothing, {}))
    assert (scored.segment < 0).all()
    assert np.isnan(scored.confidence).all()
    assert (scored.evidence_share == 0).all()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_the_sources_that_it_reads_it_is_not_applicable(scheme: str, company: Project) -> None:
    document = company.every_scheme[scheme]
    assert serving.is_applicable(document, company)
    read = {one for name in serving.reads(document, company) for one in company.readable[name].entities}
    others = {name: one for name, one in company.sources.items() if one.entity not in read}
    assert len(others) < len(company.sources)
    assert not serving.is_applicable(document, company.model_copy(update={"sources": others}))


@QUIETLY
@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize("scheme", [one for one in SCHEMES if BUILT_IN[one].least_evidence])
def test_of_whom_too_little_was_seen_nothing_is_said_but_facts(
    scheme: str, seed: int, company: Project
) -> None:
    frame = customers(scheme, company, seed)
    parameters = fitted(scheme, company, frame).parameters
    assert parameters is not None
    least = serving.least_evidence(company.every_scheme[scheme], company)
    fewer = {name: np.full(len(frame), one - 1.0) for name, one in least.items()}
    scored = serving.score(scheme, parameters, Frame(frame.customer_id, frame.numbers | fewer, {}))
    facts = [scored.segment_ids.index(one) for one in parameters["facts"]]
    is_held_back = ~np.isin(scored.segment, facts)
    assert (scored.segment[is_held_back] < 0).all()
    assert np.isnan(scored.confidence[scored.segment < 0]).all()
