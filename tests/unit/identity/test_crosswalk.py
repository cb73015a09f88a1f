"""The crosswalk: from our ids back to the company's own, for every known account and nobody else."""

from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.identity import crosswalk
from pipeline.ids.accounts import account_id
from pipeline.settings import Project
from pipeline.tables.zones import ACCOUNT_LINKS, CROSSWALK
from tests.conftest import KEY, shop_settings
from tests.unit.ledgers.lines import at, rows_of

JAN, FEB = "2024-01", "2024-02"


@pytest.fixture
def shop(write_project) -> Project:
    """Tills and a web shop that share account ids; a CRM with its own; products without accounts."""
    till = shop_settings()["sources"]["till"]
    people = {"entity": "profiles", "connector": till["connector"], "columns": {"source_account_id": "id"}}
    goods = {"entity": "products", "connector": till["connector"], "columns": {"product_id": "sku"}}
    cards = {"account_space": "cards"}
    sources = {"till": till | cards, "web": till | cards, "crm": people, "goods": goods}
    return write_project(sources=sources)


def links_of(shop: Project, period: str, **customers: str) -> list[dict[str, Any]]:
    """Links of accounts named ``space__number`` to customers."""
    seen = {"first_seen_at": at("2024-01-05 10:00"), "last_active_at": at("2024-01-06 10:00")}
    return [
        {"period": period, "account_id": account_id(KEY, shop, *name.split("__")), "customer_id": customer,
         "link_kind": "own_account", **seen}
        for name, customer in customers.items()
    ]  # fmt: skip


def made(
    engine: Engine,
    shop: Project,
    period: str,
    raw: dict[str, list[Any]],
    links: list[dict[str, Any]],
    previous: pa.Table | None = None,
) -> pa.Table:
    columns = {"till": "customer", "web": "customer", "crm": "id", "goods": "sku"}
    tables = {
        name: engine.from_arrow(
            pa.table({"period": pa.repeat(period, len(ids)), columns[name]: pa.array(ids, pa.string())})
        )
        for name, ids in raw.items()
    }
    before = engine.from_arrow(rows_of(CROSSWALK, []) if previous is None else previous)
    known = engine.from_arrow(rows_of(ACCOUNT_LINKS, links))
    found = engine.to_arrow(crosswalk(before, tables, known, period, shop, KEY))
    return cast(found, CROSSWALK.schema).sort_by("account_id")


def told(table: pa.Table) -> set[tuple[str, str, str]]:
    rows = table.to_pylist()
    return {(row["account_space"], row["source_account_id"], row["customer_id"]) for row in rows}


def test_every_known_account_leads_back_to_what_its_source_calls_it(engine: Engine, shop: Project) -> None:
    links = links_of(shop, JAN, cards__7="c_1", cards__8="c_2", crm__7="c_1")
    raw = {"till": ["7", "7.0", "8", None, ""], "web": ["8"], "crm": ["7"], "goods": ["7"]}
    found = made(engine, shop, JAN, raw, links)
    assert told(found) == {("cards", "7", "c_1"), ("cards", "8", "c_2"), ("crm", "7", "c_1")}
    for row in found.to_pylist():
        assert row["account_id"] == account_id(KEY, shop, row["account_space"], row["source_account_id"])
        assert row["period"] == JAN


def test_rows_that_made_no_account_are_left_out(engine: Engine, shop: Project) -> None:
    """Quarantined rows, and profiles of whom nobody can tell since when they exist."""
    found = made(
        engine, shop, JAN, {"till": ["7", "8"], "web": [], "crm": ["9"]}, links_of(shop, JAN, cards__7="c_1")
    )
    assert told(found) == {("cards", "7", "c_1")}


def test_earlier_accounts_are_carried_over_with_their_customer_of_now(engine: Engine, shop: Project) -> None:
    first = made(engine, shop, JAN, {"till": ["7", "8"]}, links_of(shop, JAN, cards__7="c_1", cards__8="c_2"))
    links = links_of(shop, FEB, cards__7="c_1", cards__8="c_1", cards__9="c_3")
    second = made(engine, shop, FEB, {"till": ["9", "8"]}, links, first)
    assert told(second) == {("cards", "7", "c_1"), ("cards", "8", "c_1"), ("cards", "9", "c_3")}
    assert second.num_rows == 3
    again = made(engine, shop, FEB, {"till": ["9", "8"], "web": ["8", "9"]}, links, first)
    assert again == second, "whoever named an account"


def test_an_account_with_many_rows_has_one(engine: Engine, shop: Project) -> None:
    found = made(engine, shop, JAN, {"crm": ["7", "7", "7.0"]}, links_of(shop, JAN, crm__7="c_1"))
    assert found.num_rows == 1


def test_a_period_without_any_row_keeps_what_is_known(engine: Engine, shop: Project) -> None:
    first = made(engine, shop, JAN, {"till": ["7"]}, links_of(shop, JAN, cards__7="c_1"))
    second = made(engine, shop, FEB, {}, links_of(shop, FEB, cards__7="c_1"), first)
    assert told(second) == told(first)


def test_rows_of_other_periods_are_not_read(engine: Engine, shop: Project) -> None:
    raw = engine.from_arrow(pa.table({"period": [JAN, FEB], "customer": ["7", "8"]}))
    links = engine.from_arrow(rows_of(ACCOUNT_LINKS, links_of(shop, JAN, cards__7="c_1", cards__8="c_2")))
    before = engine.from_arrow(rows_of(CROSSWALK, []))
    found = engine.to_arrow(crosswalk(before, {"till": raw}, links, JAN, shop, KEY))
    assert told(found) == {("cards", "7", "c_1")}
