"""The ledger of talks with sales leads: when each was last spoken to.

Belongs here: times of talks, as told beside changes of stage. Does not belong here: stages (``leads``).

A talk can be later than the change of stage that it stands beside, so each has a row of its own: of two in
one row, one after as_of would hide the earlier one.
"""

from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count, latest
from pipeline.tables import fields as f
from pipeline.tables.model import TIMESTAMP


def _talks(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a change of stage that tells when the lead was last spoken to."""
    rows = cleaned["leads"]
    return rows.filter(rows.last_contacted_at.notnull())


sales_talks = Ledger(
    "sales_talks",
    "one account, period and change of a lead's stage: when the lead was last spoken to by then",
    entities=("leads",),
    keys=(f.source, f.line_key),
    rows=_talks,
    measures={
        "talks_count": count("Changes of stage beside which a talk is told.", "changes"),
        "last_contacted_at": latest(
            "last_contacted_at", "When the lead was last spoken to.", TIMESTAMP, "UTC timestamp", "not yet"
        ),
    },
)
