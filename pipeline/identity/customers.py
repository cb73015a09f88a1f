"""One row a customer.

Belongs here: who is in the population. Does not belong here: which account is whose
(``resolving``), or which account's attribute survives (``survivorship``).
"""

from datetime import timedelta

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.identity.survivorship import ranked_profiles, survivors
from pipeline.settings import Project
from pipeline.tables.zones import customers_table, surviving


def customers(links: ir.Table, profiles: ir.Table | None, period: str, project: Project) -> ir.Table:
    """Customers known by the end of ``period``: rows of ``customers_table`` of the project's profiles.

    ``links`` and clean ``profiles`` (or none) are those of ``period``. A customer is in the
    population when its last event is at most ``retention_days`` before as_of. Its first sight
    is censored when it falls into the project's first period or before: its history may be longer
    than the data.

    Of each attribute survives the known value of the profile that comes first in the order of
    ``survivorship.ranked_profiles``. Times are UTC.
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
    entity = project.entity("profiles")
    attributes, columns = surviving(entity), customers_table(entity).columns
    if profiles is None:
        unknown = {one.name: ibis.null(ibis.dtype(one.type)) for one in attributes}
        return known.mutate(**unknown).select(*columns)
    values = survivors(ranked_profiles(links, profiles, period, project), attributes)
    return known.left_join(values, "customer_id").select(*columns)
