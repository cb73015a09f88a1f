"""Pareto/NBD: orders as a Poisson process until, at a moment nobody sees, a customer leaves.

Sources. Schmittlein, Morrison, Colombo, "Counting your customers", Management Science 33 (1987); the
derivations follow Fader, Hardie, "A note on deriving the Pareto/NBD model" (2005).

λ is gamma(r, alpha) and the rate of leaving μ is gamma(s, beta) over customers. For x repeat orders, the
last at t_x, of age T, the likelihood is

    α^r Γ(r + x)/Γ(r) · β^s · (1 + Q) / ((α + T)^(r + x) (β + T)^s),
    Q = ∫_(t_x)^T  s/(β + τ) · ((β + T)/(β + τ))^s · ((α + T)/(α + τ))^(r + x)  dτ

where Q are the odds of having left, so the probability alive is 1/(1 + Q). Q is one Gauss-Legendre sum in
ln(c + τ), c = min(α, β): the usual form by 2F1 loses all digits where t_x is close to T or x is large.

Belongs here: likelihood, its gradient, probability alive, the law of orders to come. Does not belong
here: intervals (``outlook``).
"""

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats, Integers
from pipeline.models.lifetime.histories import Counted, Histories, coarser
from pipeline.models.lifetime.likelihood import ROUGH, maximise
from pipeline.models.lifetime.model import Parameters, vector
from pipeline.models.lifetime.outlook import INTERVAL, Outlook, ends

NAMES = ("r", "alpha", "s", "beta")

#: Nodes of the sum for Q: against adaptive quadrature, over shapes .05 to 20 and up to 400 orders, the
#: error of the probability alive is below 1e-9 with 12 (tests). Beyond e^-20 of its start Q is nothing.
_NODES, _NOTHING = 12, 20.0
#: Nodes for the law of orders to come, by the sharpness of its integrand (orders seen and asked for): the
#: error is below 1e-7, against 400 nodes.
_LAW_NODES = ((8.0, 10), (64.0, 24), (512.0, 64), (np.inf, 200))


def log_likelihood(parameters: Floats, counted: Counted) -> tuple[float, Floats]:
    """Of all customers, and its gradient by ``NAMES``."""
    from scipy.special import gammaln, psi

    r, alpha, s, beta = parameters
    x, age = counted.histories.frequency, counted.histories.age
    orders, of = counted.frequencies
    log_q, mean = _odds_of_gone(parameters, counted.histories, slopes=True)
    log_a, log_b = np.log(alpha + age), np.log(beta + age)
    own = gammaln(r + orders) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    value = counted.sum(own[of] - (r + x) * log_a - s * log_b + np.logaddexp(0.0, log_q))
    gone = np.exp(-np.logaddexp(0.0, -log_q))
    gradient = [
        (psi(r + orders) - psi(r) + np.log(alpha))[of] - log_a + gone * (log_a - mean["log_a"]),
        r / alpha - (r + x) / (alpha + age) + gone * (r + x) * (1.0 / (alpha + age) - mean["by_a"]),
        np.log(beta) - log_b + gone * (1.0 / s + log_b - mean["log_b"]),
        s / beta - s / (beta + age) + gone * (s / (beta + age) - (s + 1.0) * mean["by_b"]),
    ]
    return value, np.array([counted.sum(one) for one in gradient])


def alive(parameters: Floats, histories: Histories) -> Floats:
    """Probability that a customer has not left."""
    log_q, _ = _odds_of_gone(parameters, histories)
    return np.asarray(np.exp(-np.logaddexp(0.0, log_q)))


def expected(parameters: Floats, histories: Histories, horizon: float) -> Floats:
    """Expected orders within ``horizon`` of customers who are alive (Fader, Hardie 2005, with s = 1 too)."""
    r, alpha, s, beta = parameters
    rate = (r + histories.frequency) / (alpha + histories.age)
    span = beta + histories.age
    longer = np.log1p(horizon / span)
    power = s - 1.0
    return np.asarray(rate * span * (-np.expm1(-power * longer) / power if abs(power) > 1e-9 else longer))


def at_least(parameters: Floats, histories: Histories, horizon: float, orders: Floats) -> Floats:
    """Probability of ``orders`` (1 or more) or more within ``horizon`` of customers who are alive.

    Alive at T, λ is gamma(r + x, α + T) and μ gamma(s, β + T), independent. So the moment of the n-th
    order, u, has u/(α + T + u) ~ beta(n, r + x), and counts where the customer is alive at u.
    """
    from scipy.special import betaln

    r, alpha, s, beta = parameters
    shape, a, b = r + histories.frequency, alpha + histories.age, beta + histories.age
    most = horizon / (a + horizon)
    sharpness, done = shape * most + orders, 0.0
    total: Floats = np.empty_like(a)
    for limit, count in _LAW_NODES:
        which = np.flatnonzero((sharpness >= done) & (sharpness < limit))
        done = limit
        if len(which):
            n, here, reach = orders[which], shape[which], most[which]
            whole = n * np.log(reach) - betaln(n, here)
            total[which] = np.exp(whole) * _until(n, here, reach, a[which] / b[which], s, count)
    return total


