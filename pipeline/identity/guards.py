"""Guards against over-merging: customers who hold more than one person can.

Belongs here: measuring what a cluster holds against the settings. Does not belong here: stopping
the publication (a blocking check does), or mending: that takes an override by hand.
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.settings import Project
from pipeline.tables.zones import GUARD_TRIPS


def guard_trips(links: ir.Table, identities: ir.Table | None, period: str, project: Project) -> ir.Table:
    """Customers of ``period`` beyond a guard: rows of ``GUARD_TRIPS`` (restricted zone).

    ``links`` are ``ACCOUNT_LINKS``, ``identities`` ``ACCOUNT_IDENTITIES`` or none. Guards: number
    of accounts, distinct national ids, birth dates, given names (case does not count). Customers of
    ``guards.accepted`` never trip. A customer of one account cannot trip: it was not merged.
    """
    guards = project.identity.guards
    limits = {
        "cluster_size": guards.max_accounts,
        "conflicting_national_ids": guards.max_national_ids,
        "birth_dates": guards.max_birth_dates,
        "given_names": guards.max_given_names,
    }
    mine = links.filter(links.period == period).select("account_id", "customer_id")
    counted = mine.group_by("customer_id").agg(accounts=mine.count())
    several = counted.filter(counted.accounts > 1)
    if guards.accepted:
        several = several.filter(several.customer_id.notin(guards.accepted))
    measured: dict[str, ir.Table] = {"cluster_size": several.select("customer_id", measured="accounts")}
    theirs = mine.semi_join(several, "customer_id")
    if identities is not None:
        known = identities.filter(identities.period == period)
        values = {
            "conflicting_national_ids": known.national_id,
            "birth_dates": known.birth_date.cast("string"),
            "given_names": known.given_name.strip().lower(),
        }
        for guard, value in values.items():
            measured[guard] = _distinct(theirs, known.select("account_id", value=value))
    return (
        _beyond(measured, limits, period).join(_accounts(theirs), "customer_id").select(GUARD_TRIPS.columns)
    )


def _distinct(theirs: ir.Table, values: ir.Table) -> ir.Table:
    """Distinct known values by customer, as ``measured``."""
    # distinct rows, then counted: several distinct counts in one aggregate are dear on Spark
    held = theirs.inner_join(values.filter(values.value.notnull()), "account_id")
    distinct = held.select("customer_id", "value").distinct()
    return distinct.group_by("customer_id").agg(measured=distinct.count())


def _beyond(measured: Mapping[str, ir.Table], limits: Mapping[str, int], period: str) -> ir.Table:
    parts = [
        rows.filter(rows.measured > limits[guard]).select(
            "customer_id",
            period=ibis.literal(period),
            guard=ibis.literal(guard),
            measured=rows.measured.cast("int64"),
            limit=ibis.literal(limits[guard], "int64"),
        )
        for guard, rows in measured.items()
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _accounts(theirs: ir.Table) -> ir.Table:
    return theirs.group_by("customer_id").agg(
        account_ids=theirs.account_id.collect(order_by=theirs.account_id)
    )
