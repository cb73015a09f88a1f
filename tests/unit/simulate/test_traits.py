"""Traits of persons: they drive what is observed, the truth has them, and another draw keeps them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from pipeline.simulate import Plan, simulate
from pipeline.simulate.archetypes import archetype_events, drift_events, season
from pipeline.simulate.orders import lines
from pipeline.simulate.sales import holdings
from pipeline.simulate.service import surveys
from pipeline.simulate.traits import CHANNELS, SHIFTS, VALUES
from pipeline.simulate.true_traits import traits_table
from pipeline.simulate.world import World, factor, world

STEADY = Plan(customers=600, periods=6, seed=5, is_stationary=True)


@pytest.fixture(scope="module")
def steady() -> World:
    return world(STEADY)


def _by_person(of: World, account: np.ndarray, values: np.ndarray) -> pd.Series:
    person = [f"person{one}" for one in of.accounts.person[account]]
    return pd.Series(values).groupby(person).mean()


def _seen(of: World, read) -> pd.Series:
    """A mean by person over all periods of what ``read`` finds in one: accounts and values."""
    found = [read(period) for period in range(of.plan.periods)]
    account, values = (np.concatenate(one) for one in zip(*found, strict=True))
    return _by_person(of, account, values.astype(float))


def test_lines_are_reduced_as_often_as_the_truth_says(steady: World):
    def reduced(period: int):
        one = lines(steady, "shop", period)
        return one.account, (one.discount > 0)[: len(one.account)]

    truth = traits_table(steady).to_pandas().groupby("person_id")["discounted_probability"].mean()
    seen = _seen(steady, reduced)
    true = truth[seen.index]
    assert spearmanr(seen, true).statistic > 0.5
    assert abs(seen.mean() - true.mean()) < 0.03


def test_orders_come_through_the_channels_that_their_persons_prefer(steady: World):
    def in_store(period: int):
        one = lines(steady, "shop", period)
        return one.account, one.channel == "store"

    seen = _seen(steady, in_store)
    store = [one.kind for one in CHANNELS["shop"]].index("store")
    own = pd.Series(steady.traits.channels["shop"][:, store]).rename("person{}".format)
    assert spearmanr(seen, own[seen.index]).statistic > 0.6
    assert abs(seen.mean() - own[seen.index].mean()) < 0.05


def test_answers_about_values_lie_about_the_persons_values(large: World):
    frame = surveys(large, 3)
    of_values = np.isin(frame["Question"].astype(str), VALUES)
    assert of_values.sum() > 200
    account = dict(zip(large.accounts.id.tolist(), range(large.accounts.count), strict=True))
    person = large.accounts.person[[account[one] for one in frame["Customer"][of_values]]]
    which = [VALUES.index(one) for one in frame["Question"][of_values]]
    own, said = large.traits.values[person, which], frame["Score"][of_values].astype(float)
    assert 0.78 < np.corrcoef(own, said)[0, 1] < 0.90  # an answer tells .71 of the variance


def test_holdings_take_the_risk_that_their_persons_take(large: World):
    frame = holdings(large, 4)
    rows = pd.DataFrame(
        {
            "account": frame["customer"],
            "balance": frame["balance"].astype(float),
            "risk": [{"low": 0.0, "medium": 0.5, "high": 1.0}[one] for one in frame["risk"]],
        }
    )[frame["owed"] == "no"]
    number = dict(zip(large.accounts.id.tolist(), large.accounts.person.tolist(), strict=True))
    rows["part"] = rows["balance"] * rows["risk"]
    sums = rows.groupby("account")[["part", "balance"]].sum()
    taken, own = sums["part"] / sums["balance"], large.traits.risk[[number[one] for one in sums.index]]
    assert spearmanr(taken, own).statistic > 0.75
    assert abs(float(np.mean(taken - own))) < 0.02
    assert set(frame["owed"]) == {"yes", "no"}


def test_traits_shift_habits_and_leave_nothing_where_there_was_nothing(large: World):
    for habit, (trait, _, size) in SHIFTS.items():
        of_archetype, own = large.archetypes.habit(habit, 0), factor(large, habit, 0)
        assert (own[of_archetype == 0] == 0).all()
        lives = of_archetype > 0
        more = (large.traits.own[trait] * size > 0)[lives]
        assert (own[lives][more] >= of_archetype[lives][more]).all()
        assert (own[lives][~more] <= of_archetype[lives][~more]).all()
    assert factor(large, "satisfaction", 0).max() <= 5
    assert factor(large, "discounted", 0).max() < 1


def test_the_truth_has_a_row_a_person_and_period_from_its_first_account_on(large: World):
    table = traits_table(large).to_pandas()
    assert not table.duplicated(["person_id", "period"]).any()
    assert len(table) == int((large.archetypes.of >= 0).sum())
    shares = table.filter(like="_orders_share").sum(axis=1, skipna=False).dropna()
    assert len(shares) > 0.8 * len(table)
    assert np.allclose(shares, 1)


def test_in_a_stationary_company_nothing_changes(steady: World):
    table = traits_table(steady).to_pandas()
    table = table.drop(
        columns=[one for one in table if "_orders" in one or one.startswith(("orders", "coupon"))]
    )
    constant = table.drop(columns="period").groupby("person_id").nunique(dropna=False)
    assert (constant == 1).all().all()
    assert not archetype_events(STEADY)
    assert not drift_events(STEADY)
    assert {season(STEADY, one) for one in range(6)} == {1.0}
    assert "new" not in {one for period in range(6) for one in steady.archetypes.names(period)}
    # who comes to an app or a shop of ours anew changes: all accounts of a person are of one period
    opened = pd.Series(steady.accounts.created_period[~steady.accounts.is_planted])
    assert (opened.groupby(steady.accounts.person[~steady.accounts.is_planted]).nunique() == 1).all()


def test_another_draw_keeps_persons_accounts_traits_and_changes_what_happened(tmp_path: Path):
    first, second = Plan(80, 3, 2, is_stationary=True), Plan(80, 3, 2, is_stationary=True, draw=1)
    for name, plan in {"a": first, "b": second}.items():
        simulate(tmp_path / name, plan, tmp_path / f"{name}-truth")
    for one in ("accounts", "persons", "traits", "archetypes", "identity_events"):
        truths = [(tmp_path / f"{name}-truth" / f"{one}.parquet").read_bytes() for name in "ab"]
        assert truths[0] == truths[1], one
    for one in ("shop/accounts.csv", "shop/catalogue.parquet"):
        assert (tmp_path / "a" / one).read_bytes() == (tmp_path / "b" / one).read_bytes()
    for one in ("shop/orders_2024-02.csv", "bank/balances_2024-03.csv", "desk/tickets_2024-02.jsonl"):
        assert (tmp_path / "a" / one).read_bytes() != (tmp_path / "b" / one).read_bytes()


def test_orders_amount_to_what_the_truth_says(steady: World):
    """In the shop, before discounts; in euros, as prices of the first period stay."""

    def amount(period: int):
        one = lines(steady, "shop", period)
        bought = (~one.is_return.astype(bool)) & (one.currency == "EUR")
        sums = pd.DataFrame({"order": one.order[bought], "account": one.account[bought]})
        sums["amount"] = (one.list_price * one.quantity)[bought]
        orders = sums.groupby("order").agg({"account": "first", "amount": "sum"})
        return orders["account"].to_numpy(), orders["amount"].to_numpy()

    truth = traits_table(steady).to_pandas().groupby("person_id")["order_amount_level"].mean()
    seen = _seen(steady, amount)
    ratio = (seen / truth[seen.index]).mean()
    assert 0.93 < ratio < 1.07
    assert spearmanr(seen, truth[seen.index]).statistic > 0.6
