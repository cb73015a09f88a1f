"""Shares of classes: how likely each class is of each customer, and how good that was.

Belongs here: the step from logarithms to shares, measures of shares against what was so. Does not belong
here: any model, or what counts as good enough (``gate``).

Shares are customers x classes, and sum to 1; outcomes are places of classes.
"""

import numpy as np

from pipeline.models.frame import Floats, Integers

#: No model is surer than this.
LEAST = 1e-6


def shares_of(log_shares: Floats) -> Floats:
    """Shares of logarithms of them, whatever was added to all classes of a customer."""
    weights = np.exp(log_shares - log_shares.max(axis=1, keepdims=True))
    total = np.zeros(len(weights))
    for place in range(weights.shape[1]):
        total += weights[:, place]
    return np.asarray(weights / total[:, None], np.float64)


def logarithms(shares: Floats) -> Floats:
    """Logarithms of shares, none below that of ``LEAST``."""
    return np.asarray(np.log(np.maximum(shares, LEAST)), np.float64)


def base_rates(outcome: Floats, classes: int) -> Floats:
    """Share of each class, one half added to each (Jeffreys, 1946): never none."""
    counts = np.bincount(outcome.astype(np.int64), minlength=classes) + 0.5
    return np.asarray(counts / counts.sum(), np.float64)


def likeliest(shares: Floats) -> Integers:
    """The class with the greatest share, ties by the order of classes."""
    found: Integers = np.round(shares, 9).argmax(axis=1).astype(np.int64)
    return found


def losses(shares: Floats, outcome: Floats) -> Floats:
    """Half the squared distance of the shares of each customer from what was so (Brier, 1950).

    Half, so that of two classes it is the Brier score of either.
    """
    found = np.zeros(len(shares))
    for place in range(shares.shape[1]):
        found += (shares[:, place] - (outcome == place)) ** 2
    return found / 2.0


def confusion(told: Integers, outcome: Floats, classes: int) -> Integers:
    """Customers by class (rows) and by what they were told to be (columns)."""
    found = np.zeros((classes, classes), np.int64)
    np.add.at(found, (outcome.astype(np.int64), told), 1)
    return found
