"""What is said of the rules beside discovered clusters; those of taught schemes: ``schemes/teaching``."""

from typing import Any

import pytest

from pipeline.features import FEATURES
from pipeline.publish.rules_in_words import rules_in_words
from pipeline.publish.texts import Words

LEAVES = [{"shares": [0.9, 0.1], "told": [0.9, 0.1], "class": 0, "customers": 40}] * 2
ROOT = {
    "feature": "recency_days",
    "at_least": 30.0,
    "unknown": "above",
    "saw_unknown": False,
    "above": LEAVES[0],
    "below": LEAVES[1] | {"told": [0.2, 0.8], "class": 1},
}


def clusters(**surrogate: Any) -> dict[str, Any]:
    """Parameters of two clusters, described by one question."""
    found = {"tree": {"root": ROOT}, "right_share": 0.934, "tested_count": 1250} | surrogate
    return {"segment_ids": ["groups:s02", "groups:s01"], "surrogate": found}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_clusters_are_described_with_how_often_that_was_right(language: str) -> None:
    words = Words(language, "EUR", {"groups:s02": "SILENT", "groups:s01": "BUSY"}, features=FEATURES)
    role, silent, busy = rules_in_words("groups", clusters(), words)
    assert "93.4%" in role
    assert "1,250" in role
    assert "SILENT" in silent
    assert "90.0%" in silent
    assert "BUSY" in busy
    assert "80.0%" in busy
    assert all("30" in one for one in (silent, busy))


def test_clusters_without_a_description_that_earned_to_be_told_have_none() -> None:
    words = Words("en", "EUR", {}, features=FEATURES)
    assert rules_in_words("groups", {"segment_ids": ["groups:s01"], "surrogate": {}}, words) == []
    assert rules_in_words("groups", {"segment_ids": ["groups:s01"]}, words) == []
