"""The ledger of events: that an account was active, in every entity without a ledger of its own.

Belongs here: counts, first and last events. Does not belong here: measures of one entity, which
has a ledger of its own.
"""

import ibis
from ibis.expr import types as ir

from pipeline.ledgers.declaration import ALL_OTHERS, Cleaned, Company, Ledger, count
from pipeline.tables import fields as f
from pipeline.tables.entities import ENTITIES


def _every_event(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row an event: period, account, entity, time."""
    return ibis.union(
        *(
            rows.select(
                "period", "account_id", entity=ibis.literal(name), event_at=rows[ENTITIES[name].event_time]
            )
            for name, rows in sorted(cleaned.items())
        )
    )


events = Ledger(
    "events",
    "one account in one period and entity: events of entities without a ledger of their own",
    entities=ALL_OTHERS,
    keys=(f.entity,),
    rows=_every_event,
    measures={"events_count": count("Events.", "events")},
    events=("event_at", "event_at"),
)
