"""Lifetime models as one way to a forecast: from stored features to histories, to orders, money and silence.

Belongs here: what a history is made of, the fit with what stands in for it, its level. Does not belong here:
the models (``lifetime``).

A history is read off three features of a window of periods: the number of different order days d, the mean
gap between them g, and the days since the last order r. It begins with the first order of the window:
x = d - 1, t_x = g (d - 1), T = t_x + r, in days. For customers first seen within the window that is their
whole history. Of older ones the past before it is left out: as orders come at random, what follows an order
does not depend on what went before it but through the customer's own rate.

Of a service that is used or not in each period (``bg_bb``) time goes in periods: a history is read off the
number of periods with a use u, the periods since the last of them r, and since the first f: x = u - 1,
t_x = f - r, n = f.

Where all stay, nobody's leaving can be seen: then a model is refused by its own gates, and the same without
leaving stands in: gamma-Poisson (``lifetime.staying``), or beta-binomial (``lifetime.staying_periods``).
Order days become orders, and gross amounts net ones, by the ``level``: what came in the past, per what would
have been expected.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.candidates import Model
from pipeline.models.frame import Floats, Frame, Integers
from pipeline.models.lifetime import (
    MODELS,
    Amounts,
    Histories,
    Outlook,
    expected_amount,
    fit_amounts,
    staying,
    staying_periods,
)
from pipeline.models.lifetime import fit as fit_orders
from pipeline.models.rolling import Origin, pooled

#: The model whose time goes in periods.
BY_PERIOD = "bg_bb"
#: Models that compete.
KINDS = ("mbg_cnbd_k", "pareto_nbd", BY_PERIOD)
#: What stands in where no leaving can be seen, and where nothing can.
STAYING, STAYING_PERIODS, NOTHING = "staying", "staying_periods", "nothing"
_WITHOUT_LEAVING = {STAYING: staying, STAYING_PERIODS: staying_periods}


def histories_of(frame: Frame, names: Sequence[str]) -> Histories:
    """Histories from order days, mean gap and recency (``names``, in that order); NaN without an order."""
    days, gap, recency = (frame.number(one) for one in names[:3])
    again = np.where(np.isnan(gap), 0.0, days - 1.0)
    seen = np.rint(np.where(again > 0, gap * again, 0.0))
    again = np.where(seen > 0, again, 0.0)
    is_known = (days > 0) & ~np.isnan(recency)
    return Histories(
        np.where(is_known, again, np.nan),
        np.where(is_known, seen, np.nan),
        np.where(is_known, seen + np.rint(np.maximum(recency, 0.0)), np.nan),
    )


def histories_by_period(frame: Frame, names: Sequence[str]) -> Histories:
    """Histories in periods from periods with a use, and those since the last and the first of them
    (``names``, in that order); NaN without a use."""
    used, recency, tenure = (frame.number(one) for one in names[:3])
    is_known = (used > 0) & ~np.isnan(recency) & ~np.isnan(tenure)
    return Histories(*(np.where(is_known, one, np.nan) for one in (used - 1.0, tenure - recency, tenure)))


def _read(kind: str, frame: Frame, names: Sequence[str]) -> Histories:
    return (histories_by_period if kind == BY_PERIOD else histories_of)(frame, names)


def _ahead(parameters: dict[str, Any]) -> float:
    """How far ahead is looked, in the time that the model goes in."""
    return float(parameters["periods" if parameters["kind"] == BY_PERIOD else "days"])


def fit_histories(model: Model, frame: Frame) -> dict[str, Any]:
    """Frozen parameters of the model of orders, or of use, of the customers of ``frame``.

    ``model.columns`` are order days, mean gap, recency, for money also orders and their mean amount; or
    periods with a use, those since the last and since the first.
    """
    names = [one.feature for one in model.columns]
    ahead = {"periods": model.periods} if model.kind == BY_PERIOD else {"days": model.days}
    found: dict[str, Any] = {"kind": model.kind, "features": names, **ahead}
    return found | _orders(model.kind, _read(model.kind, frame, names))


def fit(model: Model, origins: Sequence[Origin]) -> dict[str, Any]:
    """Frozen parameters for a quantity: ``fit_histories`` of the newest of ``origins``, what orders are worth
    there, and the level of all of them."""
    newest = origins[-1].frame
    found = fit_histories(model, newest)
    if found["features"][3:]:
        found |= _worth(newest, found["features"])
    frame, outcome = pooled(origins)
    told = score(found | {"level": 1.0}, frame)
    whole = float(told.sum())
    return found | {"level": float(outcome.sum()) / whole if whole > 0 else 0.0}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """What is expected of each customer; nothing of whom no history is known."""
    names = parameters["features"]
    found: Floats = _expected(parameters, _read(parameters["kind"], frame, names)) * parameters["level"]
    if not names[3:]:
        return found
    amounts = _amounts(frame, names)
    if parameters["worth"] is None:
        each = amounts.mean_amount
    else:
        each = expected_amount(parameters["worth"], amounts)
    found = found * np.where(np.isnan(each), parameters["mean_amount"], each)
    return found


def silence(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Probability of no order, or no use, in the time ahead; NaN of whom nothing is known."""
    histories = _read(parameters["kind"], frame, parameters["features"])
    known, by_name, ahead = histories.known, parameters["orders"], _ahead(parameters)
    some, found = histories.taken(known), np.full(len(frame), np.nan)
    if parameters["model"] in MODELS:
        there, outlook, of = _if_there(parameters, some)
        found[known] = 1.0 - there * (1.0 - outlook.no_order_probability[of])
    elif parameters["model"] != NOTHING:
        found[known] = _WITHOUT_LEAVING[parameters["model"]].silence(by_name, some, ahead)
    return found


