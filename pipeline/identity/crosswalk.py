"""The crosswalk: from the company's own numbers to accounts and customers, and back.

Belongs here: which number each known account has. Does not belong here: how an id is made of it
(``ids.accounts``), or which accounts are one customer (``resolving``).
"""

from collections import defaultdict
from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.engine.keyed import Key
from pipeline.ids.accounts import account_space, source_account, with_account_ids
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES
from pipeline.tables.zones import CROSSWALK

_NAMED = ["account_id", "account_space", "source_account_id"]


def naming_sources(project: Project) -> list[str]:
    """Sources whose rows say which account they are of."""
    return [name for name, one in project.sources.items() if ENTITIES[one.entity].has_account]


def crosswalk(
    previous: ir.Table,
    raw: Mapping[str, ir.Table],
    links: ir.Table,
    period: str,
    project: Project,
    key: Key,
) -> ir.Table:
    """One row an account known by the end of ``period``: rows of ``CROSSWALK``.

    ``previous`` is the crosswalk of the period before (empty for the first), ``raw`` maps sources to
    raw rows, of which those of ``period`` are read: an account becomes known by a row of its first
    period. ``links`` are ``ACCOUNT_LINKS`` of ``period``. Ids are made with ``key``, and only of numbers that
    ``previous`` does not hold (law L10).
    """
    known = previous.select(_NAMED)
    texts: dict[str, list[ir.Table]] = defaultdict(list)
    for name in naming_sources(project):
        if name in raw:
            source = project.sources[name]
            rows = raw[name].filter(raw[name].period == period)
            own = rows.select(source_account_id=source_account(rows, source).cast("string"))
            texts[account_space(name, source)].append(own)
    for space, tables in sorted(texts.items()):
        earlier = previous.filter(previous.account_space == space)
        new = ibis.union(*tables).distinct().anti_join(earlier, "source_account_id")
        new = new.filter(new.source_account_id.notnull())
        ids = with_account_ids(new, key, project, space, "source_account_id", "account_id")
        known = known.union(ids.mutate(account_space=ibis.literal(space)).select(_NAMED))
    customers = links.filter(links.period == period).select("account_id", "customer_id")
    both = known.inner_join(customers, "account_id")
    return both.mutate(period=ibis.literal(period)).select(*CROSSWALK.columns)
