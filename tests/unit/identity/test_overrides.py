"""Overrides: which decisions by hand hold in a period, about which accounts."""

from typing import Any

import pyarrow as pa
import pytest

from pipeline.errors import InputError
from pipeline.identity import waiting_overrides
from pipeline.identity.overrides import decisions, not_excluded
from pipeline.ids.accounts import account_id, source_account, with_account_ids
from pipeline.tables.zones import ACCOUNT_LINKS, EXCLUDED_ACCOUNTS
from tests.conftest import KEY, shop_settings
from tests.unit.ledgers.lines import at, rows_of


def override(decision: str, one: str, other: str, **more: Any) -> dict[str, Any]:
    return {"decision": decision, "accounts": [one, other], **more}


@pytest.fixture
def project(write_project):
    def of(*overrides: dict[str, Any], **source: Any):
        sources = {"till": shop_settings()["sources"]["till"] | source}
        return write_project(sources=sources, identity={"overrides": list(overrides)})

    return of


@pytest.mark.parametrize("source", [{}, {"account_space": "cards"}])
@pytest.mark.parametrize("own_id", ["12346", "12346.0", " 王/7 "])
def test_an_account_named_by_its_source_is_the_one_that_cleaning_makes(project, engine, source, own_id):
    shop = project(override("same", f"till/{own_id}", "a_0"), **source)
    (decision,) = decisions("2024-01", shop, KEY)
    raw = engine.from_arrow(pa.table({"customer": [own_id]}))
    rows = raw.select(own=source_account(raw, shop.sources["till"]))
    made = with_account_ids(rows, KEY, shop, source.get("account_space", "till"), "own", "id").to_pyarrow()
    assert {decision.left, decision.right} == {"a_0", made["id"][0].as_py()}


def test_an_override_holds_from_its_period_on(project):
    shop = project(override("same", "a_1", "a_2", from_period="2024-02"), override("apart", "a_3", "a_4"))
    held = {period: [one.place for one in decisions(period, shop, KEY)] for period in ("2024-01", "2024-02")}
    assert held == {
        "2024-01": ["identity.overrides[1]"],
        "2024-02": ["identity.overrides[0]", "identity.overrides[1]"],
    }


def test_of_two_about_the_same_accounts_the_later_one_holds(project):
    late = override("same", "a_2", "a_1", from_period="2024-02")
    shop = project(late, override("apart", "a_1", "a_2"))
    assert [one.is_same for one in decisions("2024-02", shop, KEY)] == [True]
    both = override("same", "a_2", "a_1"), override("apart", "a_1", "a_2")
    assert [one.is_same for one in decisions("2024-02", project(*both), KEY)] == [False]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (override("same", "shop/1", "a_1"), "no source 'shop'"),
        (override("same", "secret@mail.no", "a_1"), "neither as source"),
        (override("same", "a_1", "a_2", from_period="March"), "not the key of a month"),
        (override("same", "till/7", "till/7.0"), "same one"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place_and_without_the_account(project, bad, words):
    with pytest.raises(InputError, match=words) as error:
        decisions("2024-01", project(bad), KEY)
    assert "identity.overrides[0]" in str(error.value)
    assert "secret@mail.no" not in str(error.value)


def test_overrides_that_wait_for_their_accounts_are_listed(project, engine):
    rows = [
        {"period": "2024-01", "account_id": account, "customer_id": "c_1", "link_kind": "own_account",
         "first_seen_at": at("2024-01-05 10:00"), "last_active_at": at("2024-01-05 10:00")}
        for account in ("a_1", "a_2")
    ]  # fmt: skip
    links = engine.from_arrow(rows_of(ACCOUNT_LINKS, rows))
    shop = project(override("same", "a_1", "a_2"), override("apart", "a_1", "a_7"))
    assert waiting_overrides(links, "2024-01", shop, KEY) == ["identity.overrides[1]"]
    assert waiting_overrides(links, "2024-01", project(), KEY) == []


def test_overrides_of_an_excluded_account_decide_nothing_and_wait_for_nobody(engine, write_project):
    overrides = [
        {"decision": "same", "accounts": ["till/1", "till/2"], "from_period": "2024-01"},
        {"decision": "same", "accounts": ["till/3", "till/4"]},
    ]
    project = write_project(
        identity={"overrides": overrides}, exclude=[{"name": "x", "accounts": {"till": [2]}}]
    )
    some = decisions("2024-01", project, KEY)
    rows = [
        {"period": "2024-01", "account_id": account_id(KEY, project, "till", "2"), "exclusion": "x",
         "exclusion_route": "listed", "excluded_from_period": "2024-01"}
    ]  # fmt: skip
    excluded = engine.from_arrow(rows_of(EXCLUDED_ACCOUNTS, rows))
    assert [one.place for one in not_excluded(some, excluded, "2024-01")] == ["identity.overrides[1]"]
    assert not_excluded(some, None, "2024-01") == some
    links = engine.from_arrow(rows_of(ACCOUNT_LINKS, []))
    waiting = waiting_overrides(links, "2024-01", project, KEY, excluded)
    assert waiting == ["identity.overrides[1]"]
