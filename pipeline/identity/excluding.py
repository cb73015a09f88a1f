"""Accounts that are excluded by the end of a period: those of before, those found now, those linked to them.

Belongs here: carrying exclusions from period to period. Does not belong here: which accounts the settings
exclude (``clean``), or how two accounts are compared (``linkage``).
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.keyed import Key
from pipeline.identity.linkage import account_identities, fit, linked_accounts
from pipeline.identity.overrides import decisions
from pipeline.settings import Project
from pipeline.tables.entities import PROFILES
from pipeline.tables.zones import EXCLUDED_ACCOUNTS, EXCLUDED_IDENTITIES


@dataclass(frozen=True)
class Before:
    """What the period before left: ``EXCLUDED_ACCOUNTS`` (empty in the first), and where accounts are
    compared ``EXCLUDED_IDENTITIES`` (empty in the first) and the model (none in the first)."""

    accounts: ir.Table
    identities: ir.Table | None = None
    version: pa.Table | None = None


@dataclass(frozen=True)
class Excluded:
    """``EXCLUDED_ACCOUNTS`` of a period, and where accounts are compared ``EXCLUDED_IDENTITIES`` and
    the model that exclusions spread by."""

    accounts: pa.Table
    identities: ir.Table | None
    version: pa.Table | None


def excluded_accounts(
    engine: Engine,
    now: pa.Table,
    before: Before,
    profiles: ir.Table | None,
    period: str,
    project: Project,
    key: Key,
) -> Excluded:
    """Accounts excluded by the end of ``period``.

    ``now`` are the accounts that the settings exclude in the period: ``account_id``, ``exclusion``,
    ``exclusion_route``. Who was excluded ``before`` stays so, for the reason and since the period of then.
    Accounts that are one customer with an excluded one are excluded with it, as long as they are: by
    overrides, and, where ``profiles`` (clean profiles of the period with their identifiers, those of
    excluded accounts among them) are given, by what is compared of them. The model for that is fitted
    like the one of customers, in the first period with enough accounts, excluded ones among them.
    """
    earlier = {row["account_id"]: row for row in engine.to_arrow(before.accounts).to_pylist()}
    known = {account: row for account, row in earlier.items() if row["exclusion_route"] != "linked"}
    for row in now.to_pylist():
        if row["account_id"] not in known:
            known[row["account_id"]] = row | _since(earlier.get(row["account_id"]), period)
    identities = version = None
    if profiles is not None and before.identities is not None:
        own = profiles.select("period", "source", "account_id", *(one.name for one in PROFILES.identifiers))
        identities = account_identities(before.identities, profiles, own, period, project)
        listed = identities.semi_join(profiles.filter(profiles.period == period), "account_id")
        version = fit(engine, listed, before.version, period, project)
    found = linked_accounts(
        engine,
        {account: row["exclusion"] for account, row in known.items()},
        identities,
        version,
        decisions(period, project, key),
        project.identity.threshold,
    )
    for row in found.to_pylist():
        known[row["account_id"]] = (
            row | {"exclusion_route": "linked"} | _since(earlier.get(row["account_id"]), period)
        )
    rows = [{**known[one], "period": period} for one in sorted(known)]
    complete = [{name: row.get(name) for name in EXCLUDED_ACCOUNTS.columns} for row in rows]
    accounts = pa.Table.from_pylist(complete, EXCLUDED_ACCOUNTS.schema)
    if identities is None:
        return Excluded(accounts, None, version)
    theirs = identities.semi_join(engine.from_arrow(accounts.select(["account_id"])), "account_id")
    return Excluded(accounts, theirs.select(*EXCLUDED_IDENTITIES.columns), version)


def _since(earlier: dict[str, Any] | None, period: str) -> dict[str, str]:
    """Since when an account is excluded, that was so ``earlier`` or is new."""
    return {"excluded_from_period": earlier["excluded_from_period"] if earlier else period}
