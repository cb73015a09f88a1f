"""What ``segments check`` shows of a source: masked rows, and what is probably not meant."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect import summary
from pipeline.collect.masking import MASK, masked
from pipeline.engine import Engine
from pipeline.settings import Project, SourceSettings
from tests.conftest import shop_settings

NOW = datetime(2024, 6, 1, tzinfo=UTC)
PERSON = {
    "id": "k-77",
    "name": "Anna Maria Keller",
    "mail": "anna.keller@example.com",
    "mobile": "+49 171 2345678",
    "street": "Lindenweg 5",
    "born": "1980-02-01",
}
MAPPED = {
    "source_account_id": "id",
    "full_name": "name",
    "email": "mail",
    "phone": "mobile",
    "address": "street",
    "birth_date": "born",
}


def people(**columns: Any) -> dict[str, Any]:
    """A source of profiles beside the till."""
    crm = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "people.csv"},
        "columns": MAPPED | columns,
    }
    return shop_settings()["sources"] | {"crm": crm}


def shown(rows: list[dict[str, str | None]], **columns: Any) -> list[dict[str, str | None]]:
    return masked(SourceSettings(**people(**columns)["crm"]), rows)


def person(**values: str | None) -> dict[str, str | None]:
    return {name: PERSON[column] for name, column in MAPPED.items()} | values


def test_identifiers_are_masked_and_nothing_else() -> None:
    row = person(city="Bremen", income_amount="40000", created_at="2024-01-05 10:00:00", gender=None)
    [found] = shown([row], city="town", income_amount="income", created_at="since", gender="sex")
    assert {name for name, value in found.items() if value == MASK} == set(MAPPED)
    assert (found["city"], found["income_amount"], found["created_at"], found["gender"]) == (
        "Bremen",
        "40000",
        "2024-01-05 10:00:00",
        None,
    )


def test_what_is_computed_from_an_identifier_is_masked(tmp_path: Path) -> None:
    given = people(city={"expression": "short"}, region={"expression": "upper(town)"})["crm"]
    source = SourceSettings(**given | {"compute": {"short": "left(name, 3)"}})
    [found] = masked(source, [person(city="Ann", region="BREMEN")])
    assert (found["city"], found["region"]) == (MASK, "BREMEN")


def test_a_missing_identifier_is_seen_to_be_missing() -> None:
    assert shown([person(email=None)])[0]["email"] is None


LEAKS = [
    "anna.keller@example.com",
    "write to Anna.Keller@example.com",
    "+49 171 2345678",
    "0171-2345678",
    "13812345678",
    "(030) 123 45 67",
    "Keller",
    "Mrs KELLER",
    "Lindenweg 5",
    "k-77",
    "Lindenweg 5, Bremen",
]


@pytest.mark.parametrize("value", LEAKS)
def test_an_identifier_in_another_column_is_masked_too(value: str) -> None:
    assert shown([person(city=value)], city="town")[0]["city"] == MASK


def test_a_column_that_is_also_read_as_an_identifier_is_masked() -> None:
    assert shown([person(city="x")], city="name")[0]["city"] == MASK


def test_an_email_in_a_number_is_masked() -> None:
    found = shown(
        [person(income_amount="a@b.de", children_count="+49171234567")], income_amount="x", children_count="y"
    )
    assert (found[0]["income_amount"], found[0]["children_count"]) == (MASK, MASK)


def test_chinese_names_are_recognised() -> None:
    assert shown([person(full_name="王芳", city="王芳家")], city="town")[0]["city"] == MASK


@pytest.mark.parametrize("value", ["P-1082185", "10023456", "2024-01-05", "Anne", "A 1", "SKU 12", "1.50"])
def test_ordinary_values_stay(value: str) -> None:
    assert shown([person(occupation=value)], occupation="job")[0]["occupation"] == value


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(set(MAPPED) - {"birth_date"})),
    st.text(" ,;x", max_size=3),
    st.text(" ,;x", max_size=3),
)
def test_no_text_holds_a_whole_identifier_of_its_row(column: str, before: str, after: str) -> None:
    row = person()
    row["occupation"] = f"{before} {row[column]} {after}"
    assert shown([row], occupation="job")[0]["occupation"] == MASK


def test_account_ids_of_others_and_free_text_are_masked() -> None:
    referral = SourceSettings(
        entity="referrals",
        connector={"kind": "file", "format": "csv", "path": "a.csv"},
        columns={"source_account_id": "a", "referred_source_account_id": "b", "referred_at": "at"},
    )
    row = {"source_account_id": "1", "referred_source_account_id": "2", "referred_at": "2024-01-01"}
    assert list(masked(referral, [row])[0].values()) == [MASK, MASK, "2024-01-01"]
    contact = SourceSettings(
        entity="support_contacts",
        connector={"kind": "file", "format": "csv", "path": "a.csv"},
        columns={"source_account_id": "a", "contact_opened_at": "at", "contact_kind": "kind", "text": "said"},
    )
    row = {"source_account_id": "1", "contact_opened_at": "x", "contact_kind": "praise", "text": "lovely"}
    assert masked(contact, [row])[0]["text"] == MASK


def warnings(engine: Engine, project: Project, name: str) -> list[str]:
    return summary(engine, project, name, NOW).warnings


@pytest.fixture
def crm(write_project: Callable[..., Project], tmp_path: Path) -> Callable[..., Project]:
    """Writes people, each a change of Anna, and the project; columns beside the known are mapped."""

    def write(*rows: dict[str, str], columns: dict[str, Any] | None = None, **changes: Any) -> Project:
        given = [PERSON | one for one in rows] or [PERSON]
        lines = [",".join(given[0]), *(",".join(one.values()) for one in given)]
        (tmp_path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return write_project(sources=people(**(columns or {})), **changes)

    return write


def test_a_source_as_it_should_be_has_no_warnings(engine: Engine, crm: Callable[..., Project]) -> None:
    assert warnings(engine, crm(), "crm") == []


def test_columns_that_nothing_reads_are_named(engine: Engine, crm: Callable[..., Project]) -> None:
    project = crm({"shoe_size": "42", "town": "Bremen"}, columns={"city": "town"})
    assert warnings(engine, project, "crm") == [
        "source crm: nothing reads its column shoe_size; map them under columns if they are wanted"
    ]


def test_codes_that_do_not_occur_are_named(engine: Engine, crm: Callable[..., Project]) -> None:
    gender = {"gender": {"column": "sex", "values": {"F": "female", "M": "male", "X": "other"}}}
    project = crm({"sex": "F"}, {"sex": "F"}, columns=gender)
    assert warnings(engine, project, "crm") == ["source crm: values of gender lists M, X, which no row has"]


def test_codes_are_compared_as_cleaning_does(engine: Engine, crm: Callable[..., Project]) -> None:
    gender = {"gender": {"column": "sex", "values": {"1": "female", "Ｍ": "male"}}}
    assert warnings(engine, crm({"sex": "1.0"}, {"sex": " M "}, columns=gender), "crm") == []


def test_mapped_columns_without_values_are_named(engine: Engine, crm: Callable[..., Project]) -> None:
    project = crm({"town": ""}, {"town": "null"}, columns={"city": "town"})
    assert warnings(engine, project, "crm") == [
        "source crm: city is read from column town, which no row has a value in"
    ]


def test_identifiers_that_cannot_be_read_are_counted_and_not_shown(
    engine: Engine, crm: Callable[..., Project]
) -> None:
    found = warnings(
        engine,
        crm({"mail": "annakeller"}, {"mail": "x", "mobile": "n/a"}, {"born": "last spring"}, {"mail": ""}),
        "crm",
    )
    assert [one.partition(";")[0] for one in found] == [
        "source crm: 2 values of email cannot be read",
        "source crm: 1 values of phone cannot be read",
        "source crm: 1 values of birth_date cannot be read",
    ]
    assert "annakeller" not in "".join(found)


def test_profiles_without_identifiers_are_told(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,town\n1,Bremen\n")
    sources = people()
    sources["crm"]["columns"] = {"source_account_id": "id", "city": "town"}
    [one] = warnings(engine, write_project(sources=sources), "crm")
    assert "no name, email, phone or national_id is mapped" in one


@pytest.mark.parametrize(
    ("values", "mapping", "said"),
    [
        (["1.234,50", "9,5", "7", "0,125"], {}, "3 of 4 values"),
        (["1'234,5", "1 234,567"], {}, "2 of 2 values"),
        (["9,50", *["9.50"] * 9], {}, "1 of 10 values"),
        (["9,50", *["9.50"] * 10], {}, None),
        (["1,234", "1,234.50", "12", "x,y", ""], {}, None),
        (["1.234,50"], {"decimal": ",", "thousands": "."}, None),
    ],
)
def test_amounts_with_a_decimal_comma_that_nobody_mentioned_are_told(
    values: list[str], mapping: dict[str, Any], said: str | None, engine: Engine, crm: Callable[..., Project]
) -> None:
    rows = [{"pay": f'"{one}"'} for one in values]

    found = warnings(engine, crm(*rows, columns={"income_amount": {"column": "pay"} | mapping}), "crm")

    assert [said in one and "income_amount" in one for one in found] == ([True] if said else [])
    assert all(value not in "".join(found) for value in values if len(value) > 3)
    assert all('decimal: ","' in one for one in found)


def test_decimal_commas_are_seen_in_the_parts_of_a_sum(engine: Engine, crm: Callable[..., Project]) -> None:
    row = {"pay": '"9,50"', "bonus": "3"}
    found = warnings(engine, crm(row, columns={"income_amount": {"sum_of": ["pay", "bonus"]}}), "crm")
    assert ["1 of 2 values of income_amount" in one for one in found] == [True]
