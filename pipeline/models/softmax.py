"""Multinomial logistic regression on memberships: from what one look says to what another one would.

Belongs here: fitting and reading the map. Does not belong here: what a look is, or where pairs of looks come
from (``schemes.second_look``).

The log odds of a class are a multiple of the logarithm of its membership, a constant of its own, and for each
number that stands beside a piecewise linear function of it (hat functions at frozen quantiles, so that more
of a number may mean more or less). The multiple is the same for all classes; it may depend on a number, too:
on how much was seen of a customer, say. Constants and the multiple are free; weights have a standard normal
prior (ridge), so that few customers teach little. Sums are written out number by number, so that results
depend neither on threads nor on how customers are batched (law L3).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.models.frame import Floats
from pipeline.models.parameters import rounded

Parameters = dict[str, Any]
#: Shares of customers at the knots of a number.
KNOTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
#: Memberships below this count as this: of what never was nobody knows how rare it is.
LEAST_MEMBERSHIP = 0.005
_STEPS = 60


def _log(memberships: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(memberships, LEAST_MEMBERSHIP)), np.float64)


def _hats(values: Floats, knots: list[float]) -> list[Floats]:
    """How near each value is to each knot: 1 at it, 0 at the next ones; beyond the ends as at the end, and 0
    at all where it is unknown."""
    place = np.interp(values, np.asarray(knots), np.arange(len(knots), dtype=np.float64))
    known = ~np.isnan(values)
    return [
        np.where(known, np.maximum(1.0 - np.abs(np.where(known, place, 0.0) - knot), 0.0), 0.0)
        for knot in range(len(knots))
    ]


def _knots(values: Floats) -> list[float]:
    """Distinct quantiles of what is known of a number; fewer than two where it tells nobody from another."""
    known = values[~np.isnan(values)]
    return np.unique(np.round(np.quantile(known, KNOTS), 6)).tolist() if len(known) else []


def fit(memberships: Floats, numbers: Mapping[str, Floats], again: Floats, by: str = "") -> Parameters:
    """The map from ``memberships`` (classes x customers, sum 1) and ``numbers`` of customers to shares of
    second looks in each class, ``again`` (classes x customers, sum 1), by greatest penalised likelihood.

    ``by`` names the number that the multiple depends on, if any.
    """
    from scipy.optimize import minimize  # only a fit pays for it

    beside: list[dict[str, Any]] = [
        {"name": name, "knots": knots} for name, values in numbers.items() if len(knots := _knots(values)) > 1
    ]
    surer = [one for one in beside if one["name"] == by]
    classes, size = memberships.shape
    logs = _log(memberships)
    multiples = np.stack([np.ones(size), *(hat for one in surer for hat in _hats(numbers[by], one["knots"]))])
    hats = [hat for one in beside for hat in _hats(numbers[one["name"]], one["knots"])]
    x = np.stack([np.ones(size), *hats])
    many = len(multiples)
    free = np.ones(many + classes * len(x))
    free[0] = 0.0
    free[many :: len(x)] = 0.0

    def loss(point: Floats) -> tuple[float, Floats]:
        # einsum: one thread, one order of adding up
        weights = point[many:].reshape(classes, len(x))
        odds = np.einsum("k,kn->n", point[:many], multiples) * logs + np.einsum("ck,kn->cn", weights, x)
        odds -= odds.max(axis=0)
        shares = odds - np.log(np.exp(odds).sum(axis=0))
        off = np.exp(shares) - again
        by_multiple = np.einsum("kn,n->k", multiples, (off * logs).sum(axis=0))
        gradient = np.concatenate([by_multiple, np.einsum("cn,kn->ck", off, x).ravel()])
        value = -(again * shares).sum() + 0.5 * (free * point**2).sum()
        return float(value), gradient + free * point

    start = np.zeros(len(free))
    start[0] = 1.0
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    weights = found[many:].reshape(classes, len(x))
    place = 1
    for one in beside:
        one["weights"] = weights[:, place : place + len(one["knots"])].tolist()
        place += len(one["knots"])
    parameters: Parameters = rounded(
        {
            "multiple": float(found[0]),
            "surer": [one | {"weights": found[1:many].tolist()} for one in surer],
            "constants": weights[:, 0].tolist(),
            "beside": beside,
        }
    )
    return parameters


def mapped(parameters: Parameters, memberships: Floats, numbers: Mapping[str, Floats]) -> Floats:
    """Probability of each class in a second look (classes x customers, sum 1)."""
    hats = {one["name"]: _hats(numbers[one["name"]], one["knots"]) for one in parameters["beside"]}
    multiple = np.full(memberships.shape[1], parameters["multiple"])
    for one in parameters["surer"]:
        for weight, hat in zip(one["weights"], hats[one["name"]], strict=True):
            multiple += weight * hat
    odds = multiple * _log(memberships)
    odds += np.asarray(parameters["constants"])[:, None]
    for one in parameters["beside"]:
        for knot, hat in enumerate(hats[one["name"]]):
            for row, weights in zip(odds, one["weights"], strict=True):
                row += weights[knot] * hat
    odds -= odds.max(axis=0)
    shares: Floats = np.exp(odds)
    total = np.zeros(shares.shape[1])
    for row in shares:
        total += row
    return shares / total
