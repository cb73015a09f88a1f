"""Confidence as the share of second looks: learned in a fit, frozen, and read in scoring."""

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest

from pipeline.features import FEATURES
from pipeline.models.frame import frame_of
from pipeline.models.parameters import from_json
from pipeline.schemes import serving
from pipeline.schemes.earned import EARNED, reads
from pipeline.segments import fit_versions
from tests.unit.schemes.drawn import drawn
from tests.unit.segments.synthetic import PERIOD, assigned, changed, shop_with, without

#: Those whose features differ from draw to draw here as they do in life.
SCHEMES = ("purchase_frequency", "purchasing_power", "rfm")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_with(tmp_path_factory.mktemp("shop"))


def seen(draw: int):
    """A draw whose recency is one of a customer's own gaps, and as long beside its rhythm."""
    table = drawn(3_000, seed=31, draw=draw)
    days, orders = (table[name].to_numpy() for name in ("tenure_days", "orders_count_12p"))
    waited = np.random.default_rng([32, draw]).exponential(1.0, len(days)) * days / orders
    recency = np.minimum(np.round(waited, 6), days)
    return changed(table, recency_days=recency, rhythm_silence_ratio=np.round(recency * orders / days, 6))


@pytest.fixture(scope="module")
def first():
    return seen(1)


@pytest.fixture(scope="module")
def versions(engine, first, shop):
    return fit_versions(engine.from_arrow(first), None, None, None, PERIOD, shop)


def parameters_of(versions) -> dict:
    return {row["scheme"]: from_json(row["parameters"]) for row in versions.to_pylist() if row["parameters"]}


def twice(first, versions, shop, scheme: str) -> pd.DataFrame:
    """Customers assigned in both draws: ``confidence`` of the first; whether the segment is the ``same``."""
    rows = [
        assigned(one, versions, shop).filter(pc.field("scheme") == scheme).to_pandas()
        for one in (first, seen(2))
    ]
    both = rows[0].merge(rows[1][["customer_id", "segment_id"]], on="customer_id", suffixes=("", "_again"))
    both = both.dropna(subset=["segment_id", "segment_id_again"])
    return both.assign(same=both["segment_id"] == both["segment_id_again"])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_confidence_is_the_share_that_is_the_same_in_a_second_draw(first, versions, shop, scheme):
    both = twice(first, versions, shop, scheme)
    fifth = pd.qcut(both["confidence"].rank(method="first"), 5, labels=False)
    off = both.groupby(fifth)["confidence"].mean() - both.groupby(fifth)["same"].mean()
    assert abs(both["confidence"].mean() - both["same"].mean()) < 0.05
    assert (off.abs() < 0.09).all(), off


def test_recency_is_not_taken_for_a_trait(first, versions, shop, monkeypatch):
    """A grid by itself takes the last silence as given; another draw does not give it again."""
    monkeypatch.setattr("pipeline.segments.assignments.is_earned", lambda parameters: True)
    alone = twice(first, without(versions, EARNED), shop, "rfm")
    both = twice(first, versions, shop, "rfm")
    assert alone["confidence"].mean() - alone["same"].mean() > 0.05
    assert abs(both["confidence"].mean() - both["same"].mean()) < 0.04


def test_memberships_of_each_customer_add_up_to_one(first, versions):
    for scheme, parameters in parameters_of(versions).items():
        frame = frame_of(first, serving.scoring_reads(scheme, parameters))
        memberships = serving.score(scheme, parameters, frame).memberships
        assert memberships.sum(axis=0) == pytest.approx(np.ones(len(frame))), scheme
        assert ((memberships >= 0) & (memberships <= 1)).all()


def test_the_runner_up_is_the_most_probable_of_the_other_segments(first, versions):
    for scheme, parameters in parameters_of(versions).items():
        scored = serving.score(scheme, parameters, frame_of(first, serving.scoring_reads(scheme, parameters)))
        some = np.flatnonzero(scored.segment >= 0)
        others = scored.memberships[:, some].copy()
        others[scored.segment[some], np.arange(len(some))] = -1
        assert scored.margin[some] == pytest.approx(scored.confidence[some] - others.max(axis=0), abs=2e-4)


def test_a_map_reads_nothing_that_narrows_a_person_down(engine, first, shop, versions):
    for parameters in parameters_of(versions).values():
        assert all(FEATURES[one].pii == "none" for one in reads(parameters) if one in FEATURES)


def test_the_same_customers_in_another_order_earn_the_same(engine, first, shop, versions):
    shuffled = first.take(np.random.default_rng(3).permutation(first.num_rows))
    again = fit_versions(engine.from_arrow(shuffled), None, None, None, PERIOD, shop)
    assert again["parameters"].to_pylist() == versions["parameters"].to_pylist()


LABEL = {"en": "Held", "zh": "持有"}
STANDS = {
    "scheme": "tenure", "kind": "tier", "label": LABEL, "score": [{"feature": "tenure_days", "weight": 1}],
    "borders": {"quantiles": [0.5]}, "segments": {"old": {"label": LABEL}, "young": {"label": LABEL}},
}  # fmt: skip
FACTS = {
    "scheme": "many", "kind": "rules", "label": LABEL, "thresholds": {"many": 5},
    "evidence": ["orders_count_12p"], "needs": ["orders_count_12p"],
    "rules": [
        {"segment": "many", "fact": True, "when": {"feature": "orders_count_12p", "at_least": "many"},
         "reasons": ["orders_count_12p"]},
        {"segment": "few", "fact": True, "reasons": ["orders_count_12p"]},
    ],
    "segments": {"many": {"label": LABEL}, "few": {"label": LABEL}},
}  # fmt: skip


@pytest.mark.parametrize("document", [STANDS, FACTS], ids=["what stands in a second look", "facts"])
def test_a_scheme_states_no_confidence_where_second_looks_have_no_say(engine, first, document, tmp_path):
    project = shop_with(tmp_path, document)
    fitted = fit_versions(engine.from_arrow(first), None, None, None, PERIOD, project)
    rows = assigned(first, fitted, project)
    of_scheme = rows.filter(pc.field("scheme") == document["scheme"])
    assert of_scheme["segment_id"].null_count == 0
    assert of_scheme["confidence"].null_count == of_scheme["margin"].null_count == first.num_rows
    others = rows.filter((pc.field("scheme") == "purchase_frequency") & pc.field("segment_id").is_valid())
    assert others["confidence"].null_count == 0 < others.num_rows
