"""A feature is declared once, with all that readers need: a label in both languages, a unit, a meaning."""

import re
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from pipeline.features import FAMILIES, FEATURES, Family, Feature
from pipeline.tables.units import UNITS_ZH

HAN = re.compile("[\u4e00-\u9fff]")
GOOD: dict[str, Any] = {
    "name": "shoes_count_12p",
    "meaning": "Shoes bought.",
    "label": ("Shoes", "鞋"),
    "unit": "products",
    "formula": lambda m, window: m.customer["shoes"],
}
FAMILY = Family("shoes", 500, ("Shoes", "鞋"))


def test_a_good_declaration_is_taken() -> None:
    feature = FAMILY.feature(**GOOD)
    assert (feature.family, feature.is_numeric, feature.bounds) == (FAMILY, True, None)
    assert replace(feature, maximum=9).bounds == (0, 9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": ("Shoes", "")}, "English and Chinese"),
        ({"label": ("", "鞋")}, "English and Chinese"),
        ({"unit": "pairs"}, "unknown unit 'pairs'; known: .*products"),
        ({"words": ("many shoes", "few shoes", "鞋多", "")}, "words"),
        ({"meaning": ""}, "meaning"),
        ({"formula": None}, "needs one formula"),
    ],
)
def test_what_readers_need_may_not_be_missing(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"shoes_count_12p.*{said}"):
        FAMILY.feature(**GOOD | change)


@pytest.mark.parametrize("label", [("Shoes", ""), ("", "鞋")])
def test_a_family_has_a_label_in_both_languages(label: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"family shoes.*English and Chinese"):
        Family("shoes", 500, label)


@pytest.mark.parametrize("feature", FEATURES.values(), ids=lambda one: one.name)
def test_every_feature_is_told_in_both_languages(feature: Feature) -> None:
    english, chinese = feature.label
    assert english[0].isupper()
    assert HAN.search(chinese)
    assert feature.unit in UNITS_ZH
    if feature.words:
        assert not any(HAN.search(one) for one in feature.words[:2])
        assert all(HAN.search(one) for one in feature.words[2:])
    assert feature.unit or not feature.is_numeric, "a number has a unit"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda one: one.name)
def test_every_family_is_told_in_both_languages(family: Family) -> None:
    assert family.label[0]
    assert HAN.search(family.label[1])


def test_every_unit_is_said_in_chinese() -> None:
    for unit, chinese in UNITS_ZH.items():
        assert bool(unit) == bool(chinese)
        assert not unit or HAN.search(chinese) or unit == "project currency"


def test_a_feature_names_the_entities_that_it_needs() -> None:
    assert FEATURES["categories_count_12p"].entities == ("orders", "products")
    assert FEATURES["income_amount"].entities == ("profiles",)
    assert FEATURES["tenure_days"].entities == ()


@pytest.mark.parametrize("name", [name for name, one in FEATURES.items() if one.counted_by])
def test_what_a_value_was_made_of_is_counted_by_a_feature_that_comes_with_it(name: str) -> None:
    """Posteriors are made from value and count: the count is there, and whole, wherever the value is."""
    one = FEATURES[name]
    count = FEATURES[one.counted_by]
    assert pa.types.is_integer(count.type)
    assert count.minimum == 0
    assert set(count.entities) <= set(one.entities)
    assert count.window == one.window


@pytest.mark.parametrize("name", [name for name, one in FEATURES.items() if one.shows != "none"])
def test_a_trait_shows_itself_in_a_number_that_says_how(name: str) -> None:
    one = FEATURES[name]
    assert one.is_numeric
    assert one.counted_by or one.shows in ("rate", "share")
    assert (one.shows == "rate") <= name.endswith("_per_30_days_12p")
    assert one.window == "12p" or one.shows == "level"
    # A slope is of periods, not of what was counted in them.
    assert not name.endswith("_slope_12p")


@pytest.mark.parametrize("name", [name for name, one in FEATURES.items() if one.varied_by])
def test_what_a_mean_varies_by_is_a_ratio_of_the_same_observations(name: str) -> None:
    one, variation = FEATURES[name], FEATURES[FEATURES[name].varied_by]
    assert one.shows == "level"
    assert variation.unit == "ratio"
    assert variation.counted_by == one.counted_by
    assert set(variation.entities) <= set(one.entities)
