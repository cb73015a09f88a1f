"""Accounts that are known, and since when.

Belongs here: when an account becomes known. Does not belong here: which accounts are one
customer (``resolving``), or the customer's own row (``customers``).
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.settings import Project
from pipeline.settings.population import has_events

_TIMESTAMP = "timestamp('UTC', 6)"


def seen_accounts(
    previous: ir.Table,
    activity: Sequence[ir.Table],
    profiles: ir.Table | None,
    period: str,
    project: Project,
    excluded: ir.Table | None = None,
) -> ir.Table:
    """Accounts known by the end of ``period``: ``account_id``, ``previous_customer_id`` (null for an
    account that is new), ``first_seen_at``, ``last_active_at``, ``last_listed_at`` (UTC).

    ``previous`` are the links of the period before (empty for the first), ``activity`` the
    ledgers of ``period``, each with ``account_id``, ``first_event_at`` and ``last_event_at``;
    ``profiles`` are the clean profiles of ``period``, or none. Accounts of ``excluded``
    (``EXCLUDED_ACCOUNTS`` of ``period``) are known no more.

    An account becomes known by its first event, or by a profile that says when it was created.
    Where the population goes by events, a profile without that date makes no customer: nobody can
    tell since when it exists, and a snapshot may hold accounts of later periods (law L2). Where it
    goes by profiles too, such an account is known from the first period whose snapshot holds it, and
    seen from the start of that period unless an event says otherwise; ``last_listed_at`` is then the
    start of the last period whose snapshot held the account (else null). In a project
    without any event, every profile of the snapshot is an account, seen from the start of
    the period, and active as long as the snapshot holds it.
    """
    if excluded is not None:
        previous = previous.anti_join(excluded.filter(excluded.period == period), "account_id")
    known = [
        _seen(
            previous,
            previous.first_seen_at,
            previous.last_active_at,
            customer_id=previous.customer_id,
            listed_at=previous.last_listed_at,
        )
    ]
    known += [_from_events(one.filter(one.period == period)) for one in activity]
    if profiles is not None:
        known.append(_from_profiles(profiles.filter(profiles.period == period), period, project))
    every = ibis.union(*known)
    # an event tells better than a listing since when an account exists
    return every.group_by("account_id").agg(
        previous_customer_id=every.customer_id.max(),  # at most one: only previous links carry one
        first_seen_at=every.first_seen_at.min().coalesce(every.last_listed_at.min()),
        last_active_at=every.last_active_at.max().coalesce(every.last_listed_at.min()),
        last_listed_at=every.last_listed_at.max(),
    )


def _from_events(ledger: ir.Table) -> ir.Table:
    return _seen(ledger, ledger.first_event_at, ledger.last_event_at)


def _from_profiles(profiles: ir.Table, period: str, project: Project) -> ir.Table:
    """Accounts of a snapshot that are known to exist before the end of the period."""
    as_of = int(project.calendar.as_of(period).timestamp())
    exists = epoch_seconds(profiles.created_at) < as_of
    start = ibis.literal(project.calendar.starts_at(period), type=_TIMESTAMP)
    if not has_events(project.entities):
        profiles = profiles.filter(exists.fill_null(True))
        first_seen_at = profiles.created_at.fill_null(start)
        return _seen(profiles, first_seen_at, ibis.greatest(first_seen_at, start))
    if project.population_rule == "events":
        profiles = profiles.filter(exists)
        return _seen(profiles, profiles.created_at, profiles.created_at)
    profiles = profiles.filter(exists.fill_null(True))
    return _seen(profiles, profiles.created_at, profiles.created_at, listed_at=start)


def _seen(
    rows: ir.Table,
    first_seen_at: ir.Value,
    last_active_at: ir.Value,
    *,
    customer_id: ir.Value | None = None,
    listed_at: ir.Value | None = None,
) -> ir.Table:
    """Rows of one shape, so that they can be united: all types are stated."""
    return rows.select(
        "account_id",
        customer_id=ibis.null("string") if customer_id is None else customer_id,
        first_seen_at=first_seen_at.cast(_TIMESTAMP),
        last_active_at=last_active_at.cast(_TIMESTAMP),
        last_listed_at=ibis.null(_TIMESTAMP) if listed_at is None else listed_at.cast(_TIMESTAMP),
    )
