"""Ways to the probability that a customer buys a category that it has not bought lately.

Belongs here: fitting and scoring them. Does not belong here: which one is best (``models.rolling``).

``popular``: the rate at which customers without the category bought it, one half added to each side
(Haldane, 1956). ``common``: logistic regression on the log-odds of that rate and features of the customer.
``affinity``: the same with one column more, what the categories bought say of the one not bought:

    Σ over categories j of log P(j bought or not | k bought next) - log P(j bought or not | k not bought next)

(naive Bayes: Maron, 1961), with shares drawn towards those of all by ``WORTH`` customers, as few buy a
category anew. What is learned of pairs of categories is learned on origins before the newest, and its weight
on the newest, so that it weighs what it is worth out of sample (stacking: Wolpert, 1992).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.models.candidates import Model
from pipeline.models.category.pairs import Pairs, categories_of, pairs_of
from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability import logistic
from pipeline.models.rolling import Origin

CONSTANT, POPULAR, COMMON, AFFINITY = "constant_of_pairs", "popular", "common", "affinity"
#: A share of those who bought a category next is drawn towards that of all by as many customers.
WORTH = 10.0
_POPULARITY, _LIKENESS = Column("popularity", is_skewed=False), Column("likeness", is_skewed=False)


def fit(model: Model, origins: Sequence[Origin]) -> dict[str, Any]:
    """Frozen parameters of ``model`` for outcomes of pairs of ``origins``, oldest first."""
    names = sorted({name for one in origins for name in categories_of(one.frame)})
    outcomes = np.concatenate([one.outcome for one in origins])
    found: dict[str, Any] = {
        "kind": model.kind,
        "categories": names,
        "constant": logistic.log_odds_of(outcomes),
    }
    if model.kind == CONSTANT:
        return found
    found["popularity"] = _popularity(origins, names, found["constant"]).tolist()
    if model.kind == POPULAR:
        return found
    columns, learned = [_POPULARITY, *model.columns], list(origins)
    if model.kind == AFFINITY and len(origins) > 1:
        found["likeness"] = [one.tolist() for one in _likeness(origins[:-1], names)]
        columns.append(_LIKENESS)
        learned = [origins[-1]]
    frames = [_columns(found, one.frame, names, model.columns) for one in learned]
    numbers = {name: np.concatenate([one[name] for one in frames]) for name in frames[0]}
    outcome = np.concatenate([one.outcome for one in learned])
    return found | {"regression": logistic.fit(columns, _frame(numbers, len(outcome)), outcome)}


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log-odds of each pair of ``frame`` with the categories of ``parameters``."""
    names = sorted(categories_of(frame))
    pairs = pairs_of(frame, names)
    if parameters["kind"] == CONSTANT:
        return np.full(len(pairs), parameters["constant"])
    if parameters["kind"] == POPULAR:
        return _popularity_of(parameters, names, pairs)
    regression = parameters["regression"]
    columns = [Column(one["feature"], one["is_skewed"]) for one in regression["design"]]
    numbers = _columns(parameters, frame, names, columns)
    return logistic.score(regression, _frame(numbers, len(pairs)))


def features_read(parameters: dict[str, Any]) -> list[str]:
    """Features of customers that ``score`` reads."""
    made = (_POPULARITY.feature, _LIKENESS.feature)
    design = parameters.get("regression", {"design": []})["design"]
    return [one["feature"] for one in design if one["feature"] not in made]


def _columns(
    parameters: dict[str, Any], frame: Frame, names: Sequence[str], columns: Sequence[Column]
) -> dict[str, Floats]:
    """Columns of each pair with ``names``: what is known of its category, of its customer, and of both."""
    pairs = pairs_of(frame, names)
    wanted = [one.feature for one in columns if one not in (_POPULARITY, _LIKENESS)]
    found = {name: pairs.of_customers(frame.number(name)) for name in wanted}
    found[_POPULARITY.feature] = _popularity_of(parameters, names, pairs)
    if "likeness" in parameters:
        found[_LIKENESS.feature] = _likeness_of(parameters, names, pairs)
    return found


def _popularity(origins: Sequence[Origin], names: Sequence[str], constant: float) -> Floats:
    """Log-odds of each of ``names`` among customers without it."""
    yes, every = np.zeros(len(names)), np.zeros(len(names))
    for one in origins:
        pairs = pairs_of(one.frame, names)
        yes += np.bincount(pairs.category, one.outcome, len(names))
        every += np.bincount(pairs.category, minlength=len(names))
    found = np.log((yes + 0.5) / (every - yes + 0.5))
    return np.where(every > 0, found, constant)


def _popularity_of(parameters: dict[str, Any], names: Sequence[str], pairs: Pairs) -> Floats:
    """Log-odds of the category of each pair; those of all pairs for one that was never seen."""
    known = dict(zip(parameters["categories"], parameters["popularity"], strict=True))
    by_name = np.array([known.get(one, parameters["constant"]) for one in names], dtype=np.float64)
    return by_name[pairs.category]


def _likeness(origins: Sequence[Origin], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Log likelihood ratios of ``names`` bought (rows) for each of ``names`` bought next (columns): how much
    having bought adds over not having, and the sum of not having bought any."""
    size = len(names)
    with_j = np.zeros((2, size, size))  # outcome, j bought, k
    every = np.zeros((2, size))
    for one in origins:
        pairs = pairs_of(one.frame, names)
        has = (pairs.bought == 1).astype(np.float64)
        for outcome in (0, 1):
            wanted = np.flatnonzero(one.outcome == outcome)
            weights = np.zeros(pairs.bought.shape)
            weights[pairs.customer[wanted], pairs.category[wanted]] = 1.0
            with_j[outcome] += has.T @ weights
            every[outcome] += weights.sum(axis=0)
    total = every.sum(axis=0)
    middle = (with_j.sum(axis=0) + 0.5) / (total + 1.0)
    share = (with_j + WORTH * middle) / (every[:, None, :] + WORTH)
    bought = np.log(share[1]) - np.log(share[0])
    missing = np.log1p(-share[1]) - np.log1p(-share[0])
    np.fill_diagonal(bought, 0.0)
    np.fill_diagonal(missing, 0.0)
    return bought - missing, missing.sum(axis=0)


def _likeness_of(parameters: dict[str, Any], names: Sequence[str], pairs: Pairs) -> Floats:
    """The log likelihood ratio of each pair; none for a category that was never seen."""
    known = {name: place for place, name in enumerate(parameters["categories"])}
    more, none = (np.asarray(one, dtype=np.float64) for one in parameters["likeness"])
    here = [place for place, name in enumerate(names) if name in known]
    there = [known[names[place]] for place in here]
    has = (pairs.bought[:, here] == 1).astype(np.float64)
    whole = np.zeros(pairs.bought.shape)
    whole[:, here] = has @ more[np.ix_(there, there)] + none[there]
    return np.asarray(whole[pairs.customer, pairs.category], dtype=np.float64)


def _frame(numbers: dict[str, Floats], size: int) -> Frame:
    """Pairs as a frame; nobody is looked up in it by id."""
    return Frame(pa.nulls(size, pa.string()), numbers, {})
