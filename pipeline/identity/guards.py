"""Guards against over-merging: customers who hold more than one person can.

Belongs here: measuring what a cluster holds against the settings. Does not belong here: stopping
the publication (a blocking check does), or mending: that takes an override by hand.
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.engine.dialect import edits
from pipeline.identity.linkage.forms import latin_text
from pipeline.settings import Project
from pipeline.tables.zones import GUARD_TRIPS

#: Edits that make two national ids one with a slip, as for pairs of accounts.
_MOST_EDITS = 2


def guard_trips(links: ir.Table, identities: ir.Table | None, period: str, project: Project) -> ir.Table:
    """Customers of ``period`` beyond a guard: rows of ``GUARD_TRIPS`` (restricted zone).

    ``links`` are ``ACCOUNT_LINKS``, ``identities`` ``ACCOUNT_IDENTITIES`` or none. Guards: number
    of accounts, distinct national ids, birth dates, given names. Forms of one value count once:
    national ids that are a slip of each other, the first given name in Latin letters without
    initials, and not where it is the customer's family name in another account. Customers of
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
        known = identities.filter(identities.period == period).inner_join(theirs, "account_id")
        measured["conflicting_national_ids"] = _counted(_without_slips(_values(known, known.national_id)))
        measured["birth_dates"] = _counted(_values(known, known.birth_date.cast("string")))
        given, family = (_values(known, _first_name(one)) for one in (known.given_name, known.family_name))
        measured["given_names"] = _counted(given.anti_join(family, ["customer_id", "value"]))
    return (
        _beyond(measured, limits, period).join(_accounts(theirs), "customer_id").select(GUARD_TRIPS.columns)
    )


def _values(known: ir.Table, value: ir.Value) -> ir.Table:
    """Distinct known values by customer, as ``value``."""
    # distinct rows, then counted: several distinct counts in one aggregate are dear on Spark
    held = known.select("customer_id", value=value)
    return held.filter(held.value.notnull()).distinct()


def _counted(values: ir.Table) -> ir.Table:
    """Values by customer, as ``measured``."""
    return values.group_by("customer_id").agg(measured=values.count())


def _first_name(name: ir.StringValue) -> ir.StringValue:
    """The first word that is no initial, in Latin letters: of ``M. Anna L.`` ``anna``."""
    return latin_text(name.re_extract(r"(^|[ .-])([^ .-]{2,}|[^\x00-\x7f])", 2)).nullif("")


def _without_slips(values: ir.Table) -> ir.Table:
    """``values`` without those that are a slip of a smaller one of the same customer."""
    other = values.select(_customer="customer_id", smaller="value")
    pairs = values.inner_join(other, [values.customer_id == other["_customer"], other.smaller < values.value])
    slips = pairs.filter(edits(pairs.value, pairs.smaller) <= _MOST_EDITS)
    return values.anti_join(slips, ["customer_id", "value"])


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
