"""What a draft understands of people: attributes, profiles from orders, genders, countries."""

import random
from pathlib import Path
from typing import Any

from pipeline.settings import load_project
from tests.unit.drafting.files import draft, sales, write


def test_what_profiles_know_beyond_the_contract_becomes_attributes(tmp_path: Path) -> None:
    people_ = [
        {"customer_id": f"c{at}", "gender": "FM"[at % 2], "senior": ("Yes", "No")[at % 2]} for at in range(80)
    ]
    status = [
        {
            "customer_id": f"c{at}",
            "tenure": at % 30,
            "contract": ("Monthly", "Two years")[at % 2],
            "note": f"n{at}",
        }
        for at in range(80)
    ]
    write(tmp_path, "customers.csv", people_)
    write(tmp_path, "status.csv", status)
    found, content = draft(tmp_path)
    assert found.problem is None
    assert {one["attribute"]: one["type"] for one in content["attributes"]} == {
        "senior": "flag",
        "tenure": "integer",
        "contract": "text",
    }, "a text that differs from row to row may name a person"
    (source,) = content["sources"].values()
    assert source["lookups"][0]["columns"] == ["tenure", "contract"]
    (tmp_path / "project.yaml").write_text(found.text, encoding="utf-8")
    assert set(load_project(tmp_path).sources["customers"].columns) == {
        "source_account_id", "gender", "senior", "tenure", "contract",
    }  # fmt: skip


def test_orders_of_sleepers_are_asked_about(tmp_path: Path) -> None:
    rng = random.Random(2)
    rows = [
        {
            "customer_id": f"c{at % 50}",
            "order_id": at,
            "order_time": f"2024-05-{1 + at % 28:02} {(13 + rng.randrange(13)) % 24:02}:15:00",
            "amount": 5,
        }
        for at in range(800)
    ]
    write(tmp_path, "orders.csv", rows)
    found, _ = draft(tmp_path)
    assert any("time_zone: UTC" in ask for one in found.sources for ask in one.asks)


def test_what_events_tell_of_people_is_pointed_at(tmp_path: Path) -> None:
    write(tmp_path, "orders.csv", [{**one, "Country": "Spain", "Comment": "x"} for one in sales()], ";")
    (source,) = draft(tmp_path)[0].sources
    assert [one for one in source.hints if "profiles" in one] == [
        "Country: of the customer, not of the event; profiles could take them"
    ]


def living(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``rows`` with where their customers live, and how the order stands, which is of no customer."""
    rng = random.Random(4)
    return [
        {
            **one,
            "Land": ("Germany", "Austria")[int(one["cust_no"][1:]) % 2],
            "Sprache": ("de-DE", "de-AT")[int(one["cust_no"][1:]) % 2],
            "State": rng.choice(["done"] * 200 + ["open"]),
            "Stadt": rng.choice(["Wien", "Bonn", "Graz"]),
        }
        for one in rows
    ]


def test_what_orders_tell_of_their_customers_makes_profiles_where_there_are_none(tmp_path: Path) -> None:
    write(tmp_path, "verkauf.csv", living(sales(400)), ";")
    found, content = draft(tmp_path)
    assert found.problem is None
    source = content["sources"]["verkauf"]
    assert list(source["gives"]) == ["orders", "profiles"]
    assert source["decimal"] == ","
    assert source["gives"]["profiles"] == {
        "latest_by": {"column": "datum", "format": "%d.%m.%Y"},
        "columns": {"source_account_id": "cust_no", "language": "Sprache", "country": "Land"},
    }, "State is done by chance, and towns differ from order to order"
    assert "100.0% of the 30 accounts with events of several times have one value" in found.text
    (tmp_path / "project.yaml").write_text(found.text, encoding="utf-8")
    project = load_project(tmp_path)
    assert {name: one.entity for name, one in project.sources.items()} == {
        "verkauf_orders": "orders",
        "verkauf_profiles": "profiles",
    }


def test_where_accounts_have_a_profile_orders_make_no_second_one(company: Path) -> None:
    write(company, "verkauf_2024.csv", living(sales(400)), ";")
    found, content = draft(company)
    assert not any("gives" in one for one in content["sources"].values())
    hints = next(one.hints for one in found.sources if one.name == "verkauf")
    assert any(one.startswith("Land") for one in hints)


def test_of_two_tables_of_events_with_the_same_accounts_the_orders_speak(tmp_path: Path) -> None:
    write(tmp_path, "verkauf.csv", living(sales(400)), ";")
    visits = [
        {
            "cust_no": one["cust_no"],
            "visited_at": f"2024-05-01 10:{at % 60:02}:00",
            "pages": 3,
            "land": one["Land"],
        }
        for at, one in enumerate(living(sales(900, seed=7)))
    ]
    write(tmp_path, "visits.csv", visits)
    found, content = draft(tmp_path)
    assert {name for name, one in content["sources"].items() if "gives" in one} == {"verkauf"}
    assert content["sources"]["visits"]["entity"] == "web_visits"
    (tmp_path / "project.yaml").write_text(found.text, encoding="utf-8")
    project = load_project(tmp_path)
    spaces = {one.account_space or name for name, one in project.sources.items()}
    assert len(spaces) == 1, "what orders give and visits share their accounts"


def test_accounts_that_come_once_tell_nothing_of_themselves(tmp_path: Path) -> None:
    rows = [{**one, "cust_no": f"K{at:04}"} for at, one in enumerate(sales(300))]
    write(tmp_path, "verkauf.csv", living(rows), ";")
    assert "gives" not in draft(tmp_path)[1]["sources"]["verkauf"]


def test_words_that_no_country_is_called_are_asked_about(tmp_path: Path) -> None:
    rows = [{"member_no": f"m{at}", "country": ("France", "Overseas")[at % 9 == 0]} for at in range(40)]
    write(tmp_path, "members.csv", rows)
    (source,) = draft(tmp_path)[0].sources
    assert any("Overseas, which no country is called" in ask for ask in source.asks)


def test_numbers_of_genders_are_read_by_the_standard_and_asked_about(tmp_path: Path) -> None:
    write(tmp_path, "members.csv", [{"member_no": f"m{at}", "sex": 1 + at % 2} for at in range(40)])
    found, content = draft(tmp_path)
    assert content["sources"]["members"]["columns"]["gender"]["values"] == {"1": "m", "2": "f"}
    assert any("5218" in ask for ask in found.sources[0].asks)
