"""Models of classes: shares that mean what they say, told of whom was held out, or nothing."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.models.candidates import Method
from pipeline.models.classes import gate, methods, tree
from pipeline.models.classes.calibration import calibrated, fit_line
from pipeline.models.classes.shares import likeliest, losses, shares_of
from pipeline.models.classes.target import Classes, HeldOut
from pipeline.models.frame import Frame
from pipeline.models.parameters import from_json, to_json
from pipeline.models.rolling import FORECAST, Origin, Rolling
from tests.unit.models.classes.synthetic import (
    CLASSES,
    COLUMNS,
    KINDS,
    drawn,
    frame_of,
    held_out,
    parts,
    true_shares,
)

TYPICAL = {"visits": 7.0, "share": 0.5, "is_bound": 0.0}


def fitted(kind: str, size: int = 1_500, seed: int = 3) -> dict:
    frame = frame_of(size, seed)
    (method,) = (one for one in methods.methods(KINDS, COLUMNS) if one.name == kind)
    found = methods.fit_model(method.models[0], frame, drawn(frame, seed), CLASSES, 12, seed)
    return from_json(to_json(found))  # as it is frozen: plain numbers


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_comes_near_the_true_shares_and_far_below_the_base_rates(kind: str) -> None:
    others = frame_of(4_000, 9)
    truth = true_shares(others)
    told = shares_of(methods.log_shares(fitted(kind), others))
    assert told.sum(axis=1) == pytest.approx(np.ones(len(others)))
    near = float(np.abs(told - truth).mean())
    assert near < 0.6 * float(np.abs(truth.mean(axis=0) - truth).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_shares_depend_neither_on_who_else_is_scored_nor_on_the_order(kind: str) -> None:
    parameters, others = fitted(kind), frame_of(700, 9)
    whole = methods.log_shares(parameters, others)
    some = np.arange(700) % 7 == 3
    assert np.array_equal(methods.log_shares(parameters, others.taken(some)), whole[some])
    assert methods.log_shares(fitted(kind), others).tolist() == whole.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_feature_adds_is_what_the_model_says_without_it(kind: str) -> None:
    parameters, others = fitted(kind), frame_of(300, 9)
    found = dict(methods.without(parameters, others, TYPICAL))
    assert set(found) == set(methods.features_read(parameters)) == set(TYPICAL)
    for name, log_shares in found.items():
        usual = replace(others, numbers=others.numbers | {name: np.full(300, TYPICAL[name])})
        expected = shares_of(methods.log_shares(parameters, usual))
        assert shares_of(log_shares) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_with_one_class_alone_a_model_says_so(kind: str) -> None:
    frame = frame_of(200, 4)
    (method,) = (one for one in methods.methods(KINDS, COLUMNS) if one.name == kind)
    found = methods.fit_model(method.models[0], frame, np.ones(200), CLASSES, 12, 1)
    shares = shares_of(methods.log_shares(found, frame))
    assert (likeliest(shares) == 1).all()
    assert shares[:, 1].min() > 0.9


def test_a_tree_finds_a_planted_rule_and_where_the_unknown_go() -> None:
    frame = frame_of(2_000, 5)
    share = frame.number("share")
    outcome = np.where(np.isnan(share) | (share >= 0.6), 0.0, 1.0)
    grown = from_json(to_json(tree.fit(COLUMNS, frame, outcome, 2, 12, 1)))
    others = frame_of(2_000, 6)
    unlike = np.isnan(others.number("share")) | (others.number("share") >= 0.6)
    told = likeliest(tree.score(grown, others)) == 0
    assert (told == unlike).mean() > 0.98  # the border is a value that somebody has
    assert told[np.isnan(others.number("share"))].all()


def test_a_tree_asks_of_values_as_they_stand() -> None:
    """A border is a value of the fit to the last digit, and who has it lies above it."""
    frame = frame_of(2_000, 5)
    values = frame.number("visits") + 1e7  # single precision would blur these
    frame = Frame(frame.customer_id, {"visits": values}, {})
    border = np.quantile(values, 0.5, method="inverted_cdf")
    grown = tree.fit(COLUMNS[:1], frame, (values >= border).astype(np.float64), 2, 2, 1)
    assert grown["root"]["at_least"] == border


def test_a_tree_has_no_more_leaves_than_it_may_and_none_of_few() -> None:
    frame = frame_of(2_000, 5)
    grown = tree.fit(COLUMNS, frame, drawn(frame, 5), CLASSES, 6, 1)
    leaves = tree.leaves_of(grown["root"])
    assert len(leaves) == 6
    assert min(one["customers"] for one in leaves) >= 20
    assert sum(one["customers"] for one in leaves) == 2_000


def test_of_two_classes_the_loss_is_the_brier_score() -> None:
    shares, outcome = np.array([[0.3, 0.7], [0.9, 0.1]]), np.array([1.0, 1.0])
    assert losses(shares, outcome) == pytest.approx([0.09, 0.81])


def test_calibration_undoes_what_a_model_is_too_sure_of() -> None:
    frame = frame_of(6_000, 8)
    truth, outcome = true_shares(frame), drawn(frame, 8)
    line = fit_line(3.0 * np.log(truth), outcome)
    assert line["slope"] == pytest.approx(1 / 3, abs=0.03)
    assert np.abs(calibrated(3.0 * np.log(truth), line) - truth).mean() < 0.02


def test_nobody_is_told_by_what_was_learned_from_it() -> None:
    """Other labels in one part change what is learned, not what is told of that part by each model."""
    tried = methods.methods(["tree"], COLUMNS)
    usual = parts(600, 1)
    turned = [replace(usual[0], outcome=2.0 - usual[0].outcome), *usual[1:]]
    of_usual, of_turned = (
        told_apart(origins, tried).raw(tried[0], origins[0], 0) for origins in (usual, turned)
    )
    assert np.array_equal(of_usual, of_turned)
    said, other = (
        told_apart(origins, tried).said(tried[0], origins[1]).values for origins in (usual, turned)
    )
    assert not np.array_equal(said, other)


def told_apart(origins: list[Origin], tried: list[Method]) -> HeldOut:
    return HeldOut(origins, 0, tried, Classes(CLASSES, 12), 1)


def test_a_record_of_true_differences_is_earned() -> None:
    rolling = held_out(1_500, 1, methods.methods(KINDS, COLUMNS))
    record = rolling.record(-1)
    gates = gate.earned(rolling, record, -1)
    assert all(one.passed for one in gates), gates
    (whole,) = (one for one in record if one.method == FORECAST and one.period is None)
    assert whole.customers == 1_500
    assert [one.events for one in whole.by_class] == np.bincount(
        np.concatenate([one.outcome for one in rolling.origins]).astype(int)
    ).tolist()


@pytest.mark.parametrize("seed", range(6))
def test_labels_of_chance_earn_nothing(seed: int) -> None:
    rolling = held_out(500, seed, methods.methods(["logistic", "tree"], COLUMNS), strength=0.0)
    gates = gate.earned(rolling, rolling.record(-1), -1)
    assert not all(one.passed for one in gates)


def test_a_class_so_rare_that_nobody_is_called_so_earns_no_labels() -> None:
    """Probabilities may rank, and yet each customer's likeliest class is the same."""
    frame = frame_of(3_000, 2)
    chance = 0.12 * frame.number("is_bound") + 0.01
    outcome = (np.random.default_rng(2).uniform(size=3_000) < chance).astype(np.float64)
    part = np.arange(3_000) % 5
    origins = [Origin("now", one, frame.taken(part == one), outcome[part == one]) for one in range(5)]
    rolling = HeldOut(origins, 0, methods.methods(["logistic"], COLUMNS), Classes(2, 12), 1)
    closer, righter, _ = gate.earned(rolling, rolling.record(-1), -1)
    assert closer.passed
    assert not righter.passed


