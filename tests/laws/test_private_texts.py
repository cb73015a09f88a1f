"""Law L6 of free text: nothing of what customers wrote leaves the restricted zone but scores.

Every text is planted with words that no other has; everything that a run writes or prints is searched.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.engine.lake import RESTRICTED_ZONES
from pipeline.settings import Project
from pipeline.texts.theme_scoring import EVERYBODY
from tests.lakes import lake_rows
from tests.texting import TOPICS, WRITTEN, Written, write_texting_company


@dataclass(frozen=True)
class Told:
    """The company, what was written to it, and all text of its lake: of the restricted zone, of the rest."""

    project: Project
    written: list[Written]
    inside: str
    outside: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    project, written = write_texting_company(tmp_path_factory.mktemp("texting"))
    result = CliRunner().invoke(app, ["run", "--project", str(project.folder)])
    assert result.exit_code == 0, result.output
    inside, outside = [], [result.output]
    for path in sorted(project.lake_path.rglob("*")):
        if path.is_file() and not path.is_symlink():
            is_inside = path.relative_to(project.lake_path).parts[0] in RESTRICTED_ZONES
            (inside if is_inside else outside).append(_text(path))
    return Told(project, written, "\n".join(inside).lower(), "\n".join(outside).lower())


def _text(path: Path) -> str:
    if path.suffix != ".parquet":
        return path.read_bytes().decode("utf-8", "ignore")
    table = pq.read_table(path, partitioning=None)
    return f"{table.schema.metadata} {table.to_pylist()}"


def test_no_word_of_a_text_leaves_the_restricted_zone(told: Told) -> None:
    rare = [word.lower() for one in told.written for word in one.rare]
    assert len(set(rare)) == len(rare) > 500
    assert all(one in told.inside for one in rare), "the restricted zone holds what is looked for"
    assert [one for one in rare if one in told.outside] == []
    assert [one.text for one in told.written if one.text.lower() in told.outside] == []


@pytest.mark.parametrize("entity", WRITTEN)
def test_every_text_has_its_scores_in_the_period_of_its_line(told: Told, entity: str) -> None:
    restricted = lake_rows(told.project.lake_path, f"restricted/{entity}")
    scores = lake_rows(told.project.lake_path, f"texts/{entity}")
    key = ("period", "source", "line_key", "account_id")
    assert [[one[name] for name in key] for one in scores] == [
        [one[name] for name in key] for one in restricted
    ]
    text_of = {one.line_key: one.text for one in told.written}
    english = [one for one in scores if one["text_language"] == "en"]
    assert len(english) > 0.9 * len(scores)
    for one in english:
        if "terrible" in text_of[one["line_key"]]:
            assert one["tone_index"] < 0
        if "great" in text_of[one["line_key"]]:
            assert one["tone_index"] > 0


def test_themes_are_called_by_words_that_many_wrote(told: Told) -> None:
    """The four topics are found; what is shown of a theme rests on as many customers as must be."""
    shown = lake_rows(told.project.lake_path, "published/text_themes", "2024-03")
    least = told.project.publish.min_group_count
    whole = {one["theme_id"]: one for one in shown if one["scheme"] == EVERYBODY}
    assert len(whole) >= len(TOPICS)
    assert all(one["customers_count"] >= least for one in shown)
    assert any(one["scheme"] != EVERYBODY for one in shown)
    writers: dict[str, set[str]] = {}
    for one in told.written:
        for word in re.findall("[a-z]+", one.text.lower()):
            writers.setdefault(word, set()).add(one.line_key.split("-")[1])
    words = {word for one in whole.values() for word in one["theme_label"].split(", ")}
    assert all(len(writers[word]) >= least for word in words)
    topics = [words & set(some) for some in TOPICS.values()]
    assert all(topics), topics


def test_the_ledger_and_the_features_count_every_text(told: Told) -> None:
    ledger = lake_rows(told.project.lake_path, "activity/texts")
    assert sum(one["texts_count"] for one in ledger) == len(told.written)
    features = lake_rows(told.project.lake_path, "features/customer_features", "2024-03")
    known = [one for one in features if one["toned_texts_count_12p"]]
    assert len(known) > 40
    assert all(-1 <= one["tone_index_12p"] <= 1 for one in known)
    assert len({one["negative_texts_share_12p"] for one in known}) > 3
