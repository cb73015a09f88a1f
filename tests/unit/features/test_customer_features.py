"""All features together: the same as computed by hand, and as the catalogue promises."""

import math
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest

from pipeline.features import FEATURES
from pipeline.identity import customers
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.features.by_hand import features_by_hand
from tests.unit.features.chain import computed, feature_inputs, features
from tests.unit.ledgers.lines import (
    UTC_MONTHS,
    at,
    contacts,
    line,
    order_lines,
    products,
    profiles,
    random_lines,
    redemptions,
)

#: Half of the last published decimal, and the error allowed before rounding.
ROUNDING = 0.5e-6 + 1e-9
CATEGORIES: dict[str, str | None] = {
    f"p{number:02}": ("tea", "coffee", "cocoa", None)[number % 4] for number in range(14)
}


CATALOGUE_SOURCE = {
    "entity": "products",
    "connector": {"kind": "file", "format": "csv", "path": "products.csv"},
    "columns": {"product_id": "p", "category": "c"},
}


def shop_with_catalogue(write_project: Any, **changes: Any) -> Project:
    """The small shop, whose sources give products with their categories as well."""
    return write_project(sources=shop_settings()["sources"] | {"catalogue": CATALOGUE_SOURCE}, **changes)


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for customer, values in expected.items():
        for name, value in values.items():
            got = found[customer][name]
            if isinstance(got, float) and value is not None and not isinstance(value, Decimal):
                assert got == pytest.approx(value, abs=ROUNDING, rel=1e-9), (customer, name)
            else:
                assert got == value, (customer, name)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.duckdb_suffices)])
@pytest.mark.parametrize(
    ("first_period", "period"),
    [
        pytest.param("2024-01", "2024-02", marks=pytest.mark.duckdb_suffices),
        pytest.param("2023-10", "2024-03", marks=pytest.mark.duckdb_suffices),
        ("2023-01", "2024-02"),
    ],
    ids=["young project", "six periods", "fourteen periods"],
)
def test_features_from_ledgers_equal_those_computed_from_order_lines(
    engine, write_project, first_period, period, seed
):
    project = shop_with_catalogue(
        write_project, first_period=first_period, time_zone="America/New_York", retention_days=3650
    )
    first = date.fromisoformat(f"{first_period}-01")
    lines = random_lines(seed, project.calendar, first, days=480, accounts=25, orders=260)
    history = project.calendar.between(first_period, "2024-12")
    found = features(
        engine, project, period, lines=order_lines(*lines), catalogue=products(history, CATEGORIES)
    )
    assert_same(found, features_by_hand(lines, CATEGORIES, project, period))
    assert len(found) > 5


@pytest.mark.duckdb_daily
def test_weeks_are_periods_too(engine, write_project):
    project = write_project(period="week", first_period="2024-W01-1", last_period="2024-W16-1")
    lines = random_lines(5, project.calendar, date(2024, 1, 1), days=110, accounts=10)
    found = features(engine, project, "2024-W15-1", lines=order_lines(*lines))
    assert_same(found, features_by_hand(lines, {}, project, "2024-W15-1"))


@pytest.mark.duckdb_suffices
def test_no_feature_is_nan_infinite_or_out_of_its_range(engine, write_project):
    project = write_project(first_period="2023-01")
    lines = random_lines(9, project.calendar, date(2023, 1, 1), days=420, accounts=30, orders=120)
    free = [line("2024-01-09 10:00", account_id="a_free", net_amount=0)]
    back = [line("2024-01-09 10:00", account_id="a_back", net_amount=-5, is_return=True)]
    found = features(engine, project, "2024-01", lines=order_lines(*lines, *free, *back))
    assert {"c_free", "c_back"} <= found.keys()
    for row in found.values():
        for name, feature in FEATURES.items():
            value, limits = row[name], feature.field
            if value is None:
                assert limits.null_meaning
            elif feature.is_numeric:
                assert math.isfinite(value)
                assert limits.minimum is None or value >= limits.minimum, name
                assert limits.maximum is None or value <= limits.maximum, name


@pytest.mark.duckdb_daily
def test_only_the_population_has_features(engine, write_project):
    project = write_project(retention_days=40)
    lines = [line("2024-01-05 10:00", account_id="a_gone"), line("2024-02-25 10:00", account_id="a_here")]
    assert features(engine, project, "2024-03", lines=order_lines(*lines)).keys() == {"c_here"}


