"""The ledgers of leads: where each sales lead stands, when it expects to buy, and when it was spoken to.

Belongs here: stages of leads. Does not belong here: quotations (``quotes``), or which lead of a customer
counts (features).

A talk can be later than the change of stage that it stands beside, so each has a row of its own: of two in
one row, one after as_of would hide the earlier one.
"""

from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count, last, latest
from pipeline.tables import fields as f
from pipeline.tables.model import TIMESTAMP

#: Stages of a lead that may still buy.
OPEN = ("new", "contacted", "qualified", "proposal", "postponed")
WON, LOST = "won", "lost"


def _changes(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a change of stage; the expected purchase as text of its seconds since 1970."""
    rows = cleaned["leads"]
    return rows.mutate(expected_seconds=epoch_seconds(rows.expected_purchase_at).cast("string"))


leads = Ledger(
    "leads",
    "one account, period and sales lead: its last stage in the period",
    entities=("leads",),
    keys=(f.lead_id,),
    rows=_changes,
    events=("stage_changed_at", "stage_changed_at"),
    measures={
        "changes_count": count("Changes of stage.", "changes"),
        "last_stage": last("stage", "stage_changed_at", "Last stage, behind its time.", "no change"),
        "last_expected": last(
            "expected_seconds",
            "stage_changed_at",
            "When the lead expects to buy as last said, in seconds since 1970, behind its time.",
            "no change",
        ),
        "last_changed_at": latest(
            "stage_changed_at", "Last change of stage.", TIMESTAMP, "UTC timestamp", "no change"
        ),
    },
)


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
