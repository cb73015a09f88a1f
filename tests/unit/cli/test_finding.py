"""``segments show customer X``: X is our id of a customer or account, or the company's own number."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import terminal
from pipeline.cli.customer import MASK, customer_record, show_customer
from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.settings import Project
from pipeline.tables import zones
from tests.conftest import shop_settings
from tests.unit.cli.test_customer import FEB, JAN, SEEN, write

#: Account, customer, account space, number.
ACCOUNTS = [
    ("a_1", "c_1", "cards", "13085"),
    ("a_2", "c_2", "crm", "13085"),
    ("a_3", "c_2", "cards", "7"),
    ("a_4", "c_2", "crm", "7"),
    ("a_5", "c_3", "crm", "kari@mail.no"),
    ("a_6", "c_4", "crm", "cards:13085"),
    ("a_60", "c_5", "crm", "c_2"),
    ("a_70", "c_5", "crm", "c_5"),
    ("a_80", "c_5", "cards", "00-81 AB"),
    ("a_90", "c_5", "crm", "81ab"),
]


@pytest.fixture
def shop(write_project: Any) -> Project:
    """Till and web share the space ``cards``; the CRM has its own. Segments were never published."""
    till = shop_settings()["sources"]["till"]
    people = {"entity": "profiles", "connector": till["connector"], "columns": {"source_account_id": "id"}}
    cards = {"account_space": "cards"}
    project: Project = write_project(sources={"till": till | cards, "web": till | cards, "crm": people})
    lake = Lake(project.lake_path)
    for period in (JAN, FEB):
        write(
            lake, zones.ACCOUNT_LINKS, period,
            *({"account_id": account, "customer_id": customer, "link_kind": "own_account", **SEEN}
              for account, customer, _, _ in ACCOUNTS),
        )  # fmt: skip
        write(
            lake, zones.CUSTOMER_REGISTER, period,
            *({"customer_id": one, "customer_status": "live", "founding_account_id": "a_1",
               "born_period": JAN} for one in ("c_1", "c_2", "c_3", "c_4", "c_5")),
        )  # fmt: skip
        write(
            lake, zones.CROSSWALK, period,
            *({"account_id": account, "customer_id": customer, "account_space": space,
               "source_account_id": own} for account, customer, space, own in ACCOUNTS),
        )  # fmt: skip
    return project


@pytest.fixture(autouse=True)
def _nothing_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.cli.customer.published_segments", lambda project, id: [])


@pytest.mark.parametrize(
    ("asked", "customer"),
    [
        ("c_1", "c_1"),
        ("a_4", "c_2"),
        (" a_4 ", "c_2"),
        ("id:c_2", "c_2"),
        ("id:a_4", "c_2"),
        ("crm:c_2", "c_5"),
        ("c_5", "c_5"),
        ("crm:13085", "c_2"),
        ("till:7", "c_2"),
        ("kari@mail.no", "c_3"),
        (" kari@mail.no ", "c_3"),
        ("web:13085.0", "c_1"),
    ],
)
def test_a_customer_is_found_by_any_of_its_ids_and_numbers(shop: Project, asked: str, customer: str) -> None:
    assert customer_record(shop, asked)["customer_id"] == customer


def test_a_number_of_several_spaces_is_shown_at_once_where_all_are_one_customer(shop: Project) -> None:
    assert customer_record(shop, "7")["customer_id"] == "c_2"


def test_a_number_of_several_customers_is_listed_to_choose_from(shop: Project) -> None:
    found = customer_record(shop, "13085")
    assert found == {
        "asked": "13085",
        "matches": [
            {"choose": "cards:13085", "sources": "till, web", "account_space": "cards",
             "source_account_id": "13085", "account_id": "a_1", "customer_id": "c_1"},
            {"choose": "crm:13085", "sources": "crm", "account_space": "crm",
             "source_account_id": "13085", "account_id": "a_2", "customer_id": "c_2"},
        ],
    }  # fmt: skip
    with terminal.out.capture() as printed:
        show_customer(found, False, "en")
    said = printed.get()
    assert "cards:13085" in said
    assert "crm:13085" in said
    assert [customer_record(shop, one["choose"])["customer_id"] for one in found["matches"][1:]] == ["c_2"]


def test_a_number_that_looks_like_a_choice_is_found_too(shop: Project) -> None:
    assert {one["customer_id"] for one in customer_record(shop, "cards:13085")["matches"]} == {"c_1", "c_4"}


def test_a_number_that_looks_like_an_id_of_ours_is_listed_beside_it(shop: Project) -> None:
    """As where a company keeps our ids in its own records."""
    matches = customer_record(shop, "c_2")["matches"]
    assert [(one["choose"], one["customer_id"]) for one in matches] == [("crm:c_2", "c_5"), ("id:c_2", "c_2")]
    assert [customer_record(shop, one["choose"])["customer_id"] for one in matches] == ["c_5", "c_2"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("81AB", "cards:00-81 AB or crm:81ab"),
        ("0081 ab", "cards:00-81 AB or crm:81ab"),
        ("crm:81-AB", "cards:00-81 AB or crm:81ab"),
        ("KARI@MAIL.NO", "crm:kari@mail.no"),
        ("card:13085", "cards:13085 or crm:13085"),
        ("card:99", "cards:99"),
    ],
)
def test_a_number_that_is_written_otherwise_is_named(shop: Project, asked: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        customer_record(shop, asked)
    assert f"Did you mean {told}?" in str(caught.value)


@pytest.mark.parametrize("asked", ["13086", "1308", "kari@mail.n", "8 1", "000", "-", "mail.no"])
def test_numbers_of_others_are_never_told(shop: Project, asked: str) -> None:
    """They stand in the restricted zone, and may be e-mail addresses."""
    with pytest.raises(InputError) as caught:
        customer_record(shop, asked)
    assert "Did you mean" not in str(caught.value)
    assert "kari" not in str(caught.value).replace(asked, "")


def test_the_record_keeps_its_form_and_adds_the_crosswalk(shop: Project) -> None:
    record = customer_record(shop, "id:c_2", reveal=True)
    assert list(record) == [
        "customer_id", "status", "merged_into_customer_id", "born_period", "as_of", "accounts", "pairs",
        "values", "events", "segments", "explanations", "crosswalk",
    ]  # fmt: skip
    assert record["crosswalk"] == [
        {"account_id": "a_2", "account_space": "crm", "sources": "crm", "source_account_id": "13085"},
        {"account_id": "a_3", "account_space": "cards", "sources": "till, web", "source_account_id": "7"},
        {"account_id": "a_4", "account_space": "crm", "sources": "crm", "source_account_id": "7"},
    ]


def test_numbers_are_masked_unless_asked_for_by_name_or_revealed(shop: Project) -> None:
    """They come from the restricted zone, and may be e-mail addresses."""
    assert [one["source_account_id"] for one in customer_record(shop, "id:c_2")["crosswalk"]] == [MASK] * 3
    asked = customer_record(shop, "crm:13085")["crosswalk"]
    assert [one["source_account_id"] for one in asked] == ["13085", MASK, MASK]
    assert "kari@mail.no" not in str(customer_record(shop, "c_3"))
    with terminal.out.capture() as printed:
        show_customer(customer_record(shop, "c_3", reveal=True), True, "en")
    assert "kari@mail.no" in printed.get()


@pytest.mark.parametrize("asked", ["c_9", "a_9", "99", "shop:13085", "web:99", ":", ""])
def test_what_nobody_is_called_is_refused(shop: Project, asked: str) -> None:
    with pytest.raises(InputError, match="no customer has or had this id, and no account this number"):
        customer_record(shop, asked)


def test_a_lake_without_a_crosswalk_still_answers(write_project: Any, tmp_path: Path) -> None:
    project = write_project()
    write(
        Lake(project.lake_path), zones.CUSTOMER_REGISTER, JAN,
        {"customer_id": "c_1", "customer_status": "live", "founding_account_id": "a_1", "born_period": JAN},
    )  # fmt: skip
    write(
        Lake(project.lake_path), zones.ACCOUNT_LINKS, JAN,
        {"account_id": "a_1", "customer_id": "c_1", "link_kind": "own_account", **SEEN},
    )  # fmt: skip
    assert customer_record(project, "c_1")["crosswalk"] == []
    assert customer_record(project, "a_1")["customer_id"] == "c_1"
