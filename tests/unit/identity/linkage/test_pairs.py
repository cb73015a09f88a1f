"""``account_pairs``: rules, the model, conflicts, and comparing only what is new."""

import datetime
import json
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.identity.linkage import account_pairs, fit
from pipeline.settings import IdentitySettings, Project
from pipeline.tables.zones import ACCOUNT_IDENTITIES, ACCOUNT_PAIRS
from tests.unit.identity.linkage.people import identities

ANNA = {
    "given_name": "Anna",
    "family_name": "Berger",
    "birth_date": datetime.date(1980, 5, 17),
    "email": "anna@x.org",
}


def compared(
    engine: Engine,
    project: Project,
    now: pa.Table,
    version: pa.Table,
    before: pa.Table | None = None,
    pairs: pa.Table | None = None,
    period: str = "2024-01",
) -> pa.Table:
    tables = [
        engine.from_arrow(one)
        for one in (
            now,
            before or ACCOUNT_IDENTITIES.schema.empty_table(),
            pairs or ACCOUNT_PAIRS.schema.empty_table(),
        )
    ]
    found = engine.to_arrow(account_pairs(engine, *tables, version, period, project))
    assert found.schema.names == ACCOUNT_PAIRS.columns
    return found.sort_by([("left_account_id", "ascending"), ("right_account_id", "ascending")])


