"""The ledger of quotations: what was quoted, and what came of it.

Belongs here: quotations and responses. Does not belong here: leads (``leads``).

A quotation is answered when the source says when: what its outcome is, is known from then on. Each has a row
of its own: of two in one row, an answer after as_of would hide the earlier one, or lend it its outcome.
"""

from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, amount, count, latest, total
from pipeline.ledgers.waiting import one
from pipeline.tables import fields as f
from pipeline.tables.model import TIMESTAMP

RESPONDED = ("responded_at",)


def _quotations(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a quotation, with its answer."""
    rows = cleaned["quotes"]
    return rows.mutate(
        told=one(rows.source.isin(company.sources_telling("quotes", RESPONDED))),
        accepted=one((rows.outcome == "accepted").fill_null(False)),
    )


quotes = Ledger(
    "quotes",
    "one account, period and quotation, revised ones each time: what was quoted, and what came of it",
    entities=("quotes",),
    keys=(f.source, f.line_key),
    rows=_quotations,
    events=("quoted_at", "quoted_at"),
    settings=("sources.*.entity", "sources.*.columns"),
    measures={
        "quotes_count": count("Quotations, revised ones each time.", "quotations"),
        "answerable_count": total(
            "told", "Quotations of sources that say when one was answered.", "quotations"
        ),
        "accepted_count": total("accepted", "Quotations accepted at the time of the answer.", "quotations"),
        "quoted_amount": amount("quoted_amount", "Amount quoted."),
        "last_quoted_at": latest(
            "quoted_at", "When it was last quoted.", TIMESTAMP, "UTC timestamp", "never"
        ),
        "responded_at": latest(
            "responded_at", "When it was last answered.", TIMESTAMP, "UTC timestamp", "not answered"
        ),
    },
)
