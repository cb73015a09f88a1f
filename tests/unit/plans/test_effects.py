"""The comparison of two arms and beliefs of groups, on draws whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from pipeline.plans.effects import effect
from pipeline.plans.shrinking import beliefs


def drawn(seed: int, contacts: int = 900, hold_outs: int = 100, truth: float = 2.0):
    random = np.random.default_rng(seed)
    is_contact = np.arange(contacts + hold_outs) < contacts
    before = random.gamma(1.0, 20.0, len(is_contact))
    outcomes = 0.5 * before + random.normal(0, 5, len(is_contact)) + truth * is_contact
    return outcomes, before[:, None], is_contact, np.full(len(is_contact), hold_outs / len(is_contact))


def test_without_covariates_it_is_the_difference_of_means_in_the_way_of_welch() -> None:
    outcomes, before, is_contact, shares = drawn(1)
    found = effect(outcomes, before[:, :0], is_contact, shares)
    assert found is not None
    welch = stats.ttest_ind(outcomes[is_contact], outcomes[~is_contact], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert found.value == pytest.approx(outcomes[is_contact].mean() - outcomes[~is_contact].mean())
    assert found.interval() == pytest.approx((low, high), rel=0.02)
    assert found.counts == (900, 100)


def test_what_was_bought_before_takes_its_part_out_of_the_noise() -> None:
    outcomes, before, is_contact, shares = drawn(2)
    plain, adjusted = (effect(outcomes, one, is_contact, shares) for one in (before[:, :0], before))
    assert plain is not None
    assert adjusted is not None
    assert adjusted.error < 0.6 * plain.error
    assert adjusted.value == pytest.approx(2.0, abs=3 * adjusted.error)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    hits = 0
    for seed in range(400):
        found = effect(*drawn(1000 + seed, 450, 50))
        assert found is not None
        low, high = found.interval()
        hits += low <= 2.0 <= high
    assert 0.92 <= hits / 400 <= 0.98


def test_a_share_that_changed_in_time_does_not_bias() -> None:
    """Two years with other shares held out, and another level of what is bought."""
    random, values = np.random.default_rng(5), []
    for _ in range(200):
        late = np.arange(2000) >= 1000
        shares = np.where(late, 0.4, 0.05)
        is_contact = random.random(2000) > shares
        outcomes = 50.0 * late + random.normal(0, 5, 2000) + 2.0 * is_contact
        found = effect(outcomes, np.zeros((2000, 1)), is_contact, shares)
        assert found is not None
        values.append(found.value)
    assert np.mean(values) == pytest.approx(2.0, abs=0.6)


def test_few_customers_get_no_covariate_and_none_no_effect() -> None:
    outcomes, before, is_contact, shares = drawn(3, 60, 12)
    few, plain = (effect(outcomes, one, is_contact, shares) for one in (before, before[:, :0]))
    assert few is not None
    assert plain is not None
    assert few.value == plain.value
    assert effect(outcomes[:61], before[:61], is_contact[:61], shares[:61]) is None


def test_nobody_who_bought_anything_is_no_error() -> None:
    found = effect(np.zeros(200), np.zeros((200, 3)), np.arange(200) < 100, np.full(200, 0.5))
    assert found is not None
    assert found.interval() == (0.0, 0.0)
    assert found.always() == (0.0, 0.0)


def test_intervals_for_always_are_wider() -> None:
    found = effect(*drawn(4))
    assert found is not None
    widths = [high - low for low, high in (found.interval(), found.always())]
    assert 1.3 < widths[1] / widths[0] < 2


def test_who_looks_every_period_at_nothing_finds_something_in_one_of_twenty_lives_at_most() -> None:
    random, lives, wrong = np.random.default_rng(6), 300, 0
    for _ in range(lives):
        outcomes = random.normal(0, 1, 24 * 200)
        is_contact = np.arange(24 * 200) % 10 > 0
        shares = np.full(24 * 200, 0.1)
        for look in range(3, 25):
            size = look * 200
            found = effect(outcomes[:size], np.zeros((size, 1)), is_contact[:size], shares[:size])
            assert found is not None
            low, high = found.always()
            if low > 0 or high < 0:
                wrong += 1
                break
    assert wrong / lives <= 0.05


def test_beliefs_of_groups_lie_between_what_was_measured_and_the_mean_of_all() -> None:
    random = np.random.default_rng(7)
    size, truths = 8000, np.array([0.0, 1.0, 4.0])
    which = random.integers(0, 3, size)
    is_contact = random.random(size) < 0.9
    outcomes = random.normal(10, 8, size) + truths[which] * is_contact
    found = effect(outcomes, np.zeros((size, 1)), is_contact, np.full(size, 0.1))
    assert found is not None
    believed = beliefs(found, np.ones(len(which)), [f"g{one}" for one in which], is_contact)
    means = [believed.of(f"g{one}").mean for one in range(3)]
    raw = [
        outcomes[is_contact & (which == one)].mean() - outcomes[~is_contact & (which == one)].mean()
        for one in range(3)
    ]
    middle = believed.of("nobody").mean
    assert means == sorted(means)
    for mean, value in zip(means, raw, strict=True):
        assert min(value, middle) - 1e-9 <= mean <= max(value, middle) + 1e-9
    assert believed.of("g2").chance_above(0) > 0.99
    assert believed.of("g0").chance_above(0) < 0.9


def test_a_group_in_which_nobody_bought_is_not_believed_to_be_sure() -> None:
    random, size = np.random.default_rng(8), 3000
    which, is_contact = random.integers(0, 3, size), random.random(size) < 0.9
    outcomes = random.normal(10, 8, size)
    outcomes[which == 2] = 0.0
    found = effect(outcomes, np.zeros((size, 1)), is_contact, np.full(size, 0.1))
    assert found is not None
    believed = beliefs(found, np.ones(len(which)), [f"g{one}" for one in which], is_contact)
    assert 0.02 < believed.of("g2").chance_above(0.05) < 0.98  # a hundredth of what others buy is 0.1


def test_beliefs_cover_the_truth_of_groups_as_often_as_they_say() -> None:
    random, inside, told = np.random.default_rng(9), 0, 0
    for _ in range(150):
        truths = random.normal(1, 1.5, 6)
        which, is_contact = random.integers(0, 6, 3000), random.random(3000) < 0.9
        outcomes = random.normal(10, 8, 3000) + truths[which] * is_contact
        found = effect(outcomes, np.zeros((3000, 1)), is_contact, np.full(3000, 0.1))
        assert found is not None
        believed = beliefs(found, np.ones(len(which)), [f"g{one}" for one in which], is_contact)
        for place, truth in enumerate(truths):
            chance = believed.of(f"g{place}").chance_above(truth)
            inside += 0.025 < chance < 0.975
            told += 1
    assert 0.91 <= inside / told <= 0.98


def test_draws_are_as_likely_as_what_is_believed() -> None:
    random = np.random.default_rng(11)
    which, is_contact = random.integers(0, 3, 3000), random.random(3000) < 0.9
    outcomes = random.normal(10, 8, 3000) + is_contact * which
    found = effect(outcomes, np.zeros((3000, 1)), is_contact, np.full(3000, 0.1))
    assert found is not None
    one = beliefs(found, np.ones(3000), [f"g{at}" for at in which], is_contact).of("g1")
    drawn = np.array([one.drawn(random.random(), random.normal()) for _ in range(4000)])
    assert drawn.mean() == pytest.approx(one.mean, abs=0.1)
    for least in (0.0, 1.0, 2.0):
        assert np.mean(drawn > least) == pytest.approx(one.chance_above(least), abs=0.03)


def test_groups_that_spend_little_are_told_apart_from_those_that_spend_much() -> None:
    """Three levels of spend, of ten to one, and effects in proportion: who is told to gain so often does."""
    random, told = np.random.default_rng(10), []
    levels = np.repeat([6.0, 20.0, 60.0], 2)
    for _ in range(200):
        truths = levels * random.normal(0.2, 0.3, 6)
        which, is_contact = random.integers(0, 6, 3000), random.random(3000) < 0.9
        before = levels[which] * random.lognormal(0, 0.5, 3000)
        outcomes = random.gamma(0.5, 2 * levels[which]) + truths[which] * is_contact
        found = effect(outcomes, np.zeros((3000, 1)), is_contact, np.full(3000, 0.1))
        assert found is not None
        believed = beliefs(found, before, [f"g{one}" for one in which], is_contact)
        told += [(believed.of(f"g{at}").chance_above(2.5), truth > 2.5) for at, truth in enumerate(truths)]
    chances, gains = np.array(told).T
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        some = (low <= chances) & (chances <= low + 0.2)
        assert abs(chances[some].mean() - gains[some].mean()) < 0.12
