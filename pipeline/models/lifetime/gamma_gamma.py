"""Gamma-gamma: what a customer's orders are worth, by the orders that were seen.

Source. Fader, Hardie, "The gamma-gamma model of monetary value" (2013). Amounts of one customer's orders are
gamma(p, ν), and ν is gamma(q, gamma) over customers, whatever the number of orders. Of n orders with mean z,

    Γ(pn + q)/(Γ(pn) Γ(q)) · γ^q z^(pn − 1) n^(pn) / (γ + nz)^(pn + q)

is the likelihood, and ν is gamma(q + pn, γ + nz). So the sum of m further orders is γ + nz times a beta prime
(pm, q + pn) number, its mean m p (γ + nz)/(pn + q − 1): between the customer's own mean and everybody's.

Belongs here: fit, expected amount of an order. Does not belong here: sums over a horizon (``spending``).
"""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.models.fitting import Fit, at_least
from pipeline.models.frame import Flags, Floats, Integers
from pipeline.models.lifetime.likelihood import FEWEST, maximise
from pipeline.models.lifetime.model import Parameters, vector

NAMES = ("p", "q", "gamma")

#: Means are counted in steps of half a hundredth: nothing beside the spread of amounts.
_STEP = 0.005
#: The mean over customers exists for q > 1 and is useless close to it.
_LEAST_Q = 1.05


@dataclass(frozen=True)
class Amounts:
    """How many orders were seen of each customer, and their mean amount; NaN is unknown.

    ``orders`` may count all orders, or those after the first where first ones are of another kind. A mean
    of zero or less is unknown: the model speaks of positive amounts.
    """

    orders: Floats
    mean_amount: Floats

    @property
    def known(self) -> Flags:
        """Where both are known, and there is an amount, or no order to have one."""
        with np.errstate(invalid="ignore"):
            return np.asarray((self.orders == 0) | ((self.orders > 0) & (self.mean_amount > 0)))

    def taken(self, which: Flags | Integers) -> "Amounts":
        """The customers that ``which`` picks."""
        return Amounts(self.orders[which], self.mean_amount[which])


def fit_amounts(amounts: Amounts) -> Fit:
    """The model of amounts by maximum likelihood, on means counted by number of orders in steps of .5%.

    Gates: ``repeat_customers`` (with two orders or more: one order each tells nothing of p), ``mean_exists``,
    and those of ``likelihood.maximise``. Notes: ``orders_amount_correlation``, by ranks: the model, and
    expected spend as a product, take it for none.
    """
    from scipy.special import gammaln, psi
    from scipy.stats import rankdata

    which = amounts.known & (amounts.orders > 0)
    orders = amounts.orders[which]
    steps = np.rint(np.log(amounts.mean_amount[which]) / _STEP)
    gate = at_least("repeat_customers", float((orders > 1).sum()), FEWEST)
    if not gate.passed:
        return Fit(None, (gate,), len(orders))
    cells, customers = np.unique(np.rint(orders) * 2.0**20 + steps, return_counts=True)
    n = np.floor(cells / 2.0**20 + 0.5)
    # In units of the middle amount, so that the search does not depend on the currency.
    log_unit = float(np.median(steps)) * _STEP
    log_z = (cells - n * 2.0**20) * _STEP - log_unit
    total = n * np.exp(log_z)

    def log_likelihood(values: Floats) -> tuple[float, Floats]:
        p, q, gamma = values
        shape, log_sum = p * n + q, np.log(gamma + total)
        value = gammaln(shape) - gammaln(p * n) - gammaln(q) + q * np.log(gamma) - log_z
        value += p * n * np.log(total) - shape * log_sum
        gradient = [
            n * (psi(shape) - psi(p * n) + np.log(total) - log_sum),
            psi(shape) - psi(q) + np.log(gamma) - log_sum,
            q / gamma - shape / (gamma + total),
        ]
        return float(np.sum(customers * value)), np.array([np.sum(customers * one) for one in gradient])

    starts = [(2.0, 3.0, 1.0), (6.0, 4.0, 0.5), (1.0, 2.0, 2.0)]
    found = maximise(NAMES, log_likelihood, starts, float(customers.sum()))
    gates, parameters, notes = (gate, *found.gates), found.parameters, dict(found.notes)
    if parameters is not None:
        unit = float(np.exp(log_unit))
        errors = notes["standard_errors"]
        notes["standard_errors"] = errors | {"gamma": errors["gamma"] * unit}
        exists = at_least("mean_exists", parameters["q"], _LEAST_Q)
        gates = (*gates, exists)
        parameters = parameters | {"gamma": parameters["gamma"] * unit} if exists.passed else None
    ranks = rankdata(orders), rankdata(steps)
    related = float(np.corrcoef(*ranks)[0, 1]) if min(one.std() for one in ranks) > 0 else 0.0
    notes["orders_amount_correlation"] = related
    return replace(found, parameters=parameters, gates=gates, notes=notes)


def expected_amount(parameters: Parameters, amounts: Amounts) -> Floats:
    """Expected amount of an order to come; NaN where ``amounts`` are unknown."""
    p, q, _ = vector(parameters, NAMES)
    return np.asarray(p * scale(parameters, amounts) / (p * amounts.orders + q - 1.0))


def amount_interval(parameters: Parameters, amounts: Amounts) -> tuple[Floats, Floats]:
    """10th and 90th percentile of the amount of the next order; NaN where ``amounts`` are unknown."""
    from scipy.special import betaincinv

    p, q, _ = vector(parameters, NAMES)
    orders, of = np.unique(amounts.orders, return_inverse=True)
    whole = scale(parameters, amounts)
    shares = [betaincinv(p, q + p * orders, level) for level in (0.1, 0.9)]
    low, high = ((share / (1.0 - share))[of] * whole for share in shares)
    return low, high


def scale(parameters: Parameters, amounts: Amounts) -> Floats:
    """γ + nz; NaN where ``amounts`` are unknown."""
    some = np.where(amounts.orders > 0, amounts.orders * amounts.mean_amount, 0.0)
    return np.where(amounts.known, parameters["gamma"] + some, np.nan)
