"""``linked_accounts``: who is one customer with an excluded account is excluded with it."""

import datetime
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.identity.linkage import linked_accounts
from pipeline.identity.overrides import Decision
from tests.unit.identity.linkage.people import identities

ANNA = {
    "given_name": "Anna",
    "family_name": "Berger",
    "birth_date": datetime.date(1980, 5, 17),
    "email": "anna@x.org",
}
TOM = ANNA | {"given_name": "Tom", "birth_date": datetime.date(1978, 1, 2)}
Told = dict[str, tuple[str, str]]


def decided(left: str, right: str, is_same: bool) -> Decision:
    return Decision("identity.overrides[0]", left, right, is_same, False)


def spread(
    engine: Engine,
    rows: list[dict[str, Any]] | pa.Table | None,
    *excluded: str,
    version: pa.Table | None = None,
    decisions: tuple[Decision, ...] = (),
) -> Told:
    """Accounts that the exclusion of ``excluded`` spread to: exclusion and the account it came by."""
    table = identities(rows) if isinstance(rows, list) else rows
    found = linked_accounts(
        engine,
        dict.fromkeys(excluded, "staff"),
        None if table is None else engine.from_arrow(table),
        version,
        decisions,
        0.9,
    )
    return {row["account_id"]: (row["exclusion"], row["excluded_by_account_id"]) for row in found.to_pylist()}


@pytest.mark.parametrize(
    ("other", "spreads"),
    [
        (ANNA, True),
        ({"email": "anna@x.org"}, True),  # nothing is known that speaks against it
        ({"email": "anna@x.org", "family_name": "Smith"}, True),
        ({"email": "anna@x.org", "given_name": "Anna"}, True),
        (TOM, False),  # a family shares the address
        ({"email": "anna@x.org", "birth_date": datetime.date(2001, 7, 9)}, False),
        ({"email": "other@x.org", "given_name": "Anna"}, False),
        ({"given_name": "Anna", "family_name": "Berger"}, False),
    ],
)
def test_a_shared_email_spreads_unless_something_says_that_it_is_somebody_else(
    engine: Engine, other: dict[str, Any], spreads: bool
) -> None:
    found = spread(engine, [{"account_id": "a_1"} | ANNA, {"account_id": "a_2"} | other], "a_1")
    assert found == ({"a_2": ("staff", "a_1")} if spreads else {})


def test_it_spreads_through_others_and_ends(engine: Engine) -> None:
    rows = [
        {"account_id": "a_1"} | ANNA,
        {"account_id": "a_2", "email": "anna@x.org", "national_id": "A12345678"},
        {"account_id": "a_3", "email": "second@x.org", "national_id": "A12345678"},
        {"account_id": "a_4", "email": "second@x.org"},
        {"account_id": "a_5", "email": "nobody@x.org"},
    ]
    assert spread(engine, rows, "a_1") == {
        "a_2": ("staff", "a_1"),
        "a_3": ("staff", "a_2"),
        "a_4": ("staff", "a_3"),
    }


def test_an_address_that_many_share_is_nobodys(engine: Engine) -> None:
    rows = [{"account_id": f"a_{number:02}", "email": "info@shop.example"} for number in range(21)]
    assert spread(engine, rows, "a_00") == {}
    assert len(spread(engine, rows[:20], "a_00")) == 19


def test_overrides_hold_here_too(engine: Engine) -> None:
    rows = [{"account_id": "a_1"} | ANNA, {"account_id": "a_2"} | ANNA]
    assert spread(engine, rows, "a_1", decisions=(decided("a_1", "a_2", False),)) == {}
    same = (decided("a_1", "a_9", True), decided("a_8", "a_9", True))
    assert spread(engine, None, "a_9", decisions=same) == {"a_1": ("staff", "a_9"), "a_8": ("staff", "a_9")}


def test_the_model_links_what_no_rule_does(engine: Engine, people: pa.Table, version: pa.Table) -> None:
    """Second accounts with slips of the pen: found by probability, and nobody else's."""
    twice = [one[:-1] for one in people["account_id"].to_pylist() if one.endswith("b")]
    found = spread(engine, people, *(f"{one}a" for one in twice), version=version)
    right = [account for account, (_, by) in found.items() if account[:-1] == by[:-1]]
    assert len(right) >= 0.9 * len(twice)
    assert len(found) - len(right) <= 2
    by_rule = spread(engine, people, *(f"{one}a" for one in twice))
    assert len(by_rule) < len(found)
