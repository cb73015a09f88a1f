"""From pairs of accounts to customers that last: one period's links, register and events.

Belongs here: the order of the steps. Does not belong here: any of them (``clusters``,
``reconcile``, ``register``), or the guards (``guards``), which judge what came out.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.keyed import Key
from pipeline.identity.clusters import clusters, edges, strongest
from pipeline.identity.overrides import decisions, known_decisions, named_accounts, not_excluded
from pipeline.identity.reconcile import State, matched
from pipeline.identity.register import (
    causes_of,
    changes,
    event_rows,
    known_customers,
    link_rows,
    places,
    register_rows,
)
from pipeline.settings import Project


@dataclass(frozen=True)
class Resolved:
    """What a period's links came to: ``ACCOUNT_LINKS``, ``CUSTOMER_REGISTER``, ``CUSTOMER_EVENTS``."""

    links: pa.Table
    register: pa.Table
    events: pa.Table


def resolve(
    seen: ir.Table,
    previous_links: ir.Table | None,
    previous_register: ir.Table | None,
    pairs: ir.Table | None,
    period: str,
    project: Project,
    key: Key,
    excluded: ir.Table | None = None,
) -> Resolved:
    """Customers of the accounts known by the end of ``period``, reconciled with the register.

    ``seen`` are the accounts (``seen_accounts``); ``previous_links`` and ``previous_register`` are
    ``ACCOUNT_LINKS`` and ``CUSTOMER_REGISTER`` of the period before (none in the first);
    ``pairs`` are ``ACCOUNT_PAIRS`` of ``period``, or none; account ids are made with ``key``. Overrides of
    accounts that are ``excluded`` (``EXCLUDED_ACCOUNTS`` of ``period``) decide nothing here.
    Accounts are one customer when rules, overrides, or pairs of at least the ``threshold`` of the
    settings hold them together, directly or through others (connected components). With
    ``link: false`` overrides alone do.

    The result does not depend on the order of any table's rows (law L3). Every account that was
    another customer's in the period before is in an event; ``accounts_moved_count`` adds up
    (law L9). Raises ``InputError`` for an override that names an unknown account, ``ValueError``
    when a customer of the period before is not in its register.
    """
    rows = seen.order_by("account_id").to_pyarrow().combine_chunks()
    accounts, before, first_seen, last_active, last_listed = (
        pa.concat_arrays([*rows[name].chunks, pa.array([], rows[name].type)])
        for name in (
            "account_id",
            "previous_customer_id",
            "first_seen_at",
            "last_active_at",
            "last_listed_at",
        )
    )
    some = not_excluded(decisions(period, project, key), excluded, period)
    holding = known_decisions(some, named_accounts(some, accounts))
    used = pairs if project.identity.link else None
    same = [one for one in holding if one.is_same]
    links = edges(used, accounts, same, project.identity.threshold, period)
    apart = _apart([(one.left, one.right) for one in holding if not one.is_same], accounts)
    cluster = clusters(len(accounts), links, apart)

    known = known_customers(previous_register, accounts)
    whose = places(before, known.ids)
    if lost := int(np.sum(whose < 0)) - before.null_count:
        raise ValueError(f"{lost} accounts of {period} belong to customers that the register does not hold")
    instants = first_seen.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    state = State(accounts, cluster, whose, instants.to_numpy(zero_copy_only=False))
    match = matched(state, known)
    happened = changes(state, known, match)
    causes = causes_of(state, happened, links, apart, previous_links)
    register, ids = register_rows(state, known, match, happened, period)
    customer = ids.take(pa.array(match.owner[cluster], pa.int64()))
    return Resolved(
        link_rows(state, strongest(links, cluster), customer, (last_active, last_listed), period),
        register,
        event_rows(state, match, happened, causes, ids, period),
    )


def _apart(pairs: list[tuple[str, str]], accounts: pa.Array) -> list[tuple[int, int]]:
    ends = [places(pa.array([one[end] for one in pairs], pa.string()), accounts) for end in (0, 1)]
    return list(zip(ends[0].tolist(), ends[1].tolist(), strict=True))
