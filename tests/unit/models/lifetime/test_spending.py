"""What is spent within a horizon: interval and mean against draws."""

import numpy as np
import pytest

from pipeline.models.lifetime import Amounts, Spending, fit, fit_amounts, score
from tests.unit.models.lifetime.buyers import by_pareto, by_periods, by_renewals, per_level, spent

DRAWN = {
    "pareto_nbd": (by_pareto, 90.0),
    "mbg_cnbd_k": (
        lambda customers, seed: by_renewals(customers, seed, k=2, alpha=22.0, horizon=270.0),
        270.0,
    ),
    "bg_bb": (by_periods, 6.0),
}


@pytest.mark.parametrize("model", DRAWN)
def test_an_80_percent_interval_holds_what_is_spent_at_every_level_of_evidence(model):
    """Who orders nothing with a probability of .8 and more has the interval 0, and it is true as often."""
    draw, horizon = DRAWN[model]
    buyers = draw(50_000, 1)
    drawn = spent(buyers, 2)
    spending = Spending(fit_amounts(drawn.amounts).parameters, drawn.amounts)
    scores = score(model, fit(model, buyers.histories).parameters, buyers.histories, [horizon], spending)
    (outlook,), (found,) = scores.outlooks, scores.spending
    assert found.expected_spend.sum() == pytest.approx(drawn.next_total.sum(), rel=0.04)
    held = (drawn.next_total >= found.spend_low) & (drawn.next_total <= found.spend_high)
    silent = outlook.no_order_probability
    assert (found.spend_high[silent > 0.8] == 0).all()
    stated = np.maximum(silent, 0.8)
    assert per_level(buyers.histories, held * 1.0) == pytest.approx(
        per_level(buyers.histories, stated), abs=0.02
    )
    for which in ((silent < 0.8) & (silent > 0.1), silent < 0.1):
        assert which.sum() > 500
        assert 0.77 <= held[which].mean() <= 0.83


def test_who_has_no_amount_has_an_outlook_without_spending():
    buyers = by_pareto(2_000, 3)
    drawn = spent(buyers, 4)
    parameters = fit_amounts(drawn.amounts).parameters
    amounts = Amounts(drawn.amounts.orders, np.where(np.arange(2_000) < 9, -1.0, drawn.amounts.mean_amount))
    fitted = fit("pareto_nbd", buyers.histories).parameters
    scores = score("pareto_nbd", fitted, buyers.histories, [30.0], Spending(parameters, amounts))
    for one in (
        scores.spending[0].expected_spend,
        scores.spending[0].spend_low,
        scores.spending[0].spend_high,
    ):
        assert np.flatnonzero(np.isnan(one)).tolist() == list(range(9))
    assert not np.isnan(scores.outlooks[0].expected_orders).any()


def test_others_do_not_matter():
    buyers = by_renewals(3_000, 5)
    drawn = spent(buyers, 6)
    parameters = fit_amounts(drawn.amounts).parameters
    fitted = fit("mbg_cnbd_k", buyers.histories).parameters
    some = np.arange(0, 3_000, 400)
    everybody = score("mbg_cnbd_k", fitted, buyers.histories, [90.0], Spending(parameters, drawn.amounts))
    few = score(
        "mbg_cnbd_k",
        fitted,
        buyers.histories.taken(some),
        [90.0],
        Spending(parameters, drawn.amounts.taken(some)),
    )
    assert few.spending[0].spend_high == pytest.approx(everybody.spending[0].spend_high[some], rel=2e-3)
