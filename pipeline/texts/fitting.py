"""Fitting a tone model: from labelled texts to arrays.

Belongs here: the fit alone, the one thing here that needs scikit-learn. Does not belong here: where
corpora come from (``tests.tone``), or scoring (``tone``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from pipeline.models.frame import Flags, Floats
from pipeline.texts.tone import ToneModel
from pipeline.texts.words import terms

#: A term is known when it occurs in so many texts: rarer ones, names among them, are noise.
LEAST_TEXTS = 3
#: Inverse strength of the ridge penalty; 1, 2 and 4 were within .008 on topics held out of the fit.
PENALTY = 2.0
#: No text counts for more than so many: a stratum may have two texts of one label among hundreds.
MOST_WEIGHT = 4.0
#: Parts of the corpus, each scored by a model of the others.
PARTS = 3
#: Digits kept of scales and weights: fits on other machines differ beyond them.
DIGITS = 4


@dataclass(frozen=True)
class Fitted:
    """The model, and for each text the log odds by a model that did not see it (not calibrated)."""

    model: ToneModel
    held_out: Floats


def balanced(labels: Flags, strata: Sequence[str]) -> Floats:
    """Weight of each text, such that either label weighs as much in every stratum, up to ``MOST_WEIGHT``.

    Strata are what must not speak of tone by itself, topic and length: where long texts are praise of
    books and complaints of hotels, a model learns that words of hotels are bad.
    """
    _, stratum = np.unique(list(strata), return_inverse=True)
    sizes, positives = np.bincount(stratum), np.bincount(stratum, labels)
    own = np.where(labels, positives[stratum], (sizes - positives)[stratum])
    found: Floats = np.minimum(sizes[stratum] / (2 * own), MOST_WEIGHT)
    return found


def fit(texts: Sequence[str], labels: Flags, weights: Floats, language: str, keep: int) -> Fitted:
    """Logistic regression on TF-IDF of the ``keep`` terms that matter most; repeatable in any order of rows.

    A term counts (1 + log occurrences) · idf · √|log ratio|, where the ratio compares how often texts of
    either label have it (naive Bayes scales: Wang and Manning, 2012): what does not speak of tone weighs
    little. A model of all terms chooses those to keep, by weight · scale · √frequency; the model is fitted
    anew on these. Its log odds are calibrated on parts of the corpus that it did not see (Platt, 1999;
    without intercept, so that zero stays zero).
    """
    order = sorted(range(len(texts)), key=lambda one: (texts[one], bool(labels[one])))
    y, w = np.asarray(labels, bool)[order], np.asarray(weights)[order]
    vectorizer = CountVectorizer(analyzer=partial(terms, language=language), min_df=LEAST_TEXTS)
    rows = vectorizer.fit_transform([texts[one] for one in order]).astype(np.float64).tocsr()
    rows.data = 1 + np.log(rows.data)
    names = vectorizer.get_feature_names_out()
    kept = _those_that_matter(rows, y, w, names, keep)
    rows, names = rows[:, kept], names[kept]
    held_out = _held_out(rows, y, w)
    platt = LogisticRegression(C=1e6, fit_intercept=False)
    slope = float(platt.fit(held_out[:, None], y, sample_weight=w).coef_[0, 0])
    scales, model = _fitted(rows, y, w)
    found = ToneModel(
        language,
        tuple(str(one) for one in names),
        scales,
        np.round(model.coef_[0] * slope, DIGITS),
        round(float(model.intercept_[0]) * slope, DIGITS),
    )
    given = np.empty(len(y))
    given[order] = held_out
    return Fitted(found, given)


def _those_that_matter(rows: Any, y: Flags, w: Floats, names: Any, keep: int) -> Any:
    scales, model = _fitted(rows, y, w)
    merit = np.abs(model.coef_[0]) * scales * np.sqrt(np.asarray((rows > 0).sum(0)).ravel())
    return np.sort(np.lexsort((names, -np.round(merit, 6)))[:keep])


def _held_out(rows: Any, y: Flags, w: Floats) -> Floats:
    """Log odds of each text by a model of the other parts. Neighbours lie in different parts: rows are in
    the order of texts, and texts that begin alike may be alike."""
    part, found = np.arange(len(y)) % PARTS, np.zeros(len(y))
    for one in range(PARTS):
        scales, model = _fitted(rows[part != one], y[part != one], w[part != one])
        found[part == one] = model.decision_function(normalize(rows[part == one] @ sparse.diags(scales)))
    return found


def _fitted(rows: Any, y: Flags, w: Floats) -> tuple[Floats, Any]:
    scales = _scales(rows, y, w)
    model = LogisticRegression(C=PENALTY, solver="liblinear", random_state=0, tol=1e-6)
    return scales, model.fit(normalize(rows @ sparse.diags(scales)), y, sample_weight=w)


def _scales(rows: Any, y: Flags, w: Floats) -> Floats:
    """Of each term idf · √|log ratio|; one text more of either label has every term."""
    has = (rows > 0).astype(np.float64)
    idf = np.log((1 + rows.shape[0]) / (1 + np.asarray(has.sum(0)).ravel())) + 1
    positive, negative = (1 + has.T @ (w * (y == one)) for one in (True, False))
    ratio = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
    found: Floats = np.round(idf * np.sqrt(np.abs(ratio)), DIGITS)
    return found
