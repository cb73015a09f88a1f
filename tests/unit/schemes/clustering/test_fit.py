"""A fit finds kinds by what tells them apart, however widely that spreads because it does."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import adjusted_rand_score

from pipeline.models.frame import Frame, Sample
from pipeline.models.parameters import to_json
from pipeline.schemes.clustering import fit as fitting
from pipeline.schemes.kinds import clusters
from pipeline.settings import ClustersDocument, Project
from tests.conftest import shop_settings

SCHEME = "behaviour_clusters"
#: Tells the kinds apart; the others are the same for all.
FEATURES = ["recency_days", "orders_per_30_days_12p", "average_order_amount_12p", "lines_per_order_12p"]
KINDS = 4


@pytest.fixture(scope="module")
def project() -> Project:
    asked = {"scheme": SCHEME, "features": FEATURES, "bootstraps": 5}
    return Project(**shop_settings(schemes=[asked]), folder=Path())


def company(seed: int, apart: float, size: int = 2_000) -> tuple[Frame, np.ndarray]:
    """Customers of some kinds, ``apart`` standard deviations from each other in the first feature."""
    random = np.random.default_rng(seed)
    kind = np.arange(size) % KINDS
    values = 50 + random.normal(0, 1, (len(FEATURES), size))
    values[0] += kind * apart
    names = pa.array([f"c{at:04d}" for at in range(size)])
    return Frame(names, dict(zip(FEATURES, values, strict=True)), {}), kind


def fitted(project: Project, frame: Frame, champion=None):
    document = project.every_scheme[SCHEME]
    assert isinstance(document, ClustersDocument)
    return fitting.fit(document, Sample(frame, None), project, champion)


def test_kinds_that_one_feature_tells_apart_are_found_among_features_of_noise(project):
    frame, kind = company(11, apart=8.0)
    found = fitted(project, frame).parameters
    labels = clusters.score(SCHEME, found | {"leave_odds": 0.0}, frame).segment
    assert adjusted_rand_score(kind, labels) > 0.99
    # each by its spread within the kinds: 1.349 standard deviations
    assert [one["scale"] for one in found["scalings"]] == pytest.approx([1.35] * 4, rel=0.15)


def test_the_next_fit_keeps_kinds_and_scales_when_one_of_them_leaves(project):
    frame, kind = company(12, apart=8.0)
    champion = fitted(project, frame).parameters | {"leave_odds": 0.0}
    segment = clusters.score(SCHEME, champion, frame)
    stay = np.flatnonzero(kind != KINDS - 1)
    ids = pa.array([champion["segment_ids"][one] for one in segment.segment[stay]])
    left = frame.taken(kind != KINDS - 1)
    challenger = fitted(project, Frame(left.customer_id, left.numbers, {SCHEME: ids}), champion).parameters
    assert set(challenger["segment_ids"]) == set(ids.to_pylist())
    before, after = ([one["scale"] for one in each["scalings"]] for each in (champion, challenger))
    assert after == pytest.approx(before, rel=0.15)


def test_customers_of_one_kind_are_refused_and_the_gates_say_what_was_measured(project):
    frame, _ = company(13, apart=0.0)
    found = fitted(project, frame)
    assert found.parameters is None
    assert [gate.name for gate in found.gates if not gate.passed]
    assert to_json(found.notes["candidates"])


@pytest.mark.parametrize(("size", "looks"), [(300, 2), (1_000, 1)])
def test_only_a_small_company_is_looked_at_on_the_spread_of_all_as_well(project, monkeypatch, size, looks):
    turns, turn = [], fitting._turn
    monkeypatch.setattr(fitting, "_turn", lambda *given: turns.append(given) or turn(*given))
    frame, _ = company(13, apart=0.0, size=size)
    assert fitted(project, frame).parameters is None
    assert len(turns) == looks


def test_fewer_customers_than_would_show_the_kinds_are_told_apart_by_the_scales_of_the_last_fit(project):
    frame, kind = company(13, apart=8.0)
    champion = fitted(project, frame).parameters | {"leave_odds": 0.0}
    few = np.arange(len(kind)) < 100
    assert fitted(project, frame.taken(few)).parameters is None
    found = fitted(project, frame.taken(few), champion).parameters
    labels = clusters.score(SCHEME, found | {"leave_odds": 0.0}, frame).segment
    assert adjusted_rand_score(kind, labels) > 0.99
