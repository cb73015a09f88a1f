"""Buying in renewals until, after some order, a customer leaves: BG/NBD, MBG/NBD, MBG/CNBD-k.

Sources. BG/NBD: Fader, Hardie, Lee, "Counting your customers the easy way", Marketing Science 24 (2005).
MBG (a customer may leave after its first order too): Batislam, Denizel, Filiztekin, International Journal
of Research in Marketing 24 (2007). MBG/CNBD-k (times between orders are Erlang-k): Platzer, Reutterer,
"Ticking away the moments", Marketing Science 35 (2016).

A customer passes phases as a Poisson process of rate λ; every k-th phase is an order; after each order that
counts it leaves with probability p. λ is gamma(r, alpha), p is beta(a, b) over customers. For x repeat
orders, the last at t_x, of age T, with R = r + kx, and c the orders after which it could leave (x, or x + 1
in MBG), the likelihood is, beside what depends on k and the times of orders alone,

    α^r Γ(R)/Γ(r) · B(a, b + c)/B(a, b) · { W / (α + T)^R + [c > 0] a/(b + c − 1) / (α + t_x)^R },
    W = Σ_j<k Γ(R + j)/(Γ(R) j!) · ((T − t_x)/(α + T))^j

where the first term in braces is of customers who are still there.

Belongs here: likelihood, its gradient, probability alive. Does not belong here: what they will order
(``phases``).
"""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats
from pipeline.models.lifetime import phases
from pipeline.models.lifetime.histories import Counted, Histories, coarser
from pipeline.models.lifetime.likelihood import ROUGH, maximise
from pipeline.models.lifetime.model import Parameters, vector
from pipeline.models.lifetime.outlook import INTERVAL, Outlook

NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True)
class Renewals:
    """One member of the family: ``k`` phases an order, and whether the first order may be the last."""

    k: int
    may_leave_at_once: bool

    def log_likelihood(self, parameters: Floats, counted: Counted) -> tuple[float, Floats]:
        """Of all customers, without what depends on k alone; and the gradient by ``NAMES``."""
        from scipy.special import gammaln, psi

        r, alpha, a, b = parameters
        recency, age = counted.histories.recency, counted.histories.age
        # What depends on the number of orders alone is computed once for each number.
        orders, of = counted.frequencies
        shapes, could = r + self.k * orders, orders + self.may_leave_at_once
        shape = shapes[of]
        shared = gammaln(shapes) - gammaln(r) + r * np.log(alpha)
        shared += gammaln(b + could) + gammaln(a + b) - gammaln(b) - gammaln(a + b + could)
        log_now, log_last = np.log(alpha + age), np.log(alpha + recency)
        weight, phase, by_shape = _phases(shape, (age - recency) / (alpha + age), self.k)
        with np.errstate(divide="ignore"):
            leaving = np.log(np.where(could > 0, a / np.maximum(b + could - 1, 1e-300), 0.0))
        here, gone = np.log(weight) - shape * log_now, leaving[of] - shape * log_last
        either = np.logaddexp(here, gone)
        gone = np.exp(gone - either)
        here = 1.0 - gone

        value = counted.sum(shared[of] + either)
        both = psi(a + b) - psi(a + b + could)
        gone_a_step = np.where(could > 0, 1.0 / np.maximum(b + could - 1, 1e-300), 0.0)
        gradient = [
            (psi(shapes) - psi(r) + np.log(alpha))[of] - here * (log_now - by_shape) - gone * log_last,
            r / alpha - here * (shape + phase) / (alpha + age) - gone * shape / (alpha + recency),
            both[of] + gone / a,
            (both + psi(b + could) - psi(b))[of] - gone * gone_a_step[of],
        ]
        return value, np.array([counted.sum(one) for one in gradient])

    def alive(self, parameters: Floats, histories: Histories) -> Floats:
        """Probability that a customer has not left."""
        r, alpha, a, b = parameters
        shape = r + self.k * histories.frequency
        could = histories.frequency + self.may_leave_at_once
        weight, _, _ = _phases(shape, (histories.age - histories.recency) / (alpha + histories.age), self.k)
        longer = shape * np.log((alpha + histories.age) / (alpha + histories.recency))
        with np.errstate(over="ignore"):
            odds_of_gone = a / np.maximum(b + could - 1, 1e-300) * np.exp(longer) / weight
        return np.where(could > 0, 1.0 / (1.0 + odds_of_gone), 1.0)

    def starts(self, counted: Counted) -> list[tuple[float, ...]]:
        """Where searches begin: (r, a, b) of uneven, of even and of fickle buyers, with their mean rate."""
        time = max(counted.sum(counted.histories.age), 1e-9)
        rate = self.k * max(counted.sum(counted.histories.frequency), 1.0) / time
        return [(r, r / rate, a, b) for r, a, b in ((0.5, 0.5, 2.0), (2.0, 1.0, 10.0), (1.0, 1.0, 1.0))]


