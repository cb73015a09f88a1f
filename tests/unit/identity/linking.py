"""Accounts, pairs and periods for tests of identity: a small world resolved period by period."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa

from pipeline.identity import Resolved, resolve
from pipeline.settings import Project
from pipeline.tables.zones import ACCOUNT_PAIRS
from tests.conftest import KEY
from tests.unit.ledgers.lines import rows_of

SEEN = pa.schema(
    {
        "account_id": pa.string(),
        "previous_customer_id": pa.string(),
        "first_seen_at": pa.timestamp("us", tz="UTC"),
        "last_active_at": pa.timestamp("us", tz="UTC"),
        "last_listed_at": pa.timestamp("us", tz="UTC"),
    }
)
START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pair:
    """Two accounts: by the model with a weight in bits, or by a rule."""

    one: str
    other: str
    weight: float | None = None
    rule: str = "model"

    def row(self, period: str) -> dict[str, Any]:
        odds = None if self.weight is None else 2.0**self.weight
        return {
            "period": period,
            "left_account_id": min(self.one, self.other),
            "right_account_id": max(self.one, self.other),
            "link_rule": self.rule,
            "match_weight": self.weight,
            "match_probability": None if odds is None else odds / (1 + odds),
        }


def by_rule(one: str, other: str) -> Pair:
    return Pair(one, other, rule="equal_email")


@dataclass
class World:
    """Resolves period after period, handing each period's links and register on to the next.

    ``shuffle`` is a seed for another order of every table's rows; 0 keeps them as they are.
    """

    project: Project
    shuffle: int = 0
    known: dict[str, int] = field(default_factory=dict)
    done: dict[str, Resolved] = field(default_factory=dict)

    def step(self, period: str, new: Iterable[str] = (), pairs: Sequence[Pair] = ()) -> Resolved:
        """``new`` accounts become known, in their order, on the days after the last ones."""
        for account in new:
            self.known[account] = len(self.known)
        before = self.done[max(self.done)] if self.done else None
        customer = {} if before is None else customers_of(before)
        rows = [
            {
                "account_id": account,
                "previous_customer_id": customer.get(account),
                "first_seen_at": START + timedelta(hours=day),
                "last_active_at": START + timedelta(hours=day),
            }
            for account, day in self.known.items()
        ]
        found = resolve(
            self._table(pa.Table.from_pylist(rows, schema=SEEN)),
            None if before is None else self._table(before.links),
            None if before is None else self._table(before.register),
            self._table(rows_of(ACCOUNT_PAIRS, [one.row(period) for one in pairs])),
            period,
            self.project,
            KEY,
        )
        self.done[period] = found
        return found

    def _table(self, rows: pa.Table) -> Any:
        if self.shuffle:
            order = list(range(rows.num_rows))
            random.Random(self.shuffle).shuffle(order)
            rows = rows.take(pa.array(order, pa.int64()))
        return ibis.memtable(rows)  # lighter than a table of the engine: histories are many and tiny


def customers_of(found: Resolved) -> dict[str, str]:
    """Customer of each account."""
    columns = found.links["account_id"].to_pylist(), found.links["customer_id"].to_pylist()
    return dict(zip(*columns, strict=True))


def links_of(found: Resolved) -> dict[str, tuple[str, str | None, float | None]]:
    """Kind, other account and weight of each account's link."""
    return {
        row["account_id"]: (row["link_kind"], row["linked_account_id"], row["match_weight"])
        for row in found.links.to_pylist()
    }


def events_of(found: Resolved) -> list[tuple[str, str, str | None, str, int]]:
    """Events, sorted: customer, event, related customer, cause, accounts."""
    names = ("customer_id", "customer_event", "related_customer_id", "event_cause", "accounts_moved_count")
    return sorted(tuple(row[name] for name in names) for row in found.events.to_pylist())


def register_of(found: Resolved) -> dict[str, tuple[str, str | None]]:
    """Status of each customer id, and the one it was merged into."""
    return {
        row["customer_id"]: (row["customer_status"], row["merged_into_customer_id"])
        for row in found.register.to_pylist()
    }