def _until(n: Floats, shape: Floats, most: Floats, ratio: Floats, s: float, count: int) -> Floats:
    """∫ v^(n − 1) (1 − v)^(shape − 1) (1 + ratio v/(1 − v))^−s dv from 0 to ``most``, by ``most`` ^n."""
    total = np.zeros_like(most)
    for node, weight in zip(*_legendre(count), strict=True):
        part = node * most
        log_rest = np.log1p(-part)
        log = (n - 1.0) * np.log(node) + (shape - 1.0) * log_rest - s * np.log1p(ratio * part / (1.0 - part))
        total += weight * np.exp(log)
    return total


def starts(counted: Counted) -> list[tuple[float, ...]]:
    """Where searches begin: of mean rate, leaving within two, half and ten mean ages."""
    time = max(counted.sum(counted.histories.age), 1e-9)
    rate = max(counted.sum(counted.histories.frequency), 1.0) / time
    age = time / counted.total
    return [
        (r, r / rate, s, s * age * span)
        for r, s, span in ((0.5, 0.5, 2.0), (1.0, 1.0, 0.5), (2.0, 1.0, 10.0))
    ]


def _odds_of_gone(
    parameters: Floats, histories: Histories, slopes: bool = False
) -> tuple[Floats, dict[str, Floats]]:
    """Logarithm of Q, and means under its integrand: of ln(α + τ), 1/(α + τ), ln(β + τ), 1/(β + τ)."""
    r, alpha, s, beta = parameters
    shape, recency, age = r + histories.frequency, histories.recency, histories.age
    origin = min(alpha, beta)
    a, b, begin = alpha + recency, beta + recency, origin + recency
    # The integrand, in ln(origin + τ), falls at least as fast as at its start.
    falls = shape * begin / a + (s + 1.0) * begin / b - 1.0
    whole = np.log((origin + age) / begin)
    reach = np.where(falls > 0, np.minimum(whole, _NOTHING / np.maximum(falls, 1e-9)), whole)
    total = np.zeros_like(age)
    sums = {name: np.zeros_like(age) for name in ("log_a", "by_a", "log_b", "by_b") if slopes}
    for node, weight in zip(*_legendre(_NODES), strict=True):
        w = node * reach
        passed = begin * np.expm1(w)
        # ln((c + τ)/(c + t_x)) is w itself for the smaller of α and β.
        log_a = w if origin == alpha else np.log1p(passed / a)
        log_b = w if origin == beta else np.log1p(passed / b)
        part = weight * np.exp(w - shape * log_a - (s + 1.0) * log_b)
        total += part
        if slopes:
            sums["log_a"] += part * log_a
            sums["by_a"] += part / (a + passed)
            sums["log_b"] += part * log_b
            sums["by_b"] += part / (b + passed)
    before = shape * np.log((alpha + age) / a) + s * np.log((beta + age) / b)
    with np.errstate(divide="ignore"):
        log_q = np.log(s * begin / b) + before + np.log(total * reach)
    means = {name: one / total for name, one in sums.items()}
    if slopes:
        means["log_a"] += np.log(a)
        means["log_b"] += np.log(b)
    return log_q, means


def _legendre(count: int) -> tuple[Floats, Floats]:
    """Nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1.0) / 2.0, weights / 2.0


class ParetoNbd:
    """The model, as ``model.Model``."""

    has_cells = True

    def fit(self, counted: Counted, log_gaps: float | None) -> Fit:
        """By maximum likelihood."""
        rough = coarser(counted, ROUGH)
        return maximise(
            NAMES,
            lambda parameters: log_likelihood(parameters, counted),
            starts(counted),
            counted.total,
            lambda parameters: log_likelihood(parameters, rough),
        )

    def alive(self, parameters: Parameters, histories: Histories) -> Floats:
        """Probability that a customer has not left."""
        return alive(vector(parameters, NAMES), histories)

    def outlook(
        self,
        parameters: Parameters,
        histories: Histories,
        alive: Floats,
        horizon: float,
        interval: float = INTERVAL,
    ) -> Outlook:
        """What is ordered within ``horizon``."""

        def reached(which: Integers, orders: Floats) -> Floats:
            return self.at_least(parameters, histories.taken(which), alive[which], horizon, orders)

        first = self.at_least(parameters, histories, alive, horizon, np.ones(len(histories)))
        mean = alive * expected(vector(parameters, NAMES), histories, horizon)
        return Outlook(horizon, mean, 1.0 - first, *ends(reached, first, interval))

    def at_least(
        self,
        parameters: Parameters,
        histories: Histories,
        alive: Floats,
        horizon: float,
        orders: Floats,
    ) -> Floats:
        """Probability of so many ``orders``, 1 or more, or more within ``horizon``."""
        values = vector(parameters, NAMES)
        return alive * at_least(values, histories, horizon, orders)
