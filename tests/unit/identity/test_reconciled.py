"""The period before, with accounts linked as they are now."""

from datetime import UTC, datetime

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.identity.reconciled import reconciled_links
from pipeline.tables.zones import ACCOUNT_LINKS

SEEN = datetime(2024, 1, 5, tzinfo=UTC)


def links(period: str, **customers: str) -> pa.Table:
    """Links from account = customer."""
    found = [
        {
            "period": period,
            "account_id": account,
            "customer_id": customer,
            "link_kind": "own_account",
            "first_seen_at": SEEN,
            "last_active_at": SEEN,
        }
        for account, customer in customers.items()
    ]
    return pa.Table.from_pylist(found, ACCOUNT_LINKS.schema)


def reconciled(engine: Engine, before: pa.Table, now: pa.Table) -> dict[str, str]:
    found = reconciled_links(engine.from_arrow(now), engine.from_arrow(before)).to_pyarrow().to_pylist()
    assert {one["period"] for one in found} <= {"2024-01"}
    return {one["account_id"]: one["customer_id"] for one in found}


def test_nobody_is_reconciled_when_only_new_accounts_came(engine: Engine) -> None:
    before = links("2024-01", a="c1", b="c2")
    assert reconciled(engine, before, links("2024-02", a="c1", b="c2", new="c2")) == {}


def test_a_merged_customer_had_the_accounts_of_both(engine: Engine) -> None:
    before = links("2024-01", a="c1", b="c2", other="c3")
    assert reconciled(engine, before, links("2024-02", a="c1", b="c1", other="c3")) == {"a": "c1", "b": "c1"}


def test_a_split_customer_and_its_part_are_seen_apart(engine: Engine) -> None:
    before = links("2024-01", a="c1", b="c1", other="c3")
    assert reconciled(engine, before, links("2024-02", a="c1", b="c2", other="c3")) == {"a": "c1", "b": "c2"}
