"""True segments of persons: the words of the schemes, said of what persons are like."""

import pandas as pd
import pytest

from pipeline.settings import BUILT_IN
from pipeline.simulate import Plan
from pipeline.simulate.digital import USES
from pipeline.simulate.true_segments import segments_table
from pipeline.simulate.true_traits import open_accounts
from pipeline.simulate.world import World, factor, world

PLAN = Plan(400, 12, 77)


@pytest.fixture(scope="module")
def company() -> World:
    return world(PLAN)


@pytest.fixture(scope="module")
def truth(company: World) -> pd.DataFrame:
    return segments_table(company).to_pandas()


def of(truth: pd.DataFrame, scheme: str) -> pd.Series:
    return truth[truth["scheme"] == scheme].set_index("person_id")["segment"]


def test_every_truth_is_a_segment_of_its_scheme_and_each_person_has_one(truth):
    for scheme, some in truth.groupby("scheme"):
        assert set(some["segment"]) <= set(BUILT_IN[scheme].segments)
        assert some["person_id"].is_unique
    assert set(truth["period"]) == {PLAN.keys[-1]}


def test_every_segment_is_somebodys(truth):
    """A truth that never occurs would test nothing."""
    for scheme in ("customer_type", "relationship", "price_tier", "usage_style", "sales_readiness"):
        assert set(of(truth, scheme)) == set(BUILT_IN[scheme].segments)


def test_risk_and_wealth_are_those_of_the_traits_of_holders(company, truth):
    number = of(truth, "risk_appetite").index.str.removeprefix("person").astype(int)
    assert company.traits.is_holder[number].all()
    risk = pd.Series(company.traits.risk[number], of(truth, "risk_appetite").index)
    bounds = risk.groupby(of(truth, "risk_appetite")).agg(["min", "max"])
    assert bounds.loc["steady", "max"] < 1 / 3 <= bounds.loc["growth", "min"]
    assert bounds.loc["growth", "max"] < 2 / 3 <= bounds.loc["aggressive", "min"]
    assert 0.05 < (of(truth, "wealth") == "high_net_worth").mean() < 0.15


def test_who_returns_much_is_a_problem_and_who_is_a_premium_regular_of_value(company, truth):
    last = pd.Series(company.archetypes.names(PLAN.periods - 1)).rename(lambda at: f"person{at}")

    def shares(scheme: str) -> pd.DataFrame:
        segments = of(truth, scheme)
        return pd.crosstab(last.reindex(segments.index), segments, normalize="index")

    kinds = shares("customer_type")
    assert kinds["problem"].idxmax() == "problem_returner"
    assert kinds["value"].idxmax() == "loyal_premium"
    assert shares("price_tier")["premium"].idxmax() == "loyal_premium"


def test_quantiles_are_of_whom_enough_is_seen(company, truth):
    """A quarter of those who use the service enough to be told apart uses much data, as the scheme says."""
    months = range(PLAN.periods)
    uses = sum(factor(company, "usage", at) * USES * open_accounts(company, "app", at) for at in months)
    segments = of(truth, "usage_style")
    seen = uses[segments.index.str.removeprefix("person").astype(int)] >= 8
    assert 0.15 < segments[seen].isin(["data_heavy", "high_end"]).mean() < 0.35


def test_another_draw_of_the_same_persons_has_the_same_truth_but_for_what_was_written_down(truth):
    again = segments_table(world(Plan(400, 12, 77, draw=1))).to_pandas()
    for scheme in ("relationship", "price_tier", "risk_appetite", "wealth", "usage_style"):
        assert of(again, scheme).equals(of(truth, scheme))
    assert not of(again, "sales_readiness").equals(of(truth, "sales_readiness"))
