"""Laws L7, L8 and L11 of every built-in scheme: on made-up values of all that it reads.

A company that has every source has every scheme; what its customers are like is drawn at random here, for
these laws hold whatever it is.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.models.frame import Frame, Sample, code_of
from pipeline.schemes import serving
from pipeline.schemes.scored import Scored
from pipeline.schemes.traits import fit_traits
from pipeline.segments.challengers import Champion, beside
from pipeline.settings import BUILT_IN, Project, load_project
from pipeline.simulate import Plan, simulate

SIZE = 240
#: Forecasts must earn their name before a scheme may read them, and clusters must lie apart: neither is so of
#: values drawn at random.
UNFITTED = {"churn_risk", "purchase_potential", "behaviour_clusters"}
#: The simulated company has no table of places.
PLACES = {"geographic", "market_product", "value_geography"}
SCHEMES = sorted(set(BUILT_IN) - UNFITTED - PLACES)
QUIETLY = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A company with every source."""
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "company", Plan(60, 2, 1), folder / "truth")
    return load_project(folder / "company")


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
    for name, least in serving.least_evidence(document, project).items():
        numbers[name] = least + 1.0 + random.integers(0, 20, size)
    return Frame(pa.array([f"c{at:04d}" for at in range(size)]), numbers, {})


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
    return serving.fit(document, sample, project, champion, {}, traits)


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
    assert kept.parameters == fit.parameters


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
