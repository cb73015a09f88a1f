"""Fitting a tone model."""

import numpy as np
import pytest

from pipeline.texts.fitting import MOST_WEIGHT, balanced, fit
from pipeline.texts.tone import ToneModel

_OBJECTS = ["phone", "camera", "book", "room", "bed", "screen", "train", "coffee", "lamp", "chair"]
_GOOD, _BAD = ("great", "lovely", "works well"), ("awful", "broken", "does not work")


def _corpus() -> tuple[list[str], np.ndarray]:
    rows = [
        (f"the {one} is {how} and the {other} too", how in _GOOD)
        for how in (*_GOOD, *_BAD)
        for one in _OBJECTS
        for other in _OBJECTS
        if one != other
    ]
    return [text for text, _ in rows], np.array([label for _, label in rows])


def _same(one: ToneModel, other: ToneModel) -> bool:
    return (
        one.terms == other.terms
        and one.intercept == other.intercept
        and np.array_equal(one.weights, other.weights)
        and np.array_equal(one.scales, other.scales)
    )


def test_a_fit_is_the_same_in_any_order_of_texts() -> None:
    texts, labels = _corpus()
    weights = np.linspace(0.5, 1.5, len(texts))
    first = fit(texts, labels, weights, "en", 200)
    mixed = np.random.default_rng(3).permutation(len(texts))
    second = fit([texts[one] for one in mixed], labels[mixed], weights[mixed], "en", 200)
    assert _same(first.model, second.model)
    assert first.held_out[mixed] == pytest.approx(second.held_out)


def test_a_fit_keeps_what_speaks_of_tone() -> None:
    texts, labels = _corpus()
    model = fit(texts, labels, np.ones(len(texts)), "en", 60).model
    assert len(model.terms) == 60
    assert {"wgreat", "wawful"} <= set(model.terms)
    assert not {f"w{one}" for one in _OBJECTS} & set(model.terms)


def test_held_out_texts_are_scored_by_models_of_the_others() -> None:
    texts, labels = _corpus()
    unlike = np.random.default_rng(1).random(len(texts)) < 0.5  # labels that no text speaks of
    assert (fit(texts, labels, np.ones(len(texts)), "en", 200).held_out > 0).tolist() == labels.tolist()
    held_out = fit(texts, unlike, np.ones(len(texts)), "en", 200).held_out
    assert 0.4 < ((held_out > 0) == unlike).mean() < 0.6


def test_either_label_weighs_as_much_in_every_stratum() -> None:
    labels = np.array([True] * 30 + [False] * 10 + [True] * 5 + [False] * 20)
    strata = np.array(["hotel"] * 40 + ["book"] * 25)
    weights = balanced(labels, strata.tolist())
    for one in ("hotel", "book"):
        of_one = strata == one
        assert weights[of_one & labels].sum() == pytest.approx(weights[of_one & ~labels].sum())
        assert weights[of_one].sum() == pytest.approx(of_one.sum())


def test_no_text_outweighs_the_others() -> None:
    labels = np.array([True] + [False] * 99)
    assert balanced(labels, ["x"] * 100).max() == MOST_WEIGHT
