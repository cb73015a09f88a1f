"""Scores of the texts of an entity, batch by batch.

Belongs here: from rows of the restricted zone to rows of scores; the fence that no text passes. Does not
belong here: how one text is scored (``language``, ``tone``).
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from pipeline.tables.entities import Entity
from pipeline.tables.texts import text_scores
from pipeline.texts.language import language_of
from pipeline.texts.lines import by_line
from pipeline.texts.tone import tone_model
from pipeline.texts.words import LANGUAGES

#: Digits kept of a score: more would tell texts apart, and differ between machines.
DIGITS = 4
#: Rows whose texts are held at once as Python's own.
HELD_ROWS = 4_096


def scored(batches: Iterable[pa.RecordBatch], entity: Entity) -> Iterator[pa.RecordBatch]:
    """Rows of ``text_scores(entity)`` for rows of ``entity.restricted`` in which something was written.

    One row a text, its keys as they are: language, tone from -1 to 1 and in a word, known terms. Languages
    that are not scored, and texts without a known term, have no tone. Raises ``InputError`` that names the
    line of a text that cannot be scored, and nothing of the text (law L6).
    """
    schema = text_scores(entity.name).schema
    for batch in batches:
        for start in range(0, batch.num_rows, HELD_ROWS):
            rows = batch.slice(start, HELD_ROWS).to_pylist()
            known: dict[str, dict[str, Any]] = {}
            found = [_of_row(row, known) for row in rows if (row["text"] or "").strip()]
            yield pa.RecordBatch.from_pylist(found, schema=schema)


def _of_row(row: dict[str, Any], known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The scores of a row; ``known`` are those of texts that many wrote alike, such as "thanks"."""
    text = row["text"]
    if text not in known:
        known[text] = by_line(row, "scored", lambda: _of_text(text))
    return {name: row[name] for name in ("period", "source", "account_id", "line_key")} | known[text]


def _of_text(text: str) -> dict[str, Any]:
    language = language_of(text)
    tone = tone_model(language).tone(text) if language in LANGUAGES else None
    return {
        "text_language": language,
        "tone_index": round(tone.score, DIGITS) if tone else None,
        "tone_class": tone.word if tone else None,
        "tone_evidence_count": tone.evidence if tone else 0,
    }
