"""Excluded accounts: found in the rows of a period, and set aside in every entity, counted."""

from typing import Any

import pytest

from pipeline.clean import accounts_to_exclude, clean, row_accounts
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.ids.accounts import account_id
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES
from pipeline.tables.zones import EXCLUDED_ACCOUNTS
from tests.conftest import KEY
from tests.unit.clean.every_entity import project_with, raw_of
from tests.unit.clean.rows import FIRST, LATER, ORDERS, PROFILES, aside, kept, raw_rows
from tests.unit.ledgers.lines import rows_of

STAFF = {"name": "employees", "source": "till", "where": "product = 'STAFF'"}
TESTERS = {"name": "test_accounts", "accounts": {"till": [7, "T-1"]}}


def named(project: Project, number: str, space: str = "till") -> str:
    return account_id(KEY, project, space, number)


def excluded(engine: Engine, *accounts: tuple[str, str], period: str = "2024-01") -> Any:
    """``EXCLUDED_ACCOUNTS`` from (account, exclusion)."""
    rows = [
        {"period": period, "account_id": one, "exclusion": name, "exclusion_route": "listed",
         "excluded_from_period": period}
        for one, name in accounts
    ]  # fmt: skip
    return engine.from_arrow(rows_of(EXCLUDED_ACCOUNTS, rows))


def found(project: Project, raw: dict[str, Any], period: str = "2024-01") -> dict[str, tuple[str, str]]:
    table = accounts_to_exclude(period, project, raw, KEY)
    return {row["account_id"]: (row["exclusion"], row["exclusion_route"]) for row in table.to_pylist()}


# --- setting aside --------------------------------------------------------------------


@pytest.mark.parametrize("entity", [name for name, one in ENTITIES.items() if one.has_account])
def test_rows_of_an_excluded_account_are_set_aside_in_every_entity(
    engine: Engine, write_project: Any, entity: str
) -> None:
    project = project_with(write_project, entity, project={"exclude": [TESTERS]})
    raw = raw_of(engine, entity, [{}, {"account": "9"}])
    out = excluded(engine, (named(project, "7", "extra"), "test_accounts"))
    cleaned = clean(ENTITIES[entity], {"extra": raw}, project, KEY, None, out)
    assert [row["account_id"] for row in kept(cleaned, ENTITIES[entity])] == [named(project, "9", "extra")]
    (row,) = aside(cleaned, entity)
    assert (row["disposition"], row["rule"], row["column"], row["found"]) == (
        "excluded", "test_accounts", None, None,
    )  # fmt: skip
    if cleaned.restricted is not None:
        restricted = cleaned.restricted.to_pyarrow().to_pylist()
        assert {one["account_id"] for one in restricted} <= {named(project, "9", "extra")}


def test_a_referral_of_an_excluded_account_by_another_goes_with_it(
    engine: Engine, write_project: Any
) -> None:
    project = project_with(write_project, "referrals", project={"exclude": [TESTERS]})
    raw = raw_of(engine, "referrals", [{}])
    out = excluded(engine, (named(project, "8", "extra"), "test_accounts"))
    cleaned = clean(ENTITIES["referrals"], {"extra": raw}, project, KEY, None, out)
    assert kept(cleaned, ENTITIES["referrals"]) == []
    assert [row["disposition"] for row in aside(cleaned, "referrals")] == ["excluded"]


def test_whatever_else_is_wrong_with_a_row_it_counts_as_excluded_once(
    engine: Engine, write_project: Any
) -> None:
    project = write_project(exclude=[TESTERS, STAFF])
    rows = [
        {},
        {},  # a duplicate
        {"quantity": "0"},  # breaks a rule
        {"order": "B"},  # is withdrawn
        {"_row": 4, "order": "B", "_withdraws_at": FIRST, "_collected_at": LATER},
        {"customer": "9"},
        {"customer": "9", "quantity": "0", "order": "C"},
        {"customer": ""},
    ]
    raw = {"till": raw_rows(engine, rows)}
    out = excluded(engine, (named(project, "7"), "test_accounts"), (named(project, "5"), "employees"))
    cleaned = clean(ORDERS, raw, project, KEY, None, out)
    assert len(kept(cleaned)) == 1
    assert [row["disposition"] for row in aside(cleaned)] == ["excluded"] * 4 + ["quarantined"] * 2
    (counted,) = (
        row_accounts(project, raw, {"orders": cleaned.kept}, {"orders": cleaned.set_aside}, ["2024-01"])
        .to_pyarrow()
        .to_pylist()
    )
    assert counted["rows_excluded_count"] == 4
    assert counted["rows_quarantined_count"] == 2
    assert counted["rows_read_count"] == 7 == counted["rows_kept_count"] + 4 + 2


