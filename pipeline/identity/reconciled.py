"""Customers as their accounts are linked now, seen from the period before.

Belongs here: the links of the period before under today's identity, for the movement ledger's
step *identity reconciled*. Does not belong here: links themselves (``links``), or features of
the customers (``features``).
"""

from ibis.expr import types as ir


def reconciled_links(now: ir.Table, before: ir.Table) -> ir.Table:
    """Accounts of the period before, of customers that were merged or split since, with their
    customers of now: rows of ``ACCOUNT_LINKS`` of the period before.

    ``now`` and ``before`` are ``ACCOUNT_LINKS`` of two consecutive periods. An account keeps what
    it was then (first seen, last active); customers whose accounts of then are linked as they
    were have no row.
    """
    today = now.select("account_id", customer_now="customer_id")
    both = before.inner_join(today, "account_id")
    moved = both.filter(both.customer_id != both.customer_now)
    touched = moved.select(customer_now="customer_id").union(moved.select("customer_now"), distinct=True)
    theirs = both.semi_join(touched, "customer_now")
    return theirs.mutate(customer_id=theirs.customer_now).select(*before.columns)
