"""The law of orders to come of customers who buy in renewals (``renewals``): mean and interval.

Of who is alive at T, with R = r + kx, j phases since the last order, t_x, and m phases within h to come are
jointly distributed as

    P(j, m) = Γ(R + j + m)/(Γ(R) j! m!) · ((T − t_x)/A)^j · (h/A)^m · ((α + T)/A)^R / W,  A = α + T + h

for j < k, which follows from the likelihood (λ is gamma, phases are Poisson). The n-th order to come is made
where j + m ≥ nk and the customer stayed after the n − 1 before: the mean of (1 − p)^(n − 1). This is exact;
Platzer and Reutterer (2016) publish an approximation of the mean.

Belongs here: summing this law for many customers. Does not belong here: fitting.
"""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.models.frame import Floats, Integers
from pipeline.models.lifetime.outlook import INTERVAL, Outlook, ends, lower_tail, upper_tail

#: Customers that are summed together: their numbers stay in the processor's cache.
_TOGETHER = 4096
#: Where more phases than this are expected, or the first probability would underflow, the law is summed
#: at nodes: it is smooth then.
_MANY, _UNDERFLOW = 300.0, 600.0
#: An n-th order with a smaller probability adds nothing.
_NOTHING = 1e-8
_NODES = 48
#: The first orders are summed one by one: there the probability of staying bends most.
_ONE_BY_ONE = 8


@dataclass(frozen=True)
class Alive:
    """Customers: probability alive; of those alive λ is gamma(``shape``, ``rate``) but for the j < ``k``
    phases in the time ``elapsed`` since the last order, and p is beta(``a``, ``stayed``)."""

    probability: Floats
    shape: Floats
    rate: Floats
    elapsed: Floats
    a: float
    stayed: Floats
    k: int

    def taken(self, which: Integers) -> "Alive":
        """Customers at the positions ``which``."""
        return replace(
            self,
            probability=self.probability[which],
            shape=self.shape[which],
            rate=self.rate[which],
            elapsed=self.elapsed[which],
            stayed=self.stayed[which],
        )


def outlook(alive: Alive, horizon: float, interval: float = INTERVAL) -> Outlook:
    """What ``alive`` will order within ``horizon``."""
    mean_phases = alive.shape * horizon / alive.rate
    first = alive.shape * np.log1p(horizon / alive.rate)
    many = (mean_phases > _MANY) | (first > _UNDERFLOW)
    columns = np.empty((5, len(mean_phases)))
    # Customers who need about the same number of steps are summed together.
    few = np.flatnonzero(~many)
    few = few[np.argsort(mean_phases[few], kind="stable")]
    for begin in range(0, len(few), _TOGETHER):
        which = few[begin : begin + _TOGETHER]
        columns[:, which] = _summed(alive.taken(which), horizon, interval)
    which = np.flatnonzero(many)
    if len(which):
        columns[:, which] = _at_nodes(alive.taken(which), horizon, interval)
    mean, silent, low, high, probability = columns
    return Outlook(horizon, mean, silent, low, high, probability)


def _first(alive: Alive, horizon: float) -> list[Floats]:
    """P(j, 0) for j < k."""
    later = alive.rate + horizon
    term = np.ones_like(alive.shape)
    weight, terms = term.copy(), [term]
    for j in range(1, alive.k):
        weight_term = (alive.shape + j - 1) / j * alive.elapsed
        term = term * weight_term / alive.rate
        weight = weight + term
        terms.append(terms[-1] * weight_term / later)
    scale = np.exp(-alive.shape * np.log1p(horizon / alive.rate)) / weight
    return [one * scale for one in terms]


