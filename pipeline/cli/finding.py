"""Whom somebody means: a customer or an account by our id, or by the company's own number.

Belongs here: finding customers for ``segments show customer``. Does not belong here: what is told of
one (``customer``).
"""

from typing import Any

import ibis
from ibis.expr import types as ir

from pipeline.engine import Engine, Lake
from pipeline.ids.accounts import account_space, source_account_text
from pipeline.settings import Project
from pipeline.settings.problems import meant
from pipeline.tables import zones
from pipeline.tables.model import Table

_SEPARATOR = ":"
#: Before an id of ours, where a number of the company is written alike.
_OURS = "id"
#: Numbers that are written otherwise than asked for: so many are told.
_NEAR = 3


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


def our_customer(lake: Lake, engine: Engine, asked: str) -> dict[str, Any] | None:
    """The customer whom ``asked``, or what stands behind ``id:``, is our id of, or of an account of whom.

    A row as those of ``accounts_meant`` (``sources`` is empty); ``None`` where it is no id of ours.
    """
    ours = asked.strip().removeprefix(f"{_OURS}{_SEPARATOR}")
    register = _newest(lake, engine, zones.CUSTOMER_REGISTER)
    is_customer = register.filter(register.customer_id == ours).count().to_pyarrow().as_py()
    account = None if is_customer else customer_of_account(lake, engine, ours)
    if not (is_customer or account):
        return None
    return {
        "choose": f"{_OURS}{_SEPARATOR}{ours}",
        "sources": "",
        "account_space": None,
        "source_account_id": None,
        "account_id": ours if account else None,
        "customer_id": account or ours,
    }


def written_otherwise(lake: Lake, engine: Engine, project: Project, asked: str) -> list[str]:
    """Numbers that are ``asked`` but for case, blanks, punctuation and zeros at the beginning, as
    ``space:number``; at most three. They tell nothing that was not asked for. Of a space that is not there:
    what was probably meant.
    """
    prefix, _, number = asked.partition(_SEPARATOR)
    spaces = {account_space(name, one) for name, one in project.sources.items()} | set(project.sources)
    close = meant(prefix, spaces) if number and prefix not in spaces else None
    rows = _newest(lake, engine, zones.CROSSWALK)
    folded = _folded(rows.source_account_id)
    texts = [source_account_text(one) for one in dict.fromkeys((asked, number)) if one]
    if not texts:
        return []
    found = rows.filter(ibis.or_(*(folded == _folded(ibis.literal(one)) for one in texts)))
    found = found.filter(folded != "").order_by("account_space", "source_account_id").limit(_NEAR)
    alike = [f"{row['account_space']}{_SEPARATOR}{row['source_account_id']}" for row in _rows(found)]
    return alike or ([f"{close}{_SEPARATOR}{number}"] if close else [])


def _folded(number: ir.StringValue) -> ir.StringValue:
    return number.lower().re_replace(r"[\s\p{P}\p{S}]+", "").re_replace(r"^0+", "")


def _rows(table: ir.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


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
