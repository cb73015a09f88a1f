"""Consent: who may be exported for a purpose.

Belongs here: which decision of a customer counts. Does not belong here: that an export must say which
purpose it has (``cli``), rows of exports (``rows``).
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir


def purposes_of(consents: ir.Table) -> list[str]:
    """Purposes that a decision is known of, sorted; ``consents`` are rows of the clean entity."""
    found: list[str] = consents.select("purpose").distinct().to_pyarrow().column("purpose").to_pylist()
    return sorted(found)


def customers_who_consent(consents: ir.Table, crosswalk: ir.Table, purpose: str, now: datetime) -> ir.Table:
    """Customers (``customer_id``, once each) whose latest decision for ``purpose`` until ``now`` is a yes.

    ``consents`` are rows of the clean entity of all periods, ``crosswalk`` is the newest: a decision counts
    for the whole customer, whichever account it was made with. Of decisions at one moment a no counts.
    Who never decided is not among them.
    """
    until = consents.filter((consents.purpose == purpose) & (consents.decided_at <= ibis.literal(now)))
    decisions = until.inner_join(crosswalk.select("account_id", "customer_id"), "account_id").select(
        "customer_id", "decided_at", "is_granted"
    )
    latest = decisions.group_by("customer_id").aggregate(latest_at=decisions.decided_at.max())
    last = decisions.inner_join(latest, "customer_id")
    last = last.filter(last.decided_at == last.latest_at)
    said = last.group_by("customer_id").aggregate(is_refused=(~last.is_granted).any())
    return said.filter(~said.is_refused).select("customer_id")
