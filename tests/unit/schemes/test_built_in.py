"""Schemes and their labels: nothing is promised that no forecast backs (law L12)."""

import pytest

from pipeline.features import FEATURES
from pipeline.settings import BUILT_IN
from pipeline.settings.schemes import PLAYBOOK_PARTS


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
    assert len(tiers) == 10
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
    trend = BUILT_IN["recent_trend"]
    assert (trend.label.en, trend.label.zh) == ("Recent trend", "近期趋势")
    assert [(name, one.label.en, one.label.zh) for name, one in trend.segments.items()] == [
        ("high", "Growing", "增长"),
        ("medium", "Steady", "平稳"),
        ("low", "Declining", "下降"),
    ]


def test_what_is_called_potential_rests_on_a_forecast_that_beat_every_plain_way():
    potential = BUILT_IN["purchase_potential"]
    assert [one.feature for one in potential.score] == ["growth_probability_3p"]
    assert potential.beats_plain_ways


@pytest.mark.parametrize("word", ["potential", "潜在", "潜力"])
def test_only_named_stages_and_cells_use_the_word_and_the_stage_says_what_it_rests_on(word):
    named = {name for name, one in BUILT_IN.items() if word in f"{one.label.en} {one.label.zh}".lower()}
    assert named <= {"purchase_potential"}
    said = {segment_id for segment_id, text in labels().items() if word in text.lower()}
    assert said <= {"lifecycle:potential", "rfm:potential_loyalists", "customer_type:potential"}
    assert "growing of late" in labels()["lifecycle:potential"]
    assert "近期增长" in labels()["lifecycle:potential"]
    who = BUILT_IN["customer_type"].segments["potential"].playbook.who
    assert "grew of late" in who.en
    assert "近期增长" in who.zh


def test_every_named_segment_has_a_whole_playbook_in_both_languages():
    lacking = [
        f"{scheme.segment_id(name)} {part}"
        for scheme in BUILT_IN.values()
        for name, one in scheme.segments.items()
        for part in PLAYBOOK_PARTS
        if (said := getattr(one.playbook, part)) is None or not (said.en and said.zh)
    ]
    assert lacking == []


def test_what_tells_a_class_of_what_is_withheld_is_there_only_where_a_project_asks_for_it():
    """Law L6: household, place, what somebody holds are told of nobody unless the project said so."""
    quasi = {name for name, one in FEATURES.items() if one.pii != "none"}
    telling = {name for name, one in BUILT_IN.items() if one.classes_of(quasi)}
    assert telling >= {"risk_appetite", "wealth", "demographic", "geographic"}
    assert all(BUILT_IN[one].only_where_given for one in telling)
    assert [name for name, one in BUILT_IN.items() if one.told_exactly(quasi)] == []
