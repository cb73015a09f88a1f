"""From files to a draft: what is guessed, what is asked, and that it always loads."""

import random
from pathlib import Path

from pipeline.settings import load_project
from tests.unit.drafting.files import draft, people, sales, write


def test_a_shop_with_other_words_is_understood(company: Path) -> None:
    found, content = draft(company)
    assert found.problem is None
    (company / "project.yaml").write_text(found.text, encoding="utf-8")
    project = load_project(company)
    orders = project.sources["verkauf"]
    assert {name: one.source_columns for name, one in orders.columns.items()} == {
        "source_account_id": ["cust_no"],
        "order_id": ["bon"],
        "ordered_at": ["datum"],
        "product_id": ["artikel"],
        "quantity": ["menge"],
        "unit_price_amount": ["preis"],
    }
    assert orders.columns["ordered_at"].formats == ["%d.%m.%Y"]
    assert orders.columns["unit_price_amount"].decimal == ","
    assert orders.account_space == "kunden"
    assert set(project.sources["kunden"].columns) == {
        "source_account_id", "given_name", "family_name", "email", "phone", "postcode", "city",
    }  # fmt: skip
    assert (content["currency"], content["time_zone"], content["default_country"]) == (
        "EUR",
        "Europe/Berlin",
        "DE",
    )
    assert (content["period"], content["first_period"], content["last_period"]) == (
        "month",
        "2024-01",
        "2024-06",
    )


def test_no_value_of_a_person_is_in_a_draft(company: Path) -> None:
    found, _ = draft(company)
    for row in people():
        for column in ("nachname", "mail", "telefon", "kundennr"):
            assert row[column] not in found.text
    assert "Anna" not in found.text


def test_every_column_is_mapped_or_named_as_not_used(company: Path) -> None:
    rows = [{**one, "filialleiter": "x", "notiz": "y"} for one in sales()]
    write(company, "verkauf_2024.csv", rows, ";")
    found, _ = draft(company)
    for source in found.sources:
        read = {column for one in source.columns for column in one.read} | {name for name, _ in source.unused}
        header = (
            next(one for one in company.iterdir() if source.table in one.name)
            .read_text("latin-1")
            .split("\n")[0]
        )
        assert read == set(header.split(";"))


def test_what_is_wished_is_not_guessed(company: Path) -> None:
    _, content = draft(
        company, title="Meier & Co: #1", currency="CHF", time_zone="Europe/Zurich", period="week"
    )
    assert content["title"] == "Meier & Co: #1"
    assert (content["currency"], content["time_zone"], content["period"]) == ("CHF", "Europe/Zurich", "week")
    assert content["first_period"] == "2024-W01-1"


def test_lines_take_account_and_time_from_their_orders(tmp_path: Path) -> None:
    rng = random.Random(3)
    heads = [
        {
            "id": at,
            "customer_id": f"u{rng.randint(1, 40)}",
            "created_at": f"2024-{1 + at % 12:02}-15 10:00:00",
            "total": 20,
        }
        for at in range(1, 121)
    ]
    lines = [
        {
            "order_id": rng.randint(1, 120),
            "sku": f"p{rng.randint(1, 20)}",
            "quantity": 1 + at % 3,
            "unit_price": 4.5,
        }
        for at in range(300)
    ]
    write(tmp_path, "orders.csv", heads)
    write(tmp_path, "order_items.csv", lines)
    found, content = draft(tmp_path)
    assert found.problem is None
    assert list(content["sources"]) == ["order_items"], "orders beside their lines would count twice"
    source = content["sources"]["order_items"]
    (lookup,) = source["lookups"]
    assert lookup["match"] == {"order_id": "id"}
    assert set(lookup["columns"]) == {"customer_id", "created_at"}
    assert source["columns"]["source_account_id"] == "customer_id"
    assert source["columns"]["product_id"] == "sku"


