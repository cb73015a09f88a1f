"""One row a customer.

Belongs here: who is in the population, and which attribute of which account survives. Does not
belong here: which account is whose (``links``).
"""

from datetime import timedelta

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.settings import Project
from pipeline.tables.zones import CUSTOMERS, SURVIVING


def customers(links: ir.Table, profiles: ir.Table | None, period: str, project: Project) -> ir.Table:
    """Customers known by the end of ``period``: rows of ``CUSTOMERS``.

    ``links`` and clean ``profiles`` (or none) are those of ``period``. A customer is in the
    population when its last event is at most ``retention_days`` before as_of. Its first sight
    is censored when it falls into the project's first period or before: its history may be longer
    than the data.

    Of each attribute survives the known value of the profile that was updated last; then of
    the source with the higher priority, then the one named first in the settings, then by
    account. Times are UTC.
    """
    links = links.filter(links.period == period)
    by_customer = links.group_by("customer_id").agg(
        accounts_count=links.count(),
        first_seen_at=links.first_seen_at.min(),
        last_active_at=links.last_active_at.max(),
    )
    as_of = project.calendar.as_of(period)
    retained_from = as_of - timedelta(days=project.retention_days)
    first_end = project.calendar.as_of(project.first_period)
    known = by_customer.mutate(
        period=ibis.literal(period),
        is_first_seen_censored=epoch_seconds(by_customer.first_seen_at) < int(first_end.timestamp()),
        is_in_population=epoch_seconds(by_customer.last_active_at) >= int(retained_from.timestamp()),
    )
    if profiles is None:
        unknown = {one.name: ibis.null(ibis.dtype(one.type)) for one in SURVIVING}
        return known.mutate(**unknown).select(*CUSTOMERS.columns)
    attributes = _surviving(links, profiles.filter(profiles.period == period), project)
    return known.left_join(attributes, "customer_id").select(*CUSTOMERS.columns)


def _surviving(links: ir.Table, profiles: ir.Table, project: Project) -> ir.Table:
    """One row a customer that has a profile: the surviving value of each attribute."""
    theirs = profiles.inner_join(links.select("account_id", "customer_id"), "account_id")
    names = list(project.sources_of("profiles"))
    by_priority = sorted(names, key=lambda name: -project.sources[name].priority)
    last = len(by_priority)
    places = [(theirs.source == name, place) for place, name in enumerate(by_priority)]
    source_place = ibis.cases(*places, else_=last) if places else ibis.literal(last)
    # Profiles that were never dated come last: 'no date' must not sort by an engine's own habit.
    updated = epoch_seconds(theirs.updated_at).fill_null(-(2**62))
    order = [updated.desc(), source_place.asc(), theirs.account_id.asc()]
    ranked = theirs.mutate(rank=ibis.row_number().over(group_by=theirs.customer_id, order_by=order))
    return ranked.group_by("customer_id").agg(
        **{
            one.name: ranked[one.name].argmin(ranked.rank, where=ranked[one.name].notnull())
            for one in SURVIVING
        }
    )