def rule_of(engine: Engine, project: Project, one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Name of the rule that links two accounts where no model is in force, or none."""
    now = identities([{"account_id": "a"} | one, {"account_id": "b"} | other])
    without_model = fit(engine, engine.from_arrow(now), None, "2024-01", project)
    rows = compared(engine, project, now, without_model).to_pylist()
    assert all(row["match_probability"] is None and row["match_weight"] is None for row in rows)
    return rows[0]["link_rule"] if rows else None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"national_id": "12-34"}, {"national_id": "1234"}, "national_id"),
        (ANNA, ANNA | {"family_name": "Weiss"}, "email_and_name"),
        (ANNA, {"email": "ANNA@x.org", "given_name": "Ana"}, "email_and_name"),
        (
            ANNA | {"email": None, "phone": "+491"},
            ANNA | {"email": None, "phone": "+491", "family_name": "Bergr"},
            "phone_name_and_birth_date",
        ),
        (
            ANNA | {"email": None, "address": "12 High Street"},
            ANNA | {"email": None, "address": "High street, 12"},
            "name_birth_date_and_address",
        ),
        (
            {"given_name": "伟", "family_name": "張", "email": "w@x.cn"},
            {"given_name": "Wei", "family_name": "Zhang", "email": "w@x.cn"},
            "email_and_name",
        ),
    ],
)
def test_rules_link_without_a_model(
    engine: Engine, project: Project, one: dict[str, Any], other: dict[str, Any], expected: str
) -> None:
    assert rule_of(engine, project, one, other) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # a family's e-mail, a family's phone
        (ANNA, {"given_name": "Peter", "family_name": "Berger", "email": "anna@x.org"}),
        ({"phone": "+491", "given_name": "Anna"}, {"phone": "+491", "given_name": "Anna"}),
        ({"email": "info@x.org"}, {"email": "info@x.org"}),
        # mother and daughter of one name
        (ANNA, ANNA | {"birth_date": datetime.date(2006, 1, 2)}),
        # one name and birth date, two people by their national ids and addresses
        (ANNA | {"national_id": "1234567"}, ANNA | {"national_id": "7654321"}),
        # a number typed into the record of somebody else
        (
            {
                "national_id": "1",
                "given_name": "Anna",
                "family_name": "Berger",
                "birth_date": datetime.date(1980, 5, 17),
            },
            {
                "national_id": "1",
                "given_name": "Otto",
                "family_name": "Huber",
                "birth_date": datetime.date(1951, 2, 3),
            },
        ),
    ],
)
def test_what_families_share_is_no_rule(
    engine: Engine, project: Project, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert rule_of(engine, project, one, other) is None


def test_the_model_finds_most_second_accounts_and_no_others(
    engine: Engine, project: Project, people: pa.Table, version: pa.Table
) -> None:
    rows = compared(engine, project, people, version).to_pylist()
    links = [
        r for r in rows if r["link_rule"] != "model" or r["match_probability"] >= project.identity.threshold
    ]
    right = [r for r in links if r["left_account_id"][:-1] == r["right_account_id"][:-1]]
    assert len(right) >= 0.95 * 120
    assert len(links) - len(right) <= 1
    assert all(r["left_account_id"] < r["right_account_id"] for r in rows)


def test_a_pair_tells_level_and_weight_of_every_comparison_without_values(
    engine: Engine, project: Project, people: pa.Table, version: pa.Table
) -> None:
    table = compared(engine, project, people, version)
    row = max(table.to_pylist(), key=lambda one: one["match_weight"] or 0)
    evidence = json.loads(row["match_evidence"])
    assert evidence["birth"]["level"] == "equal"
    prior = json.loads(version["parameters"][0].as_py())["splink"]["probability_two_random_records_match"]
    weights = sum(one["weight"] for one in evidence.values())
    assert row["match_weight"] == pytest.approx(weights + math.log2(prior / (1 - prior)), abs=0.1)
    assert row["match_probability"] == pytest.approx(1 / (1 + 2 ** -row["match_weight"]), abs=1e-5)
    text = " ".join(table["match_evidence"].drop_null().to_pylist())
    assert not [one for one in people["family_name"].to_pylist() if one in text]


#: Letters beyond ASCII: engines see likeness of such texts each in its own way.
NAMESAKES = [
    {"account_id": f"n_{number}", "given_name": name, "family_name": "Müller", "address": f"{street} 1"}
    | {"birth_date": datetime.date(1980, 5, day), "email": f"{mail}@x.org", "postcode": "80331"}
    for number, (name, street, day, mail) in enumerate(
        [
            ("Jürgen", "Schloßallee", 17, "jürgen.m"),
            ("Jörgen", "Schlossallee", 17, "jürgen.m"),
            ("Jurgen", "Schloßalee", 18, "jurgen.m"),
            ("张伟", "解放路", 17, "jürgen.n"),
            ("張偉", "解放大路", 17, "zhangwei"),
        ]
    )
]


def looking_at(version: pa.Table, *keys: list[str]) -> pa.Table:
    """``version`` with a few keys: each is a join of its own, for which Spark takes a second."""
    (row,) = version.to_pylist()
    parameters = json.dumps(json.loads(row["parameters"]) | {"keys": keys})
    return pa.Table.from_pylist([row | {"parameters": parameters}], version.schema)


def test_pairs_and_their_evidence_are_the_same_on_any_engine(
    duckdb: Engine, any_engine: Engine, project: Project, people: pa.Table, version: pa.Table
) -> None:
    now = identities([*people.slice(0, 60).to_pylist(), *NAMESAKES])
    version = looking_at(version, ["email"], ["given_latin", "birth"], ["postcode"])

    before = now.slice(0, 61)
    first = compared(duckdb, project, before, version)
    later = identities([one | {"period": "2024-02"} for one in now.to_pylist()])
    carried = fit(duckdb, duckdb.from_arrow(later), version, "2024-02", project)

    found, expected = (
        compared(one, project, later, carried, before, first, "2024-02") for one in (any_engine, duckdb)
    )
    assert any(one.startswith("n_") for one in expected["left_account_id"].to_pylist())
    assert found.equals(expected)


@example(cut=700, changed=set(range(0, 700, 10)), order=1)
@given(cut=st.integers(1, 719), changed=st.sets(st.integers(0, 719), max_size=5), order=st.integers(1, 1_000))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_comparing_new_and_changed_accounts_equals_comparing_all_with_all(
    engine: Engine,
    project: Project,
    people: pa.Table,
    version: pa.Table,
    cut: int,
    changed: set[int],
    order: int,
) -> None:
    before = people.slice(0, cut)
    earlier = compared(engine, project, before, version)
    rows = people.to_pylist()
    for i in changed:
        rows[i] |= {"family_name": "Newname", "identity_digest": f"changed {i}"}
    rows = sorted(rows, key=lambda row: hash((order, row["account_id"][-4:])))
    now = pa.Table.from_pylist([row | {"period": "2024-02"} for row in rows], people.schema)
    carried = fit(engine, engine.from_arrow(now), version, "2024-02", project)
    step = compared(engine, project, now, carried, before, earlier, "2024-02")
    every = compared(engine, project, now, carried, period="2024-02")
    assert step.to_pylist() == every.to_pylist()


def test_a_project_that_does_not_link_has_no_pairs(
    engine: Engine, people: pa.Table, version: pa.Table, project: Project
) -> None:
    alone = project.model_copy(update={"identity": IdentitySettings(link=False)})
    assert compared(engine, alone, people, version).num_rows == 0