def test_one_row_an_account_twice_is_one_profile(tmp_path: Path) -> None:
    write(
        tmp_path,
        "customers.csv",
        [{"customer_id": f"c{at}", "email": f"p{at}@x.example"} for at in range(60)],
    )
    write(
        tmp_path, "places.csv", [{"customer_id": f"c{at}", "city": "Rome", "score": at} for at in range(60)]
    )
    _, content = draft(tmp_path)
    (source,) = content["sources"].values()
    assert source["lookups"][0]["columns"] == ["city"]
    assert source["columns"]["city"] == "city"


def test_ids_that_only_count_are_not_taken_for_the_same(tmp_path: Path) -> None:
    write(tmp_path, "members.csv", [{"member_id": at, "email": f"p{at}@x.example"} for at in range(1, 80)])
    write(
        tmp_path,
        "visits.csv",
        [{"visitor_id": at % 70 + 1, "visited_at": "2024-05-01 10:00:00", "pages": 3} for at in range(140)],
    )
    found, content = draft(tmp_path)
    assert "account_space" not in content["sources"]["visits"]
    asked = next(one.asks for one in found.sources if one.name == "visits")
    assert any("account_space" in one for one in asked)


def test_amounts_in_cents_and_negative_discounts_are_scaled(tmp_path: Path) -> None:
    rows = [
        {
            "customer_id": f"c{at % 20}",
            "order_id": at,
            "order_date": "2024-05-03",
            "total_cents": 1250 + at,
            "discount": f"-{at % 5}.50",
            "qty": 1,
        }
        for at in range(60)
    ]
    write(tmp_path, "orders.csv", rows)
    columns = draft(tmp_path)[1]["sources"]["orders"]["columns"]
    assert columns["net_amount"] == {"column": "total_cents", "scale": 0.01}
    assert columns["discount_amount"] == {"column": "discount", "scale": -1}


def test_ambiguous_dates_are_asked_about(tmp_path: Path) -> None:
    rows = [
        {
            "customer": f"c{at % 9}",
            "order": at,
            "date": f"{1 + at % 12:02}/{1 + at % 11:02}/2024",
            "amount": 5,
        }
        for at in range(60)
    ]
    write(tmp_path, "orders.csv", rows)
    found, _ = draft(tmp_path)
    assert any("which is the day" in ask for one in found.sources for ask in one.asks)


def test_an_address_that_comes_again_tells_whose_orders_these_are(tmp_path: Path) -> None:
    rows = [
        {
            "Id": 4_500_000 + at,
            "Email": f"u{at % 40}@post.example",
            "Created at": f"2024-05-{1 + at % 28:02} 10:00:00 -0500",
            "Lineitem quantity": 1 + at % 2,
            "Lineitem price": 9.5,
            "Discount": (0.1, 0.25)[at % 2],
        }
        for at in range(120)
    ]
    write(tmp_path, "orders_export.csv", rows)
    found, content = draft(tmp_path)
    columns = content["sources"]["orders_export"]["columns"]
    assert columns["source_account_id"] == "Email"
    assert columns["order_id"] == "Id"
    assert columns["ordered_at"]["format"] == "%Y-%m-%d %H:%M:%S %z"
    assert "discount_amount" not in columns, "between 0 and 1 it is a share of the price"
    assert any("number of the customer" in ask for one in found.sources for ask in one.asks)


def test_payments_beside_the_lines_of_orders_are_no_second_orders(tmp_path: Path) -> None:
    orders = [
        {"order_id": f"o{at}", "customer_id": f"c{at % 50}", "order_date": "2024-05-02"} for at in range(90)
    ]
    lines = [{"order_id": f"o{at % 90}", "product_id": f"p{at % 7}", "price": 4.5} for at in range(200)]
    paid = [{"order_id": f"o{at}", "payment_type": "card", "payment_value": 9.25} for at in range(90)]
    write(tmp_path, "orders.csv", orders)
    write(tmp_path, "order_items.csv", lines)
    write(tmp_path, "order_payments.csv", paid)
    found, content = draft(tmp_path)
    assert list(content["sources"]) == ["order_items"]
    assert content["sources"]["order_items"]["columns"]["quantity"] == {"constant": "1"}
    assert "count twice" in next(one.why for one in found.sources if one.name == "order_payments")
