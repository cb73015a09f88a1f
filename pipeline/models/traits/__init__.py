"""Traits: what a customer is like, known only through observations: a posterior against a frozen prior.

Belongs here: one module for each way in which a trait shows itself, all with the same face:

* ``rates``: events over time (orders per 30 days). Gamma-Poisson.
* ``shares``: some of so many (returned lines). Beta-binomial.
* ``levels``: values that scatter round a middle (answers, tone). Normal.

Each has ``fit`` (a prior from many customers, in a refit only: law L7), ``posterior`` (mean, spread and
evidence of each customer), ``next_draw`` (an interval for what will be observed next) and ``anew`` (where the
posterior mean would lie if as much were observed again). Does not belong here: which features are traits
(their declarations), or what schemes make of them.

Evidence share is the information gained over the prior: by what share the variance of the trait is expected
to shrink through as many observations (Bühlmann's credibility, 1967). Nothing observed gives 0, and no number
of columns that are known gives more than the observations behind them.
"""

from pipeline.models.traits import levels, rates, shares
from pipeline.models.traits.observed import Observed, Posterior

KINDS = {"rate": rates, "share": shares, "level": levels}

__all__ = ["KINDS", "Observed", "Posterior", "levels", "rates", "shares"]
