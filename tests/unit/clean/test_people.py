"""Profiles: identifiers in one form, split off; those that cannot be read go, the profile stays."""

from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipeline.clean import Cleaned, row_accounts
from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.tables.entities import PROFILES
from tests.unit.clean.every_entity import cleaned, project_with, raw_of
from tests.unit.clean.rows import aside, kept


def restricted(found: Cleaned) -> list[dict[str, Any]]:
    assert found.restricted is not None
    assert PROFILES.restricted is not None
    return cast(found.restricted.to_pyarrow(), PROFILES.restricted.schema).to_pylist()


def test_a_profile_in_canonical_form(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "profiles")

    found = cleaned(engine, project, "profiles", [{}])

    (row,), (person,) = kept(found, PROFILES), restricted(found)
    assert (row["gender"], row["country"], row["language"], row["currency"]) == ("f", "DE", "de", "EUR")
    assert {name: person[name] for name in ("full_name", "given_name", "family_name", "email", "phone")} == {
        "full_name": "Ann Smith",
        "given_name": "Ann",
        "family_name": "Smith",
        "email": "ann@example.org",
        "phone": "+4930901820",
    }
    assert (person["postcode"], person["national_id"]) == ("10115", "1234")
    assert person["account_id"] == row["account_id"]


def test_chinese_profiles_in_full_width_and_traditional_characters(
    engine: Engine, write_project: Any
) -> None:
    project = project_with(
        write_project, "profiles", columns={"country": None}, project={"default_country": "CN"}
    )
    rows = [
        {
            "full_name": "陳國龍　先生",
            "phone": "１３８　１２３４　５６７８",
            "gender": "男",
            "email": "Ｃ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        }
    ]

    found = cleaned(engine, project, "profiles", rows)

    (person,) = restricted(found)
    assert (person["full_name"], person["given_name"], person["family_name"]) == ("陈国龙", "国龙", "陈")
    assert (person["phone"], person["email"]) == ("+8613812345678", "c@example.org")
    assert kept(found, PROFILES)[0]["gender"] == "m"


def test_the_country_of_a_phone_is_the_rows_then_the_sources_then_the_projects(
    engine: Engine, write_project: Any
) -> None:
    rows = [
        {"country": "China", "phone": "13812345678"},
        {"account": "8", "country": "", "phone": "020 7946 0958"},
    ]
    source = project_with(write_project, "profiles", default_country="GB", project={"default_country": "US"})
    found = restricted(cleaned(engine, source, "profiles", rows))
    assert {one["phone"] for one in found} == {"+8613812345678", "+442079460958"}

    of_project = project_with(write_project, "profiles", project={"default_country": "GB"})
    found = restricted(cleaned(engine, of_project, "profiles", rows))
    assert {one["phone"] for one in found} == {"+8613812345678", "+442079460958"}

    nowhere = project_with(write_project, "profiles")
    found = restricted(cleaned(engine, nowhere, "profiles", rows))
    assert {one["phone"] for one in found} == {"+8613812345678", None}


def test_unreadable_identifiers_are_blanked_and_counted_and_the_profile_stays(
    engine: Engine, write_project: Any
) -> None:
    project = project_with(write_project, "profiles")
    rows: list[dict[str, Any]] = [
        {"email": "nobody", "phone": "12", "birth_date": "1980-13-01"},
        {"account": "8", "email": "", "birth_date": "2031-01-01", "country": "Atlantis"},
        {"account": "9"},
        {"account": "10", "email": "lost", "household_size_count": "many"},
    ]

    found = cleaned(engine, project, "profiles", rows)
    raw = {"extra": raw_of(engine, "profiles", rows)}
    (counted,) = (
        row_accounts(
            project,
            raw,
            {"profiles": found.kept},
            {"profiles": found.set_aside},
            ["2024-01"],
            {"profiles": found.restricted},  # type: ignore[dict-item]
        )
        .to_pyarrow()
        .to_pylist()
    )

    people = restricted(found)
    assert len(people) == 3
    assert [row["rule"] for row in aside(found, "profiles")] == ["number_unreadable"]
    assert sum(one["email"] is None for one in people) == 2
    assert sum(one["birth_date"] is None for one in people) == 2
    # three of the first row; of the second a birth date to come, a country that is none, and so its phone
    assert counted["identifiers_blanked_count"] == 6
    assert (counted["rows_read_count"], counted["rows_kept_count"], counted["rows_quarantined_count"]) == (
        4,
        3,
        1,
    )


def test_names_need_no_full_name(engine: Engine, write_project: Any) -> None:
    project = project_with(
        write_project,
        "profiles",
        columns={"full_name": None, "given_name": "full_name", "family_name": "city"},
    )
    rows = [{"full_name": "Ann", "city": "Smith"}, {"account": "8", "full_name": None, "city": None}]

    found = restricted(cleaned(engine, project, "profiles", rows))

    assert {one["full_name"] for one in found} == {"Ann Smith", None}
    assert {one["given_name"] for one in found} == {"Ann", None}


def test_canonical_forms_do_not_depend_on_the_batch(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "profiles")
    rows = [{"account": str(at), "email": f"{at % 7}@Example.org"} for at in range(5000)]

    found = cleaned(engine, project, "profiles", rows)
    assert found.restricted is not None
    table: pa.Table = found.restricted.to_pyarrow()

    assert sorted(set(table["email"].to_pylist())) == [f"{at}@example.org" for at in range(7)]
    assert table.num_rows == 5000


def test_what_a_city_is_like_is_typed_and_an_unknown_kind_sets_the_row_aside(
    engine: Engine, write_project: Any
) -> None:
    names = ("city_tier", "settlement", "population_density")
    project = project_with(write_project, "profiles")
    like = [("1", "Urban", "2450.5"), ("3.0", "rural", ""), ("0", "urban", "1"), ("2", "moon", "1")]
    rows = [{"account": str(at), **dict(zip(names, one, strict=True))} for at, one in enumerate(like)]

    found = cleaned(engine, project, "profiles", rows)

    told = sorted(tuple(row[name] for name in names) for row in kept(found, PROFILES))
    assert told == [(1, "urban", Decimal("2450.5")), (3, "rural", None)]
    assert sorted(one["column"] for one in aside(found, "profiles")) == ["city_tier", "settlement"]
