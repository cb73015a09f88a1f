"""Schemes and their labels: nothing is promised that no forecast backs (law L12)."""

import pytest

from pipeline.settings.tiers import DEFAULT_TIERS
from pipeline.tables.schemes import BY_NAME, SCHEMES


def test_ids_of_segments_are_unique_and_name_their_scheme():
    ids = [one for scheme in SCHEMES for one in scheme.segment_ids()]
    assert len(set(ids)) == len(ids)
    assert all(one.partition(":")[0] in BY_NAME for one in ids)


def test_every_tier_has_default_settings():
    assert {one.name for one in SCHEMES if one.kind == "tier"} == set(DEFAULT_TIERS)


def test_a_trend_of_the_past_is_called_a_trend():
    assert "purchase_potential" not in BY_NAME
    trend = BY_NAME["recent_trend"]
    assert (trend.label, trend.label_zh) == ("Recent trend", "近期趋势")
    assert [(one.name, one.label, one.label_zh) for one in trend.segments] == [
        ("high", "Growing", "增长"),
        ("medium", "Steady", "平稳"),
        ("low", "Declining", "下降"),
    ]


@pytest.mark.parametrize("word", ["potential", "潜在", "潜力"])
def test_only_named_stages_and_cells_use_the_word_and_the_stage_says_what_it_rests_on(word):
    labels = {
        segment_id: f"{one.label} {one.label_zh}"
        for scheme in SCHEMES
        for segment_id, one in zip(scheme.segment_ids(), scheme.segments, strict=True)
    }
    assert not any(word in f"{one.label} {one.label_zh}".lower() for one in SCHEMES)
    said = {segment_id for segment_id, text in labels.items() if word in text.lower()}
    assert said <= {"lifecycle:potential", "rfm:potential_loyalists"}
    assert "growing of late" in labels["lifecycle:potential"]
    assert "近期增长" in labels["lifecycle:potential"]
