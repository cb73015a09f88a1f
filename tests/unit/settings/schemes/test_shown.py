"""How segments are shown: colours and order that a document gives them, which change no value."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.lineage import object_digest
from pipeline.publish.charts import SEGMENT_COLOURS, TIER_COLOURS, state_colours
from pipeline.settings import Project, load_project
from tests.conftest import shop_settings

WriteProject = Callable[..., Project]
LOYALTY = {
    "scheme": "loyalty",
    "segments": {"high": {"colour": "#0b6e4f"}, "low": {"place": 0}},
}


def test_segments_have_colours_and_an_order_of_their_own(write_project: WriteProject) -> None:
    scheme = write_project(schemes=[LOYALTY]).every_scheme["loyalty"]
    assert scheme.segment_ids() == ["loyalty:high", "loyalty:medium", "loyalty:low"]
    assert scheme.shown_ids() == ["loyalty:low", "loyalty:high", "loyalty:medium"]
    assert scheme.colours() == {"loyalty:high": "#0b6e4f"}


def test_without_a_place_segments_are_shown_as_written(write_project: WriteProject) -> None:
    for scheme in write_project().every_scheme.values():
        assert scheme.shown_ids() == scheme.segment_ids()
        assert scheme.colours() == {}


def test_colours_and_order_change_what_is_told_and_nothing_else(write_project: WriteProject) -> None:
    usual = write_project().every_scheme["loyalty"]
    changed = write_project(schemes=[LOYALTY]).every_scheme["loyalty"]
    assert object_digest(changed) == object_digest(usual)
    assert object_digest(changed, words=True) != object_digest(usual, words=True)


@pytest.mark.parametrize("colour", ["green", "#fff", "#12345g", "0b6e4f", 5])
def test_what_is_no_colour_is_an_error(colour: object, tmp_path: Path) -> None:
    settings = shop_settings(schemes=[{"scheme": "loyalty", "segments": {"high": {"colour": colour}}}])
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_project(tmp_path)
    assert "key schemes.0.segments.high.colour" in caught.value.where


def test_own_colours_stand_in_for_the_palette() -> None:
    own = {"x:b": "#0b6e4f", "x:other": "#000000"}
    found = state_colours(["x:a", "x:b", "insufficient_data"], False, own)
    assert list(found) == ["x:a", "x:b", "insufficient_data"]
    assert (found["x:a"], found["x:b"]) == (SEGMENT_COLOURS[0], "#0b6e4f")


@pytest.mark.parametrize("count", [2, 3])
def test_few_tiers_have_the_usual_shades(count: int) -> None:
    found = state_colours([f"x:{at}" for at in range(count)], True)
    assert list(found.values()) == list(TIER_COLOURS[:count])


@pytest.mark.parametrize("count", [4, 5, 9])
def test_any_number_of_tiers_have_shades_of_their_own_from_dark_to_light(count: int) -> None:
    found = list(state_colours([f"x:{at}" for at in range(count)], True).values())
    assert (found[0], found[-1]) == (TIER_COLOURS[0], TIER_COLOURS[-1])
    assert len(set(found)) == count
    assert found == sorted(found, key=lambda one: int(one[1:3], 16)), "each lighter than the one before"