def _summed(alive: Alive, horizon: float, interval: float) -> tuple[Floats, ...]:
    step = horizon / (alive.rate + horizon)
    terms = _first(alive, horizon)
    shapes = [(alive.shape + j - 1) * step for j in range(alive.k)]
    below = np.zeros_like(step)
    stay = np.ones_like(step)
    mean, low, high = np.zeros_like(step), np.zeros_like(step), np.zeros_like(step)
    silent, above, beyond = np.ones_like(step), np.ones_like(step), np.zeros_like(step)
    tail = np.zeros_like(step)
    phases = orders = 0
    while True:
        for j in range(min(alive.k, phases + 1)):
            # terms[j] is P(j, m) with m = phases − j to come.
            if phases > j:
                terms[j] *= shapes[j] / (phases - j) + step
            below += terms[j]
        phases += 1
        if phases % alive.k:
            continue
        orders += 1
        reached = (1.0 - below) * stay
        # So a customer's mean does not depend on who is summed with it.
        mean += np.where(reached < _NOTHING, 0.0, reached)
        here = alive.probability * reached
        if orders == 1:
            silent, tail = 1.0 - here, upper_tail(here, interval)
        is_low, is_high = here > 1.0 - lower_tail(interval), here > tail
        low[is_low], above[is_low] = orders, here[is_low]
        high[is_high] = orders
        beyond = np.maximum(beyond, np.where(is_high, 0.0, here))
        if reached.max() < _NOTHING:
            break
        stay = stay * (alive.stayed + orders - 1) / (alive.a + alive.stayed + orders - 1)
    return alive.probability * mean, silent, low, high, above - beyond


def _at_nodes(alive: Alive, horizon: float, interval: float) -> tuple[Floats, ...]:
    """The same by the incomplete beta function: the mean as an integral over n, the ends by search."""
    one = np.ones_like(alive.shape)

    def reached(which: Integers, orders: Floats) -> Floats:
        return at_least(alive.taken(which), horizon, orders)

    first = at_least(alive, horizon, one)
    low, high, probability = ends(reached, first, interval)
    # The number of phases is negative binomial: the law stays at 1 up to eight standard deviations below its
    # mean and is 0 from sixteen above; the two parts are summed apart.
    mean = alive.shape * horizon / alive.rate
    spread = np.sqrt(mean * (1.0 + horizon / alive.rate))
    begin = np.full_like(one, _ONE_BY_ONE + 0.5)
    middle = np.maximum(np.floor((mean - 8.0 * spread) / alive.k) + 0.5, begin)
    end = np.maximum(np.ceil((mean + 16.0 * spread) / alive.k) + 0.5, middle)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    law = [at_least(alive, horizon, one * n) for n in range(1, _ONE_BY_ONE + 2)]
    # Euler and Maclaurin: a sum is the integral between the halves and a 24th of the slope where it begins.
    total = sum(law[:-1], np.zeros_like(one)) + (law[-1] - law[-2]) / 24.0
    for low_end, width in ((begin, middle - begin), (middle, end - middle)):
        for node, weight in zip((nodes + 1.0) / 2.0, weights / 2.0, strict=True):
            total += weight * width * at_least(alive, horizon, low_end + node * width)
    return total, 1.0 - first, low, high, probability


def at_least(alive: Alive, horizon: float, orders: Floats) -> Floats:
    """Probability of ``orders`` (1 or more) or more within ``horizon``, those who left included."""
    from scipy.special import betainc, gammaln

    share = horizon / (alive.rate + horizon)
    weight = np.ones_like(alive.shape)
    total, reached = np.zeros_like(weight), np.zeros_like(weight)
    for j in range(alive.k):
        needed = np.maximum(orders * alive.k - j, 1e-9)
        reached += weight * betainc(needed, alive.shape + j, share)
        total += weight
        weight = weight * (alive.shape + j) / (j + 1) * alive.elapsed / alive.rate
    stay = gammaln(alive.stayed + orders - 1) - gammaln(alive.stayed)
    stay -= gammaln(alive.a + alive.stayed + orders - 1) - gammaln(alive.a + alive.stayed)
    return np.asarray(alive.probability * reached / total * np.exp(stay))
