"""What contacts brought: the difference between who was contacted and who was held out, with its interval.

Belongs here: one comparison of two arms, and when it is evidence. Does not belong here: which customers are
compared (``following``), groups of customers (``shrinking``), tables (``results``).

Arms are compared as they were drawn, whether or not contacts reached them (intention to treat): whom a
contact reaches is not left to chance, who is held out is. What had been bought before explains much of what
is bought after and depends on no contact, so it takes its part out of the noise: a regression in each arm
(Lin, 2013, Annals of Applied Statistics 7; Deng et al., 2013, WSDM: CUPED). Amounts have heavy tails and
arms different spread, so errors are those of White for small samples (HC3; Long & Ervin, 2000, American
Statistician 54), and degrees of freedom those of Welch (1947).
"""

from dataclasses import dataclass
from math import erfc, log, sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEVEL = 0.95
#: Customers in an arm for each parameter of its regression, at least: with fewer, no covariate is taken.
PER_PARAMETER = 10
#: Held-out customers at which evidence over time is told apart best: then the error of a mean is a
#: twentieth of a customer's standard deviation. Any number is valid.
SHARPEST_AT = 400


@dataclass(frozen=True)
class Effect:
    """Difference of two arms per customer: ``value`` with its standard ``error`` and ``degrees`` of freedom.

    ``means`` of outcomes are of contacts and hold-outs as they are; ``counts`` the customers in each.
    ``adjusted`` are outcomes less what the covariates explain, in the order of what was given.
    """

    value: float
    error: float
    degrees: float
    means: tuple[float, float]
    counts: tuple[int, int]
    adjusted: Floats

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Lower and upper end, for one look at figures that are complete (Student's t)."""
        return self._within(_reach((1 - level) / 2, self.degrees))

    def always(self, level: float = LEVEL) -> tuple[float, float]:
        """Lower and upper end that hold at all looks together, however often one looks while customers come.

        Confidence sequence of a mixture of normals (Robbins, 1970; Howard et al., 2021, Annals of Statistics
        49; for means of large samples Waudby-Smith et al., 2024), in quantiles of Student's t.
        """
        contacts, hold_outs = self.counts
        spent = 2 * log(1 / (1 - level))
        seen = contacts * hold_outs / (contacts + hold_outs) / SHARPEST_AT * (spent + log(spent) + 1)
        reach = sqrt((1 + 1 / seen) * (log(1 + seen) + spent))
        return self._within(_reach(erfc(reach / sqrt(2)) / 2, self.degrees))

    def _within(self, reach: float) -> tuple[float, float]:
        return self.value - reach * self.error, self.value + reach * self.error


def effect(outcomes: Floats, before: Floats, is_contact: Flags, hold_out_shares: Floats) -> Effect | None:
    """What contacts brought; none with fewer than two customers in an arm.

    One value a customer: the outcome, a row of covariates known ``before`` it was drawn, whether it is in the
    arm of contacts, and with which probability it could have been held out. Where that changed in time,
    customers count by its inverse (Horvitz & Thompson, 1952), so that arms are of the same customers.
    """
    counts = int(is_contact.sum()), int((~is_contact).sum())
    if min(counts) < 2:
        return None
    means = float(outcomes[is_contact].mean()), float(outcomes[~is_contact].mean())
    covariates = _useful(before, min(counts))
    weights = 1 / np.where(is_contact, 1 - hold_out_shares, hold_out_shares)
    arms = [_arm(outcomes[one], covariates[one], weights[one]) for one in (is_contact, ~is_contact)]
    (contact, contact_errors), (held, held_errors) = arms
    slopes = contact[1:] - held[1:]
    drawn = float(slopes @ _covariance(covariates) @ slopes) / len(outcomes) if len(slopes) else 0.0
    errors = np.array([contact_errors[0, 0], held_errors[0, 0]])
    free = np.array(counts) - len(contact)
    variance = float(errors.sum())
    degrees = variance**2 / float((errors**2 / free).sum()) if variance else float(free.min())
    shares = np.array(counts) / len(outcomes)  # the larger arm tells less of its own slope to the difference
    common = contact[1:] * shares[1] + held[1:] * shares[0]
    return Effect(
        float(contact[0] - held[0]),
        sqrt(variance + drawn),
        degrees,
        means,
        counts,
        outcomes - covariates @ common,
    )


def _reach(tail: float, degrees: float) -> float:
    """Quantile of Student's t with so much beyond it."""
    from scipy.special import stdtrit  # takes long to import, for projects without actions, too

    return float(-stdtrit(degrees, tail))


def _useful(before: Floats, least: int) -> Floats:
    """Covariates about their means, in standard deviations; none that is constant, none of few customers."""
    spread = before.std(axis=0)
    varying = before[:, spread > 0]
    if least < PER_PARAMETER * (varying.shape[1] + 1):
        return np.zeros((len(before), 0))
    return np.asarray((varying - varying.mean(axis=0)) / spread[spread > 0], np.float64)


def _covariance(covariates: Floats) -> Floats:
    return np.atleast_2d(np.asarray(np.cov(covariates, rowvar=False), np.float64))


def _arm(outcomes: Floats, covariates: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Coefficients of the regression in one arm, the mean first, and their covariance (HC3)."""
    design = np.column_stack([np.ones(len(outcomes)), covariates])
    weighted = design * weights[:, None]
    bread = np.linalg.pinv(weighted.T @ design)
    coefficients = bread @ (weighted.T @ outcomes)
    leverage = np.clip(np.einsum("ij,jk,ik->i", weighted, bread, design), 0, 1 - 1e-9)
    scores = weighted * ((outcomes - design @ coefficients) / (1 - leverage))[:, None]
    return coefficients, np.asarray(bread @ (scores.T @ scores) @ bread, np.float64)
