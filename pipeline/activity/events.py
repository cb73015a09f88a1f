"""The ledger of events: that an account was active, in every entity without a ledger of its own.

Belongs here: counts, first and last events. Does not belong here: measures of one entity
(``orders``, ``campaigns``).
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.tables.entities import ENTITIES
from pipeline.tables.zones import EVENT_ACTIVITY


def events(cleaned: Mapping[str, ir.Table]) -> ir.Table:
    """Events of each account in each period, by entity: rows of ``EVENT_ACTIVITY``.

    ``cleaned`` maps entities that have accounts and an event time to their clean rows of one or
    many periods. Raises ``ValueError`` when it is empty.
    """
    if not cleaned:
        raise ValueError("no entity of events: there is no ledger of events")
    return ibis.union(*(_of(name, rows) for name, rows in sorted(cleaned.items())))


def _of(name: str, rows: ir.Table) -> ir.Table:
    at = rows[ENTITIES[name].event_time]
    counted = rows.group_by("period", "account_id").agg(
        events_count=rows.count(), first_event_at=at.min(), last_event_at=at.max()
    )
    return counted.mutate(entity=ibis.literal(name)).select(*EVENT_ACTIVITY.columns)
