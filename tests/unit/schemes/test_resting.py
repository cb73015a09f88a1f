"""What schemes rest on, and when a period of a source comes into a window of theirs, or goes out."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.schemes.resting import features_behind, sources_behind, sources_of
from pipeline.settings import Project
from tests.conftest import shop_settings

VISITS = {
    "entity": "web_visits",
    "connector": {"kind": "file", "format": "csv", "path": "v.csv"},
    "columns": {"source_account_id": "customer", "started_at": "at"},
}


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    settings: Any = shop_settings()
    return write_project(sources=settings["sources"] | {"web": VISITS})


def test_a_scheme_rests_on_the_sources_of_its_features(project: Project) -> None:
    found = sources_behind(project)
    assert {"till"} == set(found["rfm"]) == set(found["purchase_frequency"])
    assert "web" in found["digital_engagement"]


def test_a_period_counts_when_it_comes_into_a_window_and_when_it_goes_out(project: Project) -> None:
    found = sources_behind(project)
    assert set(found["purchase_frequency"]["till"]) == {0, 12}
    assert {0, 12} <= set(found["digital_engagement"]["web"])
    trend = [given["till"] for given in found.values() if {0, 3, 6} <= set(given.get("till", ()))]
    assert trend, "some scheme compares the last three periods with the three before"


def test_what_is_said_of_schemes_is_that_of_the_features_that_they_read(project: Project) -> None:
    read, whole = features_behind(project), sources_behind(project)
    assert "wealth" not in read, "its sources give nothing that it reads"
    for scheme in ("rfm", "digital_engagement"):
        single = sources_of(read[scheme], project).values()
        assert {one for given in single for one in given} == set(whole[scheme])
        edges = {edge for given in single for edge in given.get("till", ())}
        assert edges == set(whole[scheme].get("till", ()))