@pytest.mark.duckdb_daily
def test_features_of_entities_that_the_project_lacks_are_null(engine, write_project):
    row = features(
        engine, write_project(), "2024-01", lines=order_lines(line("2024-01-03 10:00", store_id="s"))
    )["c_1"]
    lacking = [one for one in FEATURES.values() if not set(one.entities) <= {"orders"}]
    assert {one.family.name for one in lacking} == {
        "behaviour", "channels", "usage", "engagement", "trend", "demographic", "geographic", "satisfaction",
        "communication", "loyalty", "price_sensitivity", "sales", "financial", "psychographic",
    }  # fmt: skip
    assert [one.name for one in lacking if row[one.name] is not None] == []


@pytest.mark.duckdb_daily
def test_a_project_of_profiles_alone_has_attributes_and_tenure(engine, write_project):
    crm = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "customer", "city": "city", "gender": "gender"},
    }
    project = write_project(sources={"crm": crm})
    snapshot = profiles({"account_id": "a_1", "city": "Oslo", "created_at": at("2023-12-31 00:00")})
    row = features(engine, project, "2024-01", profiles=snapshot)["c_1"]
    assert (row["city"], row["gender"], row["tenure_days"]) == ("Oslo", None, 32)
    assert row["orders_count_12p"] is None
    assert row["feature_evidence_share"] == pytest.approx(4 / 5)  # tenure in three ways, city; not gender


def shares_by_hand(contacts: list[dict], redeemed: list[tuple[str, str]], as_of: datetime) -> tuple:
    """Share of contacts answered and opened before ``as_of``, of one customer: contact by contact.

    A redemption of a campaign (campaign, period) answers one contact of it; an answer counts when it
    came by the end of the period after the contact's.
    """

    def came(contact: dict, *names: str) -> bool:
        month = contact["period"]
        limit = min(as_of, UTC_MONTHS.as_of(UTC_MONTHS.next(month)))
        return any(contact.get(name) and contact[name] < limit for name in names)

    answers = 0
    for campaign in {one["campaign_id"] for one in contacts}:
        theirs = [one for one in contacts if one["campaign_id"] == campaign]
        said = sum(came(one, "responded_at", "redeemed_at") for one in theirs)
        coupons = len({month for name, month in redeemed if name == campaign})
        answers += min(len(theirs), max(said, coupons))
    return answers / len(contacts), sum(came(one, "opened_at") for one in contacts) / len(contacts)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(one, marks=pytest.mark.duckdb_suffices) for one in (1, 2, 3))]
)
def test_shares_of_campaigns_equal_those_counted_contact_by_contact(engine, write_project, seed):
    project = write_project(
        sources=CAMPAIGN_SOURCES
        | {"till": write_project().sources["till"].model_dump()}
        | {"mail": CAMPAIGN_SOURCES["mail"] | {"columns": {**CAMPAIGN_SOURCES["mail"]["columns"], **TOLD}}},
        retention_days=3650,
    )
    chance = random.Random(seed)
    sent, bought = [], []
    for _ in range(60):
        when = at("2023-12-20 08:00") + timedelta(hours=chance.randrange(24 * 95))
        later = {name: when + timedelta(days=chance.randrange(80)) for name in TOLD if chance.random() < 0.3}
        sent.append((f"a_{chance.randrange(5)}", f"k{chance.randrange(4)}", f"{when:%Y-%m-%d %H:%M}", later))
    for _ in range(15):
        when = at("2024-01-01 08:00") + timedelta(hours=chance.randrange(24 * 80))
        bought.append((f"a_{chance.randrange(5)}", f"k{chance.randrange(4)}", f"{when:%Y-%m-%d %H:%M}"))
    found = features(
        engine, project, "2024-02", lines=order_lines(line("2024-01-03 10:00", account_id="a_9")),
        contacts=contacts(*sent), redemptions=redemptions(*bought),
    )  # fmt: skip
    inside = {"2024-01", "2024-02"}
    as_of = UTC_MONTHS.as_of("2024-02")
    for customer, row in found.items():
        mine = [
            {"campaign_id": campaign, "period": when[:7], **more}
            for account, campaign, when, more in sent
            if account[2:] == customer[2:] and when[:7] in inside
        ]
        coupons = [
            (campaign, when[:7])
            for account, campaign, when in bought
            if account[2:] == customer[2:] and when[:7] in inside
        ]
        shares = (row["campaign_response_share_12p"], row["campaign_open_share_12p"])
        expected = shares_by_hand(mine, coupons, as_of) if mine else (None, None)
        assert shares == tuple(pytest.approx(one, abs=ROUNDING) for one in expected), customer
    assert len(found) > 4


#: Columns of contacts that tell what became of them.
TOLD = {"opened_at": "o", "responded_at": "r", "redeemed_at": "d"}