def test_another_period_is_not_touched(engine: Engine, write_project: Any) -> None:
    project = write_project(exclude=[TESTERS])
    raw = {"till": raw_rows(engine, [{}, {"period": "2024-02", "order": "B"}])}
    out = excluded(engine, (named(project, "7"), "test_accounts"), period="2024-02")
    cleaned = clean(ORDERS, raw, project, KEY, None, out)
    assert [row["period"] for row in kept(cleaned)] == ["2024-01"]
    assert [row["period"] for row in aside(cleaned)] == ["2024-02"]


# --- finding --------------------------------------------------------------------------


def test_accounts_are_found_by_number_and_by_a_row_that_meets_the_condition(
    engine: Engine, write_project: Any
) -> None:
    project = write_project(exclude=[STAFF, TESTERS])
    rows = [
        {"customer": "1", "product": "STAFF"},
        {"customer": "1"},
        {"customer": "2"},
        {"customer": "3", "product": ""},
        {"customer": "", "product": "STAFF"},
        {"customer": "5.0", "product": " STAFF "},
        {"customer": "6", "product": "STAFF", "period": "2024-02"},
        {"customer": "7", "product": "STAFF"},
    ]
    assert found(project, {"till": raw_rows(engine, rows)}) == {
        named(project, "1"): ("employees", "condition"),
        named(project, "5"): ("employees", "condition"),
        named(project, "7"): ("employees", "condition"),
        named(project, "T-1"): ("test_accounts", "listed"),
    }


def test_a_row_that_was_withdrawn_excludes_nobody(engine: Engine, write_project: Any) -> None:
    project = write_project(exclude=[STAFF])
    rows = [
        {"product": "STAFF"},
        {"_row": 1, "product": "STAFF", "_withdraws_at": FIRST, "_collected_at": LATER},
    ]
    assert found(project, {"till": raw_rows(engine, rows)}) == {}


def test_texts_of_a_source_count_as_numbers_beside_numbers(engine: Engine, write_project: Any) -> None:
    project = write_project(exclude=[{"name": "bulk", "source": "till", "where": "quantity >= 100"}])
    rows = [{"customer": "1", "quantity": "99"}, {"customer": "2", "quantity": "1000"}, {"quantity": "many"}]
    assert found(project, {"till": raw_rows(engine, rows)}) == {named(project, "2"): ("bulk", "condition")}


def test_a_condition_over_an_entity_sees_canonical_codes_and_identifiers(
    engine: Engine, write_project: Any
) -> None:
    rules = [
        {"name": "abroad", "entity": "profiles", "where": "country = 'FR'"},
        {"name": "staff", "entity": "profiles", "where": "email LIKE '%@shop.example'"},
    ]
    project = project_with(write_project, "profiles", project={"exclude": rules})
    rows = [
        {"account": "1", "country": "France", "currency": "CHF"},
        {"account": "2", "country": "Germany", "email": "Ann@Shop.example"},
        {"account": "3", "country": "", "email": ""},
    ]
    assert found(project, {"extra": raw_of(engine, "profiles", rows)}) == {
        named(project, "1", "extra"): ("abroad", "condition"),
        named(project, "2", "extra"): ("staff", "condition"),
    }
    assert PROFILES.name in project.entities


def test_a_condition_over_profiles_sees_attributes_of_the_company_s_own(
    engine: Engine, write_project: Any
) -> None:
    own = {
        "attribute": "is_staff",
        "label": {"en": "Staff", "zh": "员工"},
        "meaning": "Works here.",
        "type": "flag",
    }
    project = project_with(
        write_project,
        "profiles",
        columns={"is_staff": "language", "language": None},
        project={
            "attributes": [own],
            "exclude": [{"name": "staff", "entity": "profiles", "where": "is_staff"}],
        },
    )
    rows = [{"account": one, "language": staff} for one, staff in (("1", "yes"), ("2", "no"), ("3", ""))]
    assert found(project, {"extra": raw_of(engine, "profiles", rows)}) == {
        named(project, "1", "extra"): ("staff", "condition")
    }


def test_an_exclusion_holds_from_its_period_on(engine: Engine, write_project: Any) -> None:
    project = write_project(exclude=[TESTERS | {"from_period": "2024-02"}])
    assert found(project, {}) == {}
    assert set(found(project, {}, "2024-02")) == {named(project, "7"), named(project, "T-1")}


def test_a_column_that_the_source_lacks_is_named_with_those_it_has(
    engine: Engine, write_project: Any
) -> None:
    project = write_project(exclude=[STAFF | {"where": "prodct = 'STAFF'"}])
    with pytest.raises(InputError) as caught:
        found(project, {"till": raw_rows(engine, [{}])})
    assert caught.value.where == "exclude, employees"
    assert "prodct" in caught.value.found
    assert "did you mean product?" in caught.value.found
