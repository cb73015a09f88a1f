"""Scales of the features that clusters are found on."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.models.frame import Frame
from pipeline.schemes.clustering.scaling import among_alike, are_settled, as_known, fit_scaling, within
from pipeline.schemes.clustering.space import scaled, unclipped_frame


def test_a_skewed_feature_is_scaled_after_log1p_and_a_constant_one_is_left_out():
    random = np.random.default_rng(0)
    skewed = fit_scaling("recency_days", np.exp(random.normal(0, 1.5, 500)))
    even = fit_scaling("recency_days", random.uniform(0, 1, 500))
    assert skewed is not None
    assert skewed["log"]
    assert even is not None
    assert not even["log"]
    assert fit_scaling("recency_days", np.full(500, 3.0)) is None


def test_a_feature_most_customers_share_is_scaled_by_its_standard_deviation():
    values = np.array([0.0] * 90 + [1.0] * 10)
    scaling = fit_scaling("discount_share_12p", values)
    assert scaling is not None
    assert scaling["scale"] > 0.1


def test_within_clusters_a_feature_that_tells_them_apart_is_scaled_as_one_of_noise():
    random = np.random.default_rng(5)
    labels = np.arange(900) % 3
    apart, noise = labels * 20.0 + random.normal(0, 1, 900), random.normal(50, 1, 900)
    population = [fit_scaling("tells", apart), fit_scaling("noise", noise)]
    assert all(population)
    frame = Frame(pa.array([f"c{i}" for i in range(900)]), {"tells": apart, "noise": noise}, {})
    found = within(population, population, unclipped_frame(population, frame, 1), labels)
    assert population[0]["scale"] > 10 * population[1]["scale"]
    assert found[0]["scale"] == pytest.approx(population[0]["scale"] / 10)  # and not less: 1.35 of some 39
    assert found[1]["scale"] == pytest.approx(1.35, rel=0.1)  # standard deviation 1
    assert not are_settled(population, found)
    assert are_settled(found, found)


def test_a_fit_goes_on_with_the_scales_of_before_but_not_with_those_of_all_customers():
    random = np.random.default_rng(6)
    fresh = [fit_scaling("visits", random.uniform(0, 10, 500))]
    held = [{**fresh[0], "scale": 1.5}]
    assert as_known(fresh, held) == held
    assert as_known(fresh, [{"feature": "visits", "log": False, "middle": 5.0, "scale": 1.5}]) == fresh
    assert as_known(fresh, [{**held[0], "log": True}]) == fresh


def test_a_kind_that_lies_far_out_is_no_extreme_value_and_a_few_customers_are():
    usual = np.linspace(0, 1, 950)
    kind = fit_scaling("visits", np.concatenate([usual, np.full(50, -9.0)]))
    few = fit_scaling("visits", np.concatenate([usual, np.full(3, -9.0)]))
    assert scaled(np.array([-9.0]), kind)[0] * kind["scale"] + kind["middle"] == pytest.approx(-9.0)
    assert scaled(np.array([-9.0]), few)[0] == pytest.approx(-3.0)


def test_customers_who_are_alike_tell_the_scale_within_kinds_before_any_are_known():
    random = np.random.default_rng(7)
    kinds = np.arange(1_500) % 5
    values = {"tells": kinds * 8.0 + random.normal(0, 1, 1_500), "noise": random.normal(0, 1, 1_500) + 40}
    population = [scaling for name, one in values.items() if (scaling := fit_scaling(name, one))]
    frame = Frame(pa.array([f"c{i}" for i in range(1_500)]), values, {})
    tells, noise = among_alike(population, unclipped_frame(population, frame, 1), kinds=8)
    assert population[0]["scale"] > 10 * population[1]["scale"]
    assert tells["scale"] < 2 * noise["scale"]


@pytest.mark.parametrize("seed", range(8, 14))
@pytest.mark.parametrize("size", [300, 1_000])
def test_one_feature_among_four_that_tells_kinds_apart_is_found(seed, size):
    random = np.random.default_rng(seed)
    values = {name: random.normal(40, 1, size) for name in ("tells", "visits", "orders", "lines")}
    values["tells"] += np.arange(size) % 5 * 7.0
    population = [scaling for name, one in values.items() if (scaling := fit_scaling(name, one))]
    frame = Frame(pa.array([f"c{i}" for i in range(size)]), values, {})
    found = among_alike(population, unclipped_frame(population, frame, 1), kinds=8)
    changed = [now["scale"] / was["scale"] for now, was in zip(found, population, strict=True)]
    assert changed[0] == pytest.approx(0.1)  # and not less
    assert min(changed[1:]) > 0.6


def test_features_of_one_kind_keep_their_scales():
    random = np.random.default_rng(14)
    values = {name: random.normal(40, 1, 1_000) for name in ("visits", "orders", "lines")}
    population = [scaling for name, one in values.items() if (scaling := fit_scaling(name, one))]
    frame = Frame(pa.array([f"c{i}" for i in range(1_000)]), values, {})
    found = among_alike(population, unclipped_frame(population, frame, 1), kinds=8)
    changed = [now["scale"] / was["scale"] for now, was in zip(found, population, strict=True)]
    assert min(changed) > 0.75


def test_a_feature_that_those_who_are_alike_all_share_keeps_a_scale():
    values = {"none": np.repeat([0.0, 5.5], [900, 100]), "visits": np.linspace(0, 1, 1_000) ** 2}
    population = [scaling for name, one in values.items() if (scaling := fit_scaling(name, one))]
    frame = Frame(pa.array([f"c{i}" for i in range(1_000)]), values, {})
    found = among_alike(population, unclipped_frame(population, frame, 1), kinds=8)
    assert all(0.1 <= now["scale"] / was["scale"] <= 1 for now, was in zip(found, population, strict=True))
