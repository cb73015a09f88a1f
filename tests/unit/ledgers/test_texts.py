"""The ledger of texts: tones of all entities, added up exactly."""

from decimal import Decimal
from typing import Any

from pipeline.ledgers.texts import texts
from pipeline.tables.texts import text_scores
from tests.unit.ledgers.lines import Company, rows_of


def scores(entity: str, *tones: tuple[float | None, str | None]) -> Any:
    """Scores of texts of account a_1 in January."""
    return rows_of(
        text_scores(entity),
        [
            {
                "period": "2024-01", "source": "desk", "account_id": "a_1", "line_key": str(key),
                "tone_index": tone, "tone_class": word, "tone_evidence_count": 0 if tone is None else 9,
            }
            for key, (tone, word) in enumerate(tones)
        ],
    )  # fmt: skip


def test_tones_of_all_entities_add_up_and_texts_without_one_are_counted_apart(engine):
    tables = {
        "support_contacts": scores("support_contacts", (-0.7, "negative"), (0.1, "neutral"), (None, None)),
        "interviews": scores("interviews", (0.2001, "neutral"), (0.9, "positive")),
    }
    table = texts.of({name: engine.from_arrow(one) for name, one in tables.items()}, Company())
    assert list(table.columns) == texts.table.columns
    [row] = engine.to_arrow(table).to_pylist()
    assert [row[name] for name in texts.measures] == [5, 4, Decimal("0.5001"), 1, 1]
