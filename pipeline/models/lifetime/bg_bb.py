"""BG/BB: in each period a customer orders or not, until it leaves before one; for subscriptions and usage.

Source. Fader, Hardie, Shang, "Customer-base analysis in a discrete-time noncontractual setting", Marketing
Science 29 (2010). Time is the number of a period after the first order. A customer who is there orders in a
period with probability p, beta(alpha, beta) over customers, and leaves before it with probability θ,
beta(gamma, delta). For x periods with an order, the last of them t_x, of n, the likelihood is

    B(α + x, β + n − x)/B(α, β) · B(γ, δ + n)/B(γ, δ)
    + Σ_(i = 0)^(n − t_x − 1)  B(α + x, β + t_x − x + i)/B(α, β) · B(γ + 1, δ + t_x + i)/B(γ, δ).

Alive is, as there, who is still there in period n + 1: p is beta(α + x, β + n − x), θ beta(γ, δ + n + 1).

Belongs here: likelihood, its gradient, the law of periods with an order to come. Does not belong here: the
search of maxima and ends.
"""

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats, Integers
from pipeline.models.lifetime.histories import Counted, Histories
from pipeline.models.lifetime.likelihood import maximise
from pipeline.models.lifetime.model import Parameters, vector
from pipeline.models.lifetime.outlook import INTERVAL, Outlook, ends

NAMES = ("alpha", "beta", "gamma", "delta")
_STARTS = ((1.0, 1.0, 0.5, 2.0), (0.5, 2.0, 1.0, 10.0), (2.0, 1.0, 1.0, 5.0))


class BgBb:
    """The model, as ``model.Model``."""

    has_cells = False

    def fit(self, counted: Counted, log_gaps: float | None) -> Fit:
        """By maximum likelihood; ``log_gaps`` are not used."""
        _check(counted.histories)
        return maximise(NAMES, lambda values: log_likelihood(values, counted), _STARTS, counted.total)

    def alive(self, parameters: Parameters, histories: Histories) -> Floats:
        """Probability that a customer is still there in the period after the last."""
        values = vector(parameters, NAMES)
        _check(histories)
        different, of = _different(histories)
        terms = _Terms(values, different)
        _, _, gamma, delta = values
        still = np.log(delta + different.age) - np.log(gamma + delta + different.age)
        return np.asarray(np.exp(terms.alive - terms.whole + still)[of])

    def outlook(
        self,
        parameters: Parameters,
        histories: Histories,
        alive: Floats,
        horizon: float,
        interval: float = INTERVAL,
    ) -> Outlook:
        """Periods with an order among the next ``horizon``, a whole number."""
        different, of, first = _different_with_first(histories)
        there = alive[first]

        def reached(which: Integers, orders: Floats) -> Floats:
            return self.at_least(parameters, different.taken(which), there[which], horizon, orders)

        one_or_more = self.at_least(parameters, different, there, horizon, np.ones(len(different)))
        alpha, beta, _, _ = vector(parameters, NAMES)
        share = (alpha + different.frequency) / (alpha + beta + different.age)
        stay = sum(_stays(parameters, different, _periods(horizon)), np.zeros(len(different)))
        low, high, probability = ends(reached, one_or_more, interval)
        columns = (there * share * stay, 1.0 - one_or_more, low, high, probability)
        return Outlook(horizon, *(one[of] for one in columns))

    def at_least(
        self, parameters: Parameters, histories: Histories, alive: Floats, horizon: float, orders: Floats
    ) -> Floats:
        """Probability of ``orders`` or more periods with an order among the next ``horizon``.

        The m-th is the j-th period with the probability of a beta negative binomial law, if still there.
        """
        from scipy.special import betaln, gammaln

        alpha, beta, _, _ = vector(parameters, NAMES)
        a, b = alpha + histories.frequency, beta + histories.age - histories.frequency
        total = np.zeros(len(histories))
        for j, stays in enumerate(_stays(parameters, histories, _periods(horizon)), start=1):
            which = np.flatnonzero(orders <= j)
            m = orders[which]
            ways = gammaln(j) - gammaln(m) - gammaln(j - m + 1)
            chance = betaln(a[which] + m, b[which] + j - m) - betaln(a[which], b[which])
            total[which] += np.exp(ways + chance) * stays[which]
        return alive * total


