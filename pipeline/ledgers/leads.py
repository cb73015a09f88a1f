"""The ledger of leads: where each sales lead stands, and when it expects to buy.

Belongs here: stages of leads. Does not belong here: quotations (``quotes``), talks
(``sales_talks``), or which lead of a customer counts (features).
"""

from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count, last, latest
from pipeline.tables import fields as f
from pipeline.tables.model import TIMESTAMP

#: Stages of a lead that may still buy.
ASKED, ADVANCED, POSTPONED = ("new", "contacted"), ("qualified", "proposal"), ("postponed",)
OPEN = (*ASKED, *ADVANCED, *POSTPONED)
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
