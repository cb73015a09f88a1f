"""Whom somebody means: a customer or an account by our id, or by the company's own number.

Belongs here: finding customers for ``segments show customer``. Does not belong here: what is told of
one (``customer``).
"""

from typing import Any

from ibis.expr import types as ir

from pipeline.engine import Engine, Lake
from pipeline.ids.accounts import account_space, source_account_text
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.model import Table

_SEPARATOR = ":"


def accounts_meant(lake: Lake, engine: Engine, project: Project, asked: str) -> list[dict[str, Any]]:
    """Accounts whose own number is ``asked``, or ``space:number`` (also ``source:number``).

    Rows of the newest ``CROSSWALK`` with ``sources`` and ``choose`` (what names this account alone),
    by account space. Numbers are compared as cleaning normalises them.
    """
    rows = _newest(lake, engine, zones.CROSSWALK)
    is_meant = rows.source_account_id == source_account_text(asked)
    prefix, _, number = asked.partition(_SEPARATOR)
    spaces = {name: account_space(name, one) for name, one in project.sources.items()}
    if space := spaces.get(prefix, prefix if prefix in spaces.values() else None):
        is_meant = is_meant | (
            (rows.account_space == space) & (rows.source_account_id == source_account_text(number))
        )
    found = rows.filter(is_meant).order_by("account_space", "source_account_id").to_pyarrow().to_pylist()
    return [
        {
            "choose": f"{row['account_space']}{_SEPARATOR}{row['source_account_id']}",
            "sources": sources_of(project, row["account_space"]),
            **{name: row[name] for name in ("account_space", "source_account_id", "account_id")},
            "customer_id": row["customer_id"],
        }
        for row in found
    ]


def customer_of_account(lake: Lake, engine: Engine, account_id: str) -> str | None:
    """Customer of the account with our id ``account_id``, by the newest links."""
    rows = _newest(lake, engine, zones.ACCOUNT_LINKS)
    found: list[str] = (
        rows.filter(rows.account_id == account_id).to_pyarrow().column("customer_id").to_pylist()
    )
    return found[0] if found else None


def crosswalk_of(lake: Lake, engine: Engine, project: Project, customer_id: str) -> list[dict[str, Any]]:
    """What sources call the accounts of a customer: rows of the newest ``CROSSWALK`` with ``sources``."""
    rows = _newest(lake, engine, zones.CROSSWALK)
    found = rows.filter(rows.customer_id == customer_id).order_by("account_id").to_pyarrow().to_pylist()
    return [
        {
            "account_id": row["account_id"],
            "account_space": row["account_space"],
            "sources": sources_of(project, row["account_space"]),
            "source_account_id": row["source_account_id"],
        }
        for row in found
    ]


def sources_of(project: Project, space: str) -> str:
    """Names of the sources that take their account ids from ``space``, sorted."""
    return ", ".join(
        sorted(one for one, source in project.sources.items() if account_space(one, source) == space)
    )


def _newest(lake: Lake, engine: Engine, contract: Table) -> ir.Table:
    return engine.read(lake.files(contract.path, lake.periods(contract.path)[-1:]), contract)
