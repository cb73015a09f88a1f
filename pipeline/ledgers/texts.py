"""The ledger of texts: in what tone an account wrote, whatever the entity.

Belongs here: counts and sums of scores. Does not belong here: what was written, which stays in the
restricted zone, or how a text is scored (``texts``).

The tone of a text is 2 · probability of positive - 1; texts of languages that are not scored, or without a
known term, have none and count as texts only.
"""

import ibis
from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count, total
from pipeline.tables.entities import WITH_TEXT
from pipeline.tables.model import AMOUNT

_SCORES = ("period", "account_id", "tone_index", "tone_class")


def _every_text(scores: Cleaned, company: Company) -> ir.Table:
    """One row a text, of any entity; its tone an exact decimal, so that sums are the same in any order."""
    rows = ibis.union(*(one.select(*_SCORES) for _, one in sorted(scores.items())))
    return rows.mutate(tone_index=rows.tone_index.cast(ibis.dtype(AMOUNT)))


texts = Ledger(
    "texts",
    "one account in one period: in what tone it wrote, in contacts, surveys, interviews and on networks",
    entities=WITH_TEXT,
    rows=_every_text,
    of_texts=True,
    measures={
        "texts_count": count("Texts written.", "texts"),
        "toned_texts_count": count("Texts with a tone.", "texts", ibis._.tone_index.notnull()),
        "tone_index_sum": total(
            "tone_index", "Sum of the tones of texts, each -1 to 1.", "index -1 to 1", AMOUNT, minimum=None
        ),
        "negative_texts_count": count("Texts in a negative tone.", "texts", ibis._.tone_class == "negative"),
        "positive_texts_count": count("Texts in a positive tone.", "texts", ibis._.tone_class == "positive"),
    },
)
