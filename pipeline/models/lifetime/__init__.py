"""Lifetime value: how often customers will order, what they will spend, whether they are still there.

The interface, pure functions on numpy arrays:

    histories = Histories(frequency, recency, age)             # days, or units of 30 days
    fitted = fit("pareto_nbd", histories)                      # in a refit: Fit; parameters or failed gates
    scores = score("pareto_nbd", fitted.parameters, histories, horizons=[30, 90, 365])
    scores.alive_probability
    scores.outlooks[0]    .expected_orders  .no_order_probability  .orders_low  .orders_high

    amounts = Amounts(orders, mean_amount)
    worth = fit_amounts(amounts)                               # gamma-gamma
    scores = score(…, spending=Spending(worth.parameters, amounts))
    scores.spending[0]    .expected_spend  .spend_low  .spend_high

    choose(histories_at_a_cut, orders_since, horizon)          # which model, or which plain baseline

Models of orders (``MODELS``): ``pareto_nbd``, ``bg_nbd``, ``mbg_cnbd_k`` (regular buyers), and ``bg_bb``,
whose time goes in periods (subscriptions, usage). Parameters are dicts of floats and go through
``pipeline.models.parameters`` unchanged but for rounding. scipy is imported when something is fitted.

Belongs here: the models, their fit, scores and choice. Does not belong here: where histories come from, what
is published.
"""

from pipeline.models.lifetime.choice import Choice, Record, choose
from pipeline.models.lifetime.gamma_gamma import Amounts, amount_interval, expected_amount, fit_amounts
from pipeline.models.lifetime.histories import Histories
from pipeline.models.lifetime.models import MODELS, Scores, Spending, fit, score
from pipeline.models.lifetime.outlook import INTERVAL, Outlook
from pipeline.models.lifetime.spending import SpendOutlook

__all__ = [
    "INTERVAL",
    "MODELS",
    "Amounts",
    "Choice",
    "Histories",
    "Outlook",
    "Record",
    "Scores",
    "SpendOutlook",
    "Spending",
    "amount_interval",
    "choose",
    "expected_amount",
    "fit",
    "fit_amounts",
    "score",
]
