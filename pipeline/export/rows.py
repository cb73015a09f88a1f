"""Rows of an export: what was published of customers, under the numbers of their accounts.

Belongs here: pure functions from published tables and the crosswalk to rows. Does not belong here: reading
them (``cli``), consents (``consent``), destinations (``destinations``).

Our own ids of customers and accounts are in no export: beside the company's number they would undo the
published ids for everyone whom the file reaches (law L6).
"""

from dataclasses import dataclass
from typing import Literal

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.tables.exports import CONTACT, EXPORTED_ASSIGNMENTS, EXPORTED_MOVES

What = Literal["assignments", "moves"]
#: Columns that rows of an export are sorted by.
ORDER = ["source_account_id", "scheme"]


@dataclass(frozen=True)
class Asked:
    """What an export was asked for; ``None``: not narrowed. ``consent`` is a purpose.

    ``segment_id`` of moves: those into it and out of it.
    """

    exported: What
    period: str
    account_space: str
    scheme: str | None = None
    segment_id: str | None = None
    cause: str | None = None
    consent: str | None = None
    identifiers: tuple[str, ...] = ()
    language: str = "en"

    @property
    def schema(self) -> pa.Schema:
        """Columns of the rows."""
        contract = EXPORTED_ASSIGNMENTS if self.exported == "assignments" else EXPORTED_MOVES
        chosen = [one for one in CONTACT if one.name in self.identifiers]
        return pa.schema([*contract.schema, *(pa.field(one.name, one.type) for one in chosen)])


@dataclass(frozen=True)
class Known:
    """What exports read beside the rows that are exported.

    ``crosswalk`` is that of the period, ``current`` the newest one; ``labels`` name each ``state`` (a
    segment, or a status) once with its ``label``; ``consenting`` are customers who consent (``None``:
    consent is not asked for), ``identities`` are ``CUSTOMER_IDENTITIES`` of the newest period.
    """

    crosswalk: ir.Table
    current: ir.Table
    labels: ir.Table
    consenting: ir.Table | None = None
    identities: ir.Table | None = None


@dataclass(frozen=True)
class Reach:
    """Customers that were asked for, and those of them who are not exported, each with the first reason."""

    customers: int
    without_number: int
    no_longer_known: int
    without_consent: int

    @property
    def exported(self) -> int:
        """Customers with at least one row."""
        return self.customers - self.without_number - self.no_longer_known - self.without_consent


def narrowed(asked: Asked, published: ir.Table) -> ir.Table:
    """Published assignments or moves that were asked for."""
    rows = published.filter(published.period == asked.period)
    if asked.scheme:
        rows = rows.filter(rows.scheme == asked.scheme)
    if asked.segment_id and asked.exported == "assignments":
        rows = rows.filter(rows.segment_id == asked.segment_id)
    elif asked.segment_id:
        rows = rows.filter((rows.from_state == asked.segment_id) | (rows.to_state == asked.segment_id))
    return rows.filter(rows.cause == asked.cause) if asked.cause else rows


def exported(asked: Asked, published: ir.Table, known: Known) -> ir.Table:
    """One row an account in the space that was asked for, and scheme, of the customers asked for who are
    exported; columns of ``asked.schema``, unique and to be sorted by ``ORDER``.

    ``published`` are ``ASSIGNMENTS`` or ``MOVES`` as they are published. A customer of the period keeps the
    accounts that it had then; each account must still be known, and its customer of today consent.
    """
    accounts = _accounts(asked, known)
    accounts = accounts.filter(accounts.is_known & accounts.is_willing)
    rows = narrowed(asked, published).inner_join(
        accounts.select("customer_id", "account_space", "source_account_id", "current_id"), "customer_id"
    )
    if asked.exported == "assignments":
        rows = _labelled(rows, "segment_id", "segment_label", known)
    else:
        for state, label in (("from_state", "from_label"), ("to_state", "to_label")):
            rows = _labelled(rows, state, label, known)
    if asked.identifiers and known.identities is not None:
        own = known.identities.select("customer_id", *asked.identifiers).rename(current_id="customer_id")
        rows = rows.left_join(own, "current_id")
    return rows.select(*asked.schema.names)


def reach(asked: Asked, published: ir.Table, known: Known) -> ir.Table:
    """One row with the counts of ``Reach``."""
    asked_for = narrowed(asked, published).select("customer_id").distinct()
    accounts = _accounts(asked, known)
    of_customer = accounts.group_by("customer_id").aggregate(
        is_known=accounts.is_known.any(), is_exported=(accounts.is_known & accounts.is_willing).any()
    )
    told = asked_for.left_join(of_customer, "customer_id")
    return told.aggregate(
        customers=told.count(),
        without_number=told.is_known.isnull().sum(),
        no_longer_known=(~told.is_known).sum(),
        without_consent=(told.is_known & ~told.is_exported).sum(),
    )


def reached(engine: Engine, counts: ir.Table) -> Reach:
    """The counts of ``reach``, computed."""
    row = engine.to_arrow(counts).to_pylist()[0]
    return Reach(**{name: int(value or 0) for name, value in row.items()})


def _accounts(asked: Asked, known: Known) -> ir.Table:
    """Accounts of the period in the space, with the customer of today as ``current_id``, whether there is
    one, and whether it consents. An account that is gone (excluded or erased since) has none."""
    then = known.crosswalk.filter(known.crosswalk.account_space == asked.account_space)
    today = known.current.select("account_id", current_id="customer_id")
    accounts = then.left_join(today, "account_id").select(
        "customer_id", "account_space", "source_account_id", "current_id"
    )
    accounts = accounts.mutate(is_known=accounts.current_id.notnull())
    if known.consenting is None:
        return accounts.mutate(is_willing=ibis.literal(True))
    willing = known.consenting.select(current_id="customer_id", is_willing=ibis.literal(True))
    told = accounts.left_join(willing, "current_id")
    return told.select(*accounts.columns, is_willing=told.is_willing.fill_null(False))


def _labelled(rows: ir.Table, state: str, label: str, known: Known) -> ir.Table:
    """``rows`` with the label of the state in column ``state``: an unknown one is its own."""
    labels = known.labels.select(**{state: "state", label: "label"})
    joined = rows.left_join(labels, state).select(*rows.columns, label)
    return joined.mutate(**{label: ibis.coalesce(joined[label], joined[state])})
