"""Schemes and their labels: nothing is promised that no forecast backs (law L12)."""

import pytest

from pipeline.settings import BUILT_IN


def labels() -> dict[str, str]:
    """Label of every named segment, in both languages."""
    return {
        scheme.segment_id(name): f"{one.label.en} {one.label.zh}"
        for scheme in BUILT_IN.values()
        for name, one in scheme.segments.items()
    }


def test_ids_of_segments_are_unique_and_name_their_scheme():
    ids = [one for scheme in BUILT_IN.values() for one in scheme.segment_ids()]
    assert len(set(ids)) == len(ids)
    assert all(one.partition(":")[0] in BUILT_IN for one in ids)


def test_every_tier_says_what_makes_its_score():
    tiers = [one for one in BUILT_IN.values() if one.kind == "tier"]
    assert len(tiers) == 7
    assert all(one.score and list(one.segments) == ["high", "medium", "low"] for one in tiers)


def test_the_grid_has_a_segment_for_each_of_25_cells_and_a_cell_for_each_segment():
    rfm = BUILT_IN["rfm"]
    assert [len(row) for row in rfm.cells] == [5] * 5
    assert {one for row in rfm.cells for one in row} == set(rfm.segments)


def test_every_named_stage_has_a_rule():
    lifecycle = BUILT_IN["lifecycle"]
    assert {one.segment for one in lifecycle.rules} == set(lifecycle.segments)
    assert set(lifecycle.facts()) == {"lifecycle:lost", "lifecycle:returned", "lifecycle:new"}


def test_a_trend_of_the_past_is_called_a_trend():
    assert "purchase_potential" not in BUILT_IN
    trend = BUILT_IN["recent_trend"]
    assert (trend.label.en, trend.label.zh) == ("Recent trend", "近期趋势")
    assert [(name, one.label.en, one.label.zh) for name, one in trend.segments.items()] == [
        ("high", "Growing", "增长"),
        ("medium", "Steady", "平稳"),
        ("low", "Declining", "下降"),
    ]


@pytest.mark.parametrize("word", ["potential", "潜在", "潜力"])
def test_only_named_stages_and_cells_use_the_word_and_the_stage_says_what_it_rests_on(word):
    assert not any(word in f"{one.label.en} {one.label.zh}".lower() for one in BUILT_IN.values())
    said = {segment_id for segment_id, text in labels().items() if word in text.lower()}
    assert said <= {"lifecycle:potential", "rfm:potential_loyalists"}
    assert "growing of late" in labels()["lifecycle:potential"]
    assert "近期增长" in labels()["lifecycle:potential"]