@pytest.mark.duckdb_daily
@pytest.mark.parametrize(
    ("mapped", "response", "opened"),
    [({}, None, None), ({"responded_at": "r"}, 0.0, None), ({"opened_at": "o"}, None, 0.0)],
)
def test_what_no_source_tells_of_contacts_is_unknown_and_counts_for_no_evidence(
    engine, write_project, mapped, response, opened
):
    mail = CAMPAIGN_SOURCES["mail"] | {"columns": {**CAMPAIGN_SOURCES["mail"]["columns"], **mapped}}
    project = write_project(sources={"mail": mail, "till": write_project().sources["till"].model_dump()})
    lines = order_lines(line("2024-01-03 10:00"))
    row = features(
        engine, project, "2024-01", lines=lines, contacts=contacts(("a_1", "tea", "2024-01-02 08:00"))
    )["c_1"]
    assert (row["campaign_response_share_12p"], row["campaign_open_share_12p"]) == (response, opened)
    assert ("campaign_response_share_12p" in project.givable) == (response is not None)
    assert ("campaign_open_share_12p" in project.givable) == (opened is not None)


CAMPAIGN_SOURCES: dict[str, dict[str, Any]] = {
    "mail": {
        "entity": "campaign_contacts",
        "connector": {"kind": "file", "format": "csv", "path": "mail.csv"},
        "columns": {"source_account_id": "c", "campaign_id": "k", "sent_at": "at"},
    },
    "coupons": {
        "entity": "coupon_redemptions",
        "connector": {"kind": "file", "format": "csv", "path": "coupons.csv"},
        "columns": {"source_account_id": "c", "campaign_id": "k", "redeemed_at": "at"},
    },
}


@pytest.mark.duckdb_daily
def test_campaigns_are_counted_over_the_window(engine, write_project):
    project = write_project(sources=CAMPAIGN_SOURCES | {"till": write_project().sources["till"].model_dump()})
    sent = contacts(
        ("a_1", "spring", "2024-01-02 08:00"), ("a_1", "tea", "2024-02-02 08:00"),
        ("a_2", "tea", "2024-01-02 08:00"), ("a_1", "later", "2024-03-02 08:00"),
    )  # fmt: skip
    redeemed = redemptions(
        ("a_1", "tea", "2024-02-03 08:00"), ("a_1", "tea", "2024-02-04 08:00"),
        ("a_2", "tea", "2024-01-03 08:00"), ("a_2", "other", "2024-01-03 09:00"),
        ("a_3", "tea", "2024-01-03 09:00"),
    )  # fmt: skip
    lines = order_lines(line("2024-01-03 10:00", account_id="a_4"))
    found = features(engine, project, "2024-02", lines=lines, contacts=sent, redemptions=redeemed)
    names = ("campaign_contacts_count_12p", "coupon_redemptions_count_12p", "campaign_response_share_12p")
    assert {customer: tuple(row[name] for name in names) for customer, row in found.items()} == {
        "c_1": (2, 2, 0.5),
        "c_2": (1, 2, 1.0),
        "c_3": (0, 1, None),
        "c_4": (0, 0, None),
    }


@pytest.mark.duckdb_daily
def test_evidence_counts_what_the_sources_can_give(engine, write_project):
    project = write_project()
    countable = [
        one.name for one in FEATURES.values() if one.family.name != "evidence" and one.name in project.givable
    ]
    assert "recency_days" in countable
    assert "city" not in countable
    row = features(engine, project, "2024-01", lines=order_lines(line("2024-01-03 10:00")))["c_1"]
    known = [name for name in countable if row[name] is not None]
    assert 0 < len(known) < len(countable)
    assert row["feature_evidence_share"] == pytest.approx(len(known) / len(countable), abs=ROUNDING)


@pytest.mark.duckdb_daily
def test_a_merged_customer_sums_over_its_accounts(engine, write_project):
    project = write_project()
    lines = [
        line("2024-01-03 10:00", account_id="a_1", order_id="x", store_id="s1", net_amount=10),
        line("2024-02-03 10:00", account_id="a_1", order_id="y", store_id="s1", net_amount=10),
        line("2024-01-13 10:00", account_id="a_2", order_id="z", store_id="s2", net_amount=40),
    ]
    apart = feature_inputs(engine, project, "2024-02", lines=order_lines(*lines))
    merged = engine.from_arrow(engine.to_arrow(apart.links.mutate(customer_id=ibis.literal("c_1"))))
    together = replace(apart, links=merged, customers=customers(merged, None, "2024-02", project))
    row = computed(engine, together, "2024-02", project)["c_1"]
    assert (row["orders_count_12p"], row["net_amount_12p"], row["stores_count_12p"]) == (3, 60, 2)
    assert (row["mean_gap_days_12p"], row["active_periods_share_12p"]) == (15.5, 1.0)
    assert row["top_store_share_12p"] == pytest.approx(2 / 3, abs=ROUNDING)
