"""From files to a draft: what is guessed, what is asked, and that it always loads."""

import json
import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.drafting import Draft, Wishes, drafted
from pipeline.errors import InputError
from pipeline.settings import load_project

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)


def write(
    folder: Path, name: str, rows: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8"
) -> None:
    lines = [delimiter.join(rows[0]), *(delimiter.join(map(str, row.values())) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding=encoding)


def draft(folder: Path, **wishes: Any) -> tuple[Draft, dict[str, Any]]:
    found = drafted([str(folder)], folder, Wishes(**wishes), NOW)
    return found, yaml.safe_load(found.text)


def sales(count: int = 120, seed: int = 1) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [
        {
            "cust_no": f"K{rng.randint(1, 30):03}",
            "bon": f"B{at // 2}",
            "datum": f"{1 + at % 28:02}.{1 + at * 6 // count:02}.2024",
            "artikel": f"P{rng.randint(1, 9)}",
            "menge": rng.randint(1, 5),
            "preis": f"{rng.uniform(1, 50):.2f}".replace(".", ","),
        }
        for at in range(count)
    ]


def people(count: int = 30) -> list[dict[str, Any]]:
    return [
        {
            "kundennr": f"K{at:03}",
            "vorname": "Anna" if at % 2 else "Jörg",
            "nachname": f"Schmidt{chr(97 + at % 26)}{at}",
            "mail": f"p{at}@post.example",
            "telefon": f"+49 170 {1_000_000 + at}",
            "plz": f"{10_000 + at}",
            "ort": "Berlin",
        }
        for at in range(1, count + 1)
    ]


@pytest.fixture
def company(tmp_path: Path) -> Path:
    write(tmp_path, "verkauf_2024.csv", sales(), ";", "cp1252")
    write(tmp_path, "kunden.csv", people(), ";", "cp1252")
    return tmp_path


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


def test_rows_that_are_changed_later_get_a_key(tmp_path: Path) -> None:
    rows = [
        {"line_id": at, "customer": f"c{at % 9}", "order": at // 2, "ordered": "2024-05-01", "qty": 1,
         "price": 2.5, "updated_at": "2024-05-02 10:00:00"}
        for at in range(60)
    ]  # fmt: skip
    write(tmp_path, "orders.csv", rows)
    source = draft(tmp_path)[1]["sources"]["orders"]
    assert source["row_key"] == ["line_id"]
    assert source["columns"]["updated_at"] == "updated_at"


def test_a_database_in_the_folder_is_drafted_from(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "crm.db")
    connection.execute('CREATE TABLE "my clients" (client_no TEXT, mail TEXT)')
    connection.executemany(
        'INSERT INTO "my clients" VALUES (?, ?)', [(f"c{i}", f"p{i}@x.example") for i in range(30)]
    )
    connection.commit()
    connection.close()
    found, content = draft(tmp_path)
    assert found.problem is None
    connector = content["sources"]["my_clients"]["connector"]
    assert connector == {"kind": "sql", "url": "sqlite:///crm.db", "query": 'SELECT * FROM "my clients"'}


def test_secrets_of_a_url_stand_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        drafted(["postgresql+psycopg://me:hush@127.0.0.1:1/shop"], tmp_path, Wishes(), NOW)
    assert "hush" not in str(caught.value)
    monkeypatch.delenv("NO_SUCH_URL", raising=False)
    with pytest.raises(InputError, match="not set"):
        drafted(["${NO_SUCH_URL}"], tmp_path, Wishes(), NOW)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no table that can be read"),
        ({"a.pdf": b"%PDF"}, "no table that can be read"),
        ({"a.csv": b""}, "0 bytes"),
        ({"a.csv": b"\x00\x01\x02\x00"}, "bytes that no text has"),
        ({"a.parquet": b"PAR1 junk"}, "no whole Parquet file"),
        ({"a.xlsx": b"junk"}, "not a workbook"),
        ({"a.jsonl": b"{broken\n"}, "cannot be read as JSON"),
        ({"a.json": b'[{"a": 1}]'}, "one JSON list"),
        ({"a.csv": b"a,a\n1,2\n"}, "more than once"),
        ({"a.csv": b"a,b\n1,2\n1,2,3\n"}, "3 fields"),
    ],
)
def test_a_place_without_a_table_is_one_clear_error(
    tmp_path: Path, files: dict[str, bytes], said: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        draft(tmp_path)


@pytest.mark.parametrize(
    "place", ["nowhere", "http://x.example/a.csv", "s3://bucket/a", "package:no_such_thing/data"]
)
def test_a_place_that_is_not_there_is_one_clear_error(tmp_path: Path, place: str) -> None:
    with pytest.raises(InputError):
        drafted([place], tmp_path, Wishes(), NOW)


def test_without_accounts_the_draft_says_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path, "weather.csv", [{"day": "2024-01-01", "degrees": at} for at in range(40)])
    found, content = draft(tmp_path)
    assert content["sources"] == {}
    assert found.problem == "sources must give orders or profiles, or both"
    assert "degrees" in found.text


def test_what_cannot_be_read_is_named_beside_what_can(company: Path) -> None:
    (company / "broken.csv").write_bytes(b"a,b\n1,2\n1,2,3\n")
    (company / "photo.jpg").write_bytes(b"\xff\xd8")
    found, content = draft(company)
    assert len(content["sources"]) == 2
    assert {place for place, _ in found.unread} == {"broken.csv", "photo.jpg"}
    assert "# broken.csv" in found.text


NAMES = st.sampled_from(
    ["customer_id", "id", "date", "amount", "email", "order id", "数量", "a: b", "# c", "'", '"', "{x}",
     "- y", "null", "period", "_row", "é\u2028x", "yes", "1", "*z", "!tag", "%", "@m"]
)  # fmt: skip
VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
    st.sampled_from(
        ["2024-01-01", "1,5", "17", "a@b.example", "", "yes", "EUR", "+49 170 1234567", "=1+1", "${HOME}"]
    ),
    st.integers(-(10**12), 10**12).map(str),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, bytes]:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=str.casefold))
    rows = draw(st.lists(st.lists(VALUES, min_size=len(names), max_size=len(names)), max_size=8))
    stem = draw(st.sampled_from(["orders", "customers", "x 2024", "- a", "b#c", "{d}"]))
    if draw(st.booleans()):
        objects = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
        return f"{stem}.jsonl", "\n".join(objects).encode()
    delimiter = draw(st.sampled_from(",;\t"))
    lines = [delimiter.join(one) for one in [names, *rows]]
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "gb18030"]))
    return f"{stem}.csv", "\n".join(lines).encode(encoding, "replace")


@given(st.lists(st.one_of(tables(), st.tuples(st.just("junk.csv"), st.binary(max_size=60))), max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_folder_gives_a_draft_that_loads_as_yaml_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name, content in files:
        (folder / name).write_bytes(content)
    try:
        found, content = draft(folder)
    except InputError:
        return
    assert isinstance(content, dict)
    assert {"project", "title", "currency", "time_zone", "first_period", "sources"} <= set(content)
    if found.problem is None:
        (folder / "project.yaml").write_text(found.text, encoding="utf-8")
        load_project(folder)