def _orders(kind: str, histories: Histories) -> dict[str, Any]:
    known = histories.taken(histories.known)
    if len(known):
        found = fit_orders(kind, known)
        if found.parameters is not None:
            return {"model": kind, "orders": found.parameters}
        instead = STAYING_PERIODS if kind == BY_PERIOD else STAYING
        found = _WITHOUT_LEAVING[instead].fit(known)
        if found.parameters is not None:
            return {"model": instead, "orders": found.parameters}
    return {"model": NOTHING, "orders": {}}


def _expected(parameters: dict[str, Any], histories: Histories) -> Floats:
    """Order days, or periods with a use, in the time ahead."""
    known = histories.known
    some, ahead, by_name = histories.taken(known), _ahead(parameters), parameters["orders"]
    found = np.zeros(len(histories))
    if parameters["model"] in MODELS:
        there, outlook, of = _if_there(parameters, some)
        found[known] = there * outlook.expected_orders[of]
    elif parameters["model"] != NOTHING:
        found[known] = _WITHOUT_LEAVING[parameters["model"]].expected(by_name, some, ahead)
    else:
        found[known] = 1.0
    return found


def _if_there(parameters: dict[str, Any], histories: Histories) -> tuple[Floats, Outlook, Integers]:
    """Probability of each customer to be still there; what is to come of those who are, by different
    histories; and which one each has."""
    model, by_name = MODELS[parameters["model"]], parameters["orders"]
    different, of = _different(histories, has_recency=by_name.get("k", 1.0) > 1)
    outlook = model.outlook(by_name, different, np.ones(len(different)), _ahead(parameters))
    return model.alive(by_name, histories), outlook, of


def _different(histories: Histories, has_recency: bool) -> tuple[Histories, Integers]:
    """Histories that differ in what the future of who is still there depends on, and which each one is.

    Time is whole, so there are no more of them than a window has, however many the customers. Only of those
    who order in phases does it matter how long ago the last order was.
    """
    recency = histories.recency if has_recency else np.minimum(histories.frequency, histories.age)
    base = float(histories.age.max(initial=0.0)) + 1.0
    keys = (histories.frequency * base + recency) * base + histories.age
    _, first, of = np.unique(keys, return_index=True, return_inverse=True)
    return Histories(histories.frequency[first], recency[first], histories.age[first]), of


def _worth(frame: Frame, names: Sequence[str]) -> dict[str, Any]:
    amounts = _amounts(frame, names)
    mean = amounts.mean_amount[~np.isnan(amounts.mean_amount)]
    return {
        "worth": fit_amounts(amounts).parameters,
        "mean_amount": float(mean.mean()) if len(mean) else 0.0,
    }


def _amounts(frame: Frame, names: Sequence[str]) -> Amounts:
    """Orders and their mean amount; one that is not more than nothing is unknown."""
    orders, mean = (frame.number(one) for one in names[3:5])
    return Amounts(np.nan_to_num(orders, nan=0.0), np.where(mean > 0, mean, np.nan))
