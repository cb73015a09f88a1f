"""The ledger of social activity.

Belongs here: acts on social networks by their kind. Does not belong here: what was written (``texts``).
"""

from ibis import _

from pipeline.ledgers.declaration import Ledger, count, latest
from pipeline.tables import fields as f
from pipeline.tables.model import TIMESTAMP

#: Kinds of act, and what several of them are called.
ACTS = {one: f"{one}s" for one in f.act_kind.values}

social = Ledger(
    "social",
    "one account in one period: its acts on social networks",
    entities=("social_activity",),
    events=("occurred_at", "occurred_at"),
    measures={
        "acts_count": count("Acts of any kind.", "acts"),
        **{
            f"{many}_count": count(f"Acts of the kind {one}.", "acts", _.act_kind == one)
            for one, many in ACTS.items()
        },
        "last_act_at": latest("occurred_at", "Last act.", TIMESTAMP, "UTC timestamp", "no act"),
    },
)
