"""Lifetime value: how often customers will order, and whether they are still there.

The interface, all pure functions on numpy arrays:

    histories = Histories(frequency, recency, age)             # days, or units of 30 days
    fitted = fit("pareto_nbd", histories)                      # in a refit: Fit; parameters or failed gates
    scores = score("pareto_nbd", fitted.parameters, histories, horizons=[30, 90, 365])
    scores.alive_probability, scores.outlooks[0].expected_orders, .no_order_probability, .orders_low, …

Models of orders (``MODELS``): ``pareto_nbd``, ``bg_nbd``, ``mbg_cnbd_k``. Parameters are dicts of floats and
go through ``pipeline.models.parameters`` unchanged but for rounding. numpy alone is imported with this
package; scipy when something is fitted or scored.

Belongs here: the models, their fit and scores. Does not belong here: where histories come from, what is
published.
"""

from pipeline.models.lifetime.histories import Histories
from pipeline.models.lifetime.models import MODELS, Scores, fit, score
from pipeline.models.lifetime.outlook import INTERVAL, Outlook

__all__ = ["INTERVAL", "MODELS", "Histories", "Outlook", "Scores", "fit", "score"]
