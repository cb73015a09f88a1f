"""Exclusions through time: who was excluded stays so; who is linked is so as long as the link holds."""

from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine.writing import cast
from pipeline.identity import Before, excluded_accounts, resolve
from pipeline.settings import Project
from pipeline.tables.entities import PROFILES
from pipeline.tables.zones import (
    ACCOUNT_IDENTITIES,
    ACCOUNT_LINKS,
    CUSTOMER_REGISTER,
    EXCLUDED_ACCOUNTS,
    EXCLUDED_IDENTITIES,
)
from tests.conftest import KEY
from tests.unit.ledgers.lines import at, rows_of

NOW = pa.schema({name: pa.string() for name in ("account_id", "exclusion", "exclusion_route")})
STAFF = {"account_id": "a_1", "exclusion": "staff", "exclusion_route": "condition"}
MAIL = {"email": "anna@x.org"}


@pytest.fixture
def step(engine, write_project):
    """One period after the other: who is excluded, and since when."""
    project: Project = write_project(exclude=[{"name": "staff", "accounts": {"till": [1]}}])
    state: dict[str, Any] = {"accounts": None, "identities": None, "version": None}

    def of(period: str, now: list[dict[str, str]], people: list[dict[str, Any]]) -> dict[str, Any]:
        columns = [*PROFILES.clean.columns, *(one.name for one in PROFILES.identifiers)]
        schema = pa.schema(
            [*PROFILES.clean.schema, *(pa.field(one.name, one.type) for one in PROFILES.identifiers)]
        )
        rows = [dict.fromkeys(columns) | {"period": period, "source": "crm"} | one for one in people]
        empty = [rows_of(EXCLUDED_ACCOUNTS, []), rows_of(ACCOUNT_IDENTITIES, [])]
        before = Before(
            engine.from_arrow(state["accounts"] or empty[0]),
            engine.from_arrow(state["identities"] or empty[1]),
            state["version"],
        )
        found = excluded_accounts(
            engine,
            pa.Table.from_pylist(now, NOW),
            before,
            engine.from_arrow(pa.Table.from_pylist(rows, schema)),
            period,
            project,
            KEY,
        )
        state["accounts"], state["version"] = found.accounts, found.version
        state["identities"] = cast(engine.to_arrow(found.identities), EXCLUDED_IDENTITIES.schema)
        assert {row["period"] for row in found.accounts.to_pylist()} <= {period}
        held = set(state["identities"]["account_id"].to_pylist())
        assert held <= set(found.accounts["account_id"].to_pylist()), "nothing is kept of anybody else"
        return {
            row["account_id"]: (
                row["exclusion_route"],
                row["excluded_by_account_id"],
                row["excluded_from_period"],
            )
            for row in found.accounts.to_pylist()
        }

    return of


def test_an_exclusion_lasts_and_reaches_accounts_that_appear_later(step):
    direct = {"a_1": ("condition", None, "2024-01")}
    linked = {"a_2": ("linked", "a_1", "2024-02")}
    assert step("2024-01", [STAFF], [{"account_id": "a_1"} | MAIL, {"account_id": "a_9"}]) == direct
    both = [{"account_id": "a_1"} | MAIL, {"account_id": "a_2"} | MAIL]
    assert step("2024-02", [], both) == direct | linked, "no row meets the condition any more"
    assert step("2024-03", [], [{"account_id": "a_3"} | MAIL]) == direct | linked | {
        "a_3": ("linked", "a_1", "2024-03")
    }, "by what was last known of accounts that the snapshot lost"


def test_an_account_whose_link_is_corrected_away_is_back(step):
    step("2024-01", [STAFF], [{"account_id": "a_1"} | MAIL, {"account_id": "a_2"} | MAIL])
    corrected = [{"account_id": "a_1"} | MAIL, {"account_id": "a_2", "email": "tom@x.org"}]
    assert step("2024-02", [], corrected) == {"a_1": ("condition", None, "2024-01")}


def test_a_linked_account_that_is_named_later_is_excluded_since_it_was(step):
    both = [{"account_id": "a_1"} | MAIL, {"account_id": "a_2"} | MAIL]
    step("2024-01", [STAFF], both)
    named = {"account_id": "a_2", "exclusion": "staff", "exclusion_route": "listed"}
    assert step("2024-02", [named], both)["a_2"] == ("listed", None, "2024-01")


def test_a_customer_whose_accounts_are_all_excluded_leaves_an_id_out_of_use(engine, write_project):
    seen = {"first_seen_at": at("2024-01-05 10:00"), "last_active_at": at("2024-01-05 10:00")}
    links = [
        {"period": "2024-01", "account_id": f"a_{one}", "customer_id": f"c_{one}", "link_kind": "own_account"}
        | seen
        for one in (1, 2)
    ]
    register = [
        {"period": "2024-01", "customer_id": f"c_{one}", "customer_status": "live",
         "founding_account_id": f"a_{one}", "born_period": "2024-01"}
        for one in (1, 2)
    ]  # fmt: skip
    known = [{"account_id": "a_2", "previous_customer_id": "c_2", "last_listed_at": None} | seen]
    previous = engine.from_arrow(rows_of(CUSTOMER_REGISTER, register))
    for period in ("2024-02", "2024-03"):
        found = resolve(
            engine.from_arrow(pa.Table.from_pylist(known, _SEEN)),
            engine.from_arrow(rows_of(ACCOUNT_LINKS, links)),
            previous,
            None,
            period,
            write_project(),
            KEY,
        )
        rows = {row["customer_id"]: row for row in found.register.to_pylist()}
        assert (rows["c_1"]["customer_status"], rows["c_1"]["retired_period"]) == ("excluded", "2024-02")
        assert (rows["c_2"]["customer_status"], rows["c_2"]["retired_period"]) == ("live", None)
        assert found.links["account_id"].to_pylist() == ["a_2"]
        assert found.events.num_rows == 0
        previous = engine.from_arrow(found.register)


_SEEN = pa.schema(
    {
        "account_id": pa.string(),
        "previous_customer_id": pa.string(),
        "first_seen_at": pa.timestamp("us", tz="UTC"),
        "last_active_at": pa.timestamp("us", tz="UTC"),
        "last_listed_at": pa.timestamp("us", tz="UTC"),
    }
)