def log_likelihood(parameters: Floats, counted: Counted) -> tuple[float, Floats]:
    """Of all customers, and its gradient by ``NAMES``."""
    from scipy.special import psi

    alpha, beta, gamma, delta = parameters
    histories = counted.histories
    terms = _Terms(parameters, histories)
    x, n = histories.frequency, histories.age
    alive = np.exp(terms.alive - terms.whole)
    gone = np.exp(terms.gone - terms.whole[:, None])
    seen = histories.recency[:, None] + np.arange(gone.shape[1])
    # Of the beta functions B(α + x, β + periods − x) and B(γ + left, δ + periods), by their sums and seconds.
    both_p = alive * psi(alpha + beta + n) + (gone * psi(alpha + beta + seen)).sum(axis=1)
    both_t = alive * psi(gamma + delta + n) + (gone * psi(gamma + delta + seen + 1)).sum(axis=1)
    orders, of = counted.frequencies
    gradient = [
        psi(alpha + orders)[of] - both_p - psi(alpha) + psi(alpha + beta),
        alive * psi(beta + n - x) + (gone * psi(beta + seen - x[:, None])).sum(axis=1)
        - both_p - psi(beta) + psi(alpha + beta),
        alive * psi(gamma) + (1.0 - alive) * psi(gamma + 1) - both_t - psi(gamma) + psi(gamma + delta),
        alive * psi(delta + n) + (gone * psi(delta + seen)).sum(axis=1)
        - both_t - psi(delta) + psi(gamma + delta),
    ]  # fmt: skip
    return counted.sum(terms.whole), np.array([counted.sum(one) for one in gradient])


class _Terms:
    """Logarithms of the likelihood: there after the last period; left before each (columns); the sum."""

    def __init__(self, parameters: Floats, histories: Histories) -> None:
        from scipy.special import betaln, logsumexp

        alpha, beta, gamma, delta = parameters
        x, last, n = histories.frequency, histories.recency, histories.age
        base = betaln(alpha, beta) + betaln(gamma, delta)
        self.alive = betaln(alpha + x, beta + n - x) + betaln(gamma, delta + n) - base
        silent = np.arange(int((n - last).max(initial=0.0)))
        seen = last[:, None] + silent
        gone = betaln((alpha + x)[:, None], beta + seen - x[:, None]) + betaln(gamma + 1, delta + seen)
        self.gone = np.where(silent < (n - last)[:, None], gone - base, -np.inf)
        self.whole = logsumexp(np.column_stack([self.alive, self.gone]), axis=1)


def _stays(parameters: Parameters, histories: Histories, periods: int) -> list[Floats]:
    """Probability to be there still in each of the next ``periods``, of who is there in the first of them."""
    _, _, gamma, delta = vector(parameters, NAMES)
    stays = [np.ones(len(histories))]
    for j in range(1, periods):
        stayed = delta + histories.age + j
        stays.append(stays[-1] * stayed / (gamma + stayed))
    return stays


def _periods(horizon: float) -> int:
    if horizon != int(horizon) or horizon < 1:
        raise ValueError(f"bg_bb looks whole periods ahead, not {horizon:g}")
    return int(horizon)


def _check(histories: Histories) -> None:
    columns = (histories.frequency, histories.recency, histories.age)
    if any((one != np.rint(one)).any() for one in columns) or (histories.frequency > histories.recency).any():
        raise ValueError("bg_bb counts in whole periods, at most one order in each")


def _different(histories: Histories) -> tuple[Histories, Integers]:
    different, of, _ = _different_with_first(histories)
    return different, of


def _different_with_first(histories: Histories) -> tuple[Histories, Integers, Integers]:
    """The different histories, of each customer the position among them, and where each stands first."""
    base = int(histories.age.max(initial=0.0)) + 1
    keys = (histories.frequency * base + histories.recency) * base + histories.age
    _, first, of = np.unique(keys, return_index=True, return_inverse=True)
    return histories.taken(first), of, first
