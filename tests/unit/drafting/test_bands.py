"""Bands of numbers in words."""

import pytest

from pipeline.drafting.bands import amounts, least_counts


def test_bands_are_their_middle() -> None:
    codes = ["Under 15K", "15-24K", "25-34K", "35-49K", "250K+"]
    assert amounts(codes) == {
        "Under 15K": 7_500,
        "15-24K": 20_000,
        "25-34K": 30_000,
        "35-49K": 42_000,
        "250K+": 300_000,
    }


@pytest.mark.parametrize("codes", [[], ["15-24K"], ["high", "low"], ["15-24K", "high"], ["24-15", "30-40"]])
def test_other_codes_are_no_bands(codes: list[str]) -> None:
    assert amounts(codes) is None


def test_what_is_open_above_counts_as_its_least() -> None:
    assert least_counts(["1", "2", "5+"]) == {"5+": 5}
    assert least_counts(["1", "2"]) is None
    assert least_counts(["1", "many", "5+"]) is None
