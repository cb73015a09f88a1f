"""Consent: who may be contacted for a purpose, by the decisions known at the end of a period.

Belongs here: the last decision of each account, carried from period to period so that history is not read
again, and which decision of a customer counts. Does not belong here: consent of an export (``export``).
"""

from functools import reduce

import ibis
from ibis.expr import types as ir

_KEY = ("account_id", "purpose")


def consent_decisions(before: ir.Table | None, consents: ir.Table, period: str) -> ir.Table:
    """``CONSENT_DECISIONS`` of ``period``: those of the one ``before`` (none in the first) with the clean
    ``consents`` of this one laid over them. Of decisions at one moment a no counts."""
    columns = [*_KEY, "decided_at", "is_granted"]
    parts = [one.select(*columns) for one in (before, consents) if one is not None]
    every = reduce(lambda a, b: a.union(b), parts)
    latest = every.group_by(*_KEY).aggregate(latest_at=every.decided_at.max())
    last = every.inner_join(latest, list(_KEY))
    last = last.filter(last.decided_at == last.latest_at)
    found = last.group_by(*_KEY).aggregate(decided_at=last.decided_at.max(), is_granted=last.is_granted.all())
    return found.mutate(period=ibis.literal(period)).select("period", *columns)


def who_consents(decisions: ir.Table, links: ir.Table, purpose: str) -> ir.Table:
    """Customers (``customer_id``, once each) whose latest decision on ``purpose`` is a yes.

    ``decisions`` are rows of ``CONSENT_DECISIONS``, ``links`` of ``ACCOUNT_LINKS``, both of one period. A
    decision counts for the whole customer, whichever account it was made with. Who never decided is not among
    them.
    """
    said = decisions.filter(decisions.purpose == purpose).inner_join(
        links.select("account_id", "customer_id"), "account_id"
    )
    said = said.select("customer_id", "decided_at", "is_granted")
    latest = said.group_by("customer_id").aggregate(latest_at=said.decided_at.max())
    last = said.inner_join(latest, "customer_id")
    last = last.filter(last.decided_at == last.latest_at)
    by_customer = last.group_by("customer_id").aggregate(is_granted=last.is_granted.all())
    return by_customer.filter(by_customer.is_granted).select("customer_id")
