"""The tone of texts, computed by hand."""

from typing import Any

import pytest

from pipeline.features import FEATURES
from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import line, order_lines
from tests.unit.ledgers.test_texts import scores

pytestmark = pytest.mark.duckdb_suffices

TONES = ("toned_texts_count_12p", "tone_index_12p", "negative_texts_share_12p")
LINES = order_lines(line("2024-01-01 00:00"), line("2024-01-02 00:00", account_id="a_2"))


def source(entity: str, *columns: str) -> dict[str, Any]:
    """A source of an entity that maps ``columns`` by their own names."""
    connector = {"kind": "file", "format": "csv", "path": f"{entity}.csv"}
    mapped = {"source_account_id": "account", **{name: name for name in columns}}
    return {"entity": entity, "connector": connector, "columns": mapped}


def project_with(write_project: Any, *columns: str) -> Any:
    desk = source("support_contacts", "contact_opened_at", "contact_kind", *columns)
    return write_project(sources=shop_settings()["sources"] | {"desk": desk})


def test_tone_is_a_mean_over_texts_that_have_one(engine, write_project):
    project = project_with(write_project, "text")
    given = scores("support_contacts", (-0.7, "negative"), (0.1, "neutral"), (None, None), (0.9, "positive"))
    found = features(engine, project, "2024-03", lines=LINES, scores={"support_contacts": given})
    one, other = (row for _, row in sorted(found.items(), key=lambda pair: -pair[1][TONES[0]]))
    assert [one[name] for name in TONES] == [3, 0.1, pytest.approx(1 / 3, abs=1e-6)]
    assert [other[name] for name in TONES] == [0, None, None]


def test_who_tells_no_texts_has_no_tones(engine, write_project):
    project = project_with(write_project)
    assert not {*TONES} & project.givable
    found = features(engine, project, "2024-03", lines=LINES)
    assert {row[name] for row in found.values() for name in TONES} == {None}
    assert FEATURES["toned_texts_count_12p"].null_meaning == "the project has no texts"


def test_a_formula_over_texts_is_given_where_texts_are(write_project):
    own = {
        "feature": "kind_words_count_12p", "formula": "texts.positive_texts_count", "unit": "texts",
        "label": {"en": "Kind words", "zh": "好话"}, "meaning": "Texts in a positive tone.",
    }  # fmt: skip
    desk = source("support_contacts", "contact_opened_at", "contact_kind")
    told = source("interviews", "held_at", "interview_kind", "text")
    sources = shop_settings()["sources"] | {"desk": desk}
    assert own["feature"] not in write_project(sources=sources, features=[own]).givable
    sources |= {"talks": told}
    assert own["feature"] in write_project(sources=sources, features=[own]).givable