def of_times(k: int, counted: Counted, log_gaps: float | None) -> float:
    """What k alone adds to the logarithm of the likelihood (how even orders are in time); 0 for k = 1.

    With ``log_gaps``, the sum over all repeat orders of the logarithm of the time since the order before,
    the density of these times; without, that of each customer's last order alone (their sum is Erlang-kx),
    which tells less.
    """
    from scipy.special import gammaln

    x = counted.histories.frequency
    if log_gaps is not None:
        return float((k - 1) * log_gaps - gammaln(k) * counted.sum(x))
    some = np.maximum(x, 1.0)
    log_time = np.log(np.where(x > 0, counted.histories.recency, 1.0))
    return counted.sum(np.where(x > 0, (k - 1) * x * log_time - gammaln(k * some) + gammaln(some), 0.0))


def _phases(shape: Floats, share: Floats, k: int) -> tuple[Floats, Floats, Floats]:
    """W, the mean number of phases passed since the last order, and the derivative of ln W by R."""
    term = np.ones_like(shape)
    weight, phase, by_shape, rise = term.copy(), term * 0.0, term * 0.0, term * 0.0
    for j in range(1, k):
        term = term * (shape + j - 1) / j * share
        rise = rise + 1.0 / (shape + j - 1)
        weight, phase, by_shape = weight + term, phase + j * term, by_shape + rise * term
    return weight, phase / weight, by_shape / weight


@dataclass(frozen=True)
class RenewalModel:
    """BG/NBD or MBG/CNBD-k with up to ``most_phases`` phases, as ``model.Model``."""

    has_cells = True
    may_leave_at_once: bool
    most_phases: int

    def fit(self, counted: Counted, log_gaps: float | None) -> Fit:
        """By maximum likelihood."""
        best: Fit | None = None
        tried: list[float] = []
        for k in range(1, self.most_phases + 1):
            found = self._fit(k, counted, log_gaps)
            tried.append(found.notes.get("log_likelihood", -np.inf))
            if best is not None and tried[-1] <= tried[-2]:
                break
            best = found
        assert best is not None
        return replace(best, notes=best.notes | {"log_likelihood_by_phases": tried})

    def _fit(self, k: int, counted: Counted, log_gaps: float | None) -> Fit:
        renewals, rough = Renewals(k, self.may_leave_at_once), coarser(counted, ROUGH)
        found = maximise(
            NAMES,
            lambda parameters: renewals.log_likelihood(parameters, counted),
            renewals.starts(counted),
            counted.total,
            lambda parameters: renewals.log_likelihood(parameters, rough),
        )
        if "log_likelihood" not in found.notes:
            return found
        whole = found.notes["log_likelihood"] + of_times(k, counted, log_gaps)
        parameters = found.parameters and found.parameters | {"k": float(k)}
        return replace(found, parameters=parameters, notes=found.notes | {"log_likelihood": whole})

    def alive(self, parameters: Parameters, histories: Histories) -> Floats:
        """Probability that a customer has not left."""
        renewals = Renewals(int(parameters["k"]), self.may_leave_at_once)
        return renewals.alive(vector(parameters, NAMES), histories)

    def outlook(
        self,
        parameters: Parameters,
        histories: Histories,
        alive: Floats,
        horizon: float,
        interval: float = INTERVAL,
    ) -> Outlook:
        """What is ordered within ``horizon``."""
        return phases.outlook(self._there(parameters, histories, alive), horizon, interval)

    def at_least(
        self,
        parameters: Parameters,
        histories: Histories,
        alive: Floats,
        horizon: float,
        orders: Floats,
    ) -> Floats:
        """Probability of so many ``orders``, 1 or more, or more within ``horizon``."""
        return phases.at_least(self._there(parameters, histories, alive), horizon, orders)

    def _there(self, parameters: Parameters, histories: Histories, alive: Floats) -> phases.Alive:
        k, x = int(parameters["k"]), histories.frequency
        return phases.Alive(
            alive,
            parameters["r"] + k * x,
            parameters["alpha"] + histories.age,
            histories.age - histories.recency,
            parameters["a"],
            parameters["b"] + x + self.may_leave_at_once,
            k,
        )