def test_too_few_of_a_class_are_not_learned_from() -> None:
    outcome = np.array([0.0] * 95 + [1.0] * 5)
    gates = gate.enough(outcome, ["many", "few"], 50, None)
    assert [one.name for one in gates if not one.passed] == ["customers_labelled_few"]
    assert not all(one.passed for one in gate.enough(outcome, ["many", "few"], 50, 1))


def lasting(seed: int, sticky: float, told: bool) -> Rolling:
    """Five periods of the same customers, most of whom keep their label; features tell of it, or nothing."""
    random = np.random.default_rng(seed)
    label, origins = random.integers(0, 2, 600), []
    for place in range(5):
        later = np.where(random.uniform(size=600) < sticky, label, random.integers(0, 2, 600))
        frame = frame_of(600, 50 + place)
        seen = label if not told else later
        share = np.clip(0.5 + 0.15 * (seen - 0.5) + random.normal(0, 0.1, 600), 0, 1)
        numbers = frame.numbers | {"share": share, "_label": label + 1.0}
        origins.append(Origin(f"p{place}", place, Frame(frame.customer_id, numbers, {}), later.astype(float)))
        label = later
    tried = methods.methods(["logistic"], COLUMNS[:2], "_label")
    return Rolling(origins, 1, tried, Classes(2, 12), seed)


def test_a_label_of_later_must_be_told_better_than_by_the_label_of_now() -> None:
    """Features that tell the label of now, and less well, tell nothing that was not known."""
    for seed in (1, 2, 3):
        known = lasting(seed, 0.7, told=False)
        gates = {one.name: one for one in gate.earned(known, known.record(5), 5)}
        assert gates["right_over_most_frequent"].passed
        assert not gates["brier_under_as_now"].passed
        assert not gates["right_over_as_now"].passed
    foretold = lasting(1, 0.2, told=True)
    assert all(one.passed for one in gate.earned(foretold, foretold.record(5), 5))
