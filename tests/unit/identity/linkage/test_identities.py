"""``account_identities``: what is known of every account, and its digest."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.identity.linkage import account_identities
from pipeline.settings import Project
from pipeline.tables.entities import PROFILES
from pipeline.tables.zones import ACCOUNT_IDENTITIES, EXCLUDED_ACCOUNTS


def made(
    engine: Engine,
    project: Project,
    people: list[dict[str, Any]],
    previous: pa.Table | None = None,
    period: str = "2024-01",
) -> list[dict[str, Any]]:
    clean, restricted = PROFILES.clean, PROFILES.restricted
    assert restricted is not None
    keys = {"period": period, "source": "crm"}
    tables = [
        engine.from_arrow(
            pa.Table.from_pylist([dict.fromkeys(one.columns) | keys | row for row in people], one.schema)
        )
        for one in (clean, restricted)
    ]
    before = engine.from_arrow(previous if previous is not None else ACCOUNT_IDENTITIES.schema.empty_table())
    table = account_identities(before, *tables, period, project)
    assert table.columns == tuple(ACCOUNT_IDENTITIES.columns)
    return sorted(engine.to_arrow(table).to_pylist(), key=lambda row: row["account_id"])


def test_attributes_and_identifiers_of_an_account_stand_in_one_row(engine: Engine, project: Project) -> None:
    (row,) = made(
        engine, project, [{"account_id": "a1", "email": "a@x.org", "city": "Bern", "gender": "female"}]
    )
    assert (row["email"], row["city"], row["gender"], row["phone"]) == ("a@x.org", "Bern", "female", None)


def test_an_account_that_left_the_snapshot_keeps_what_was_last_known(
    engine: Engine, project: Project
) -> None:
    first = made(
        engine, project, [{"account_id": "a1", "email": "a@x.org"}, {"account_id": "a2", "email": "b@x.org"}]
    )
    previous = pa.Table.from_pylist(first, ACCOUNT_IDENTITIES.schema)
    second = made(engine, project, [{"account_id": "a2", "email": "c@x.org"}], previous, "2024-02")
    assert [(row["account_id"], row["email"], row["period"]) for row in second] == [
        ("a1", "a@x.org", "2024-02"),
        ("a2", "c@x.org", "2024-02"),
    ]
    assert second[0]["identity_digest"] == first[0]["identity_digest"]
    assert second[1]["identity_digest"] != first[1]["identity_digest"]


def test_the_digest_ignores_what_is_not_compared(engine: Engine, project: Project) -> None:
    one = {"account_id": "a1", "email": "a@x.org", "occupation": "smith"}
    other = one | {"occupation": "baker", "updated_at": datetime(2024, 1, 5, tzinfo=UTC)}
    assert (
        made(engine, project, [one])[0]["identity_digest"]
        == made(engine, project, [other])[0]["identity_digest"]
    )


def test_an_account_created_later_is_not_known_yet(engine: Engine, project: Project) -> None:
    later = {"account_id": "a1", "email": "a@x.org", "created_at": datetime(2024, 2, 1, tzinfo=UTC)}
    assert made(engine, project, [later]) == []


def test_nothing_is_kept_of_an_account_that_is_excluded(engine: Engine, project: Project) -> None:
    people = [{"account_id": "a1", "email": "a@x.org"}, {"account_id": "a2", "email": "b@x.org"}]
    known = pa.Table.from_pylist(made(engine, project, people), ACCOUNT_IDENTITIES.schema)
    row = {"period": "2024-02", "account_id": "a1", "exclusion": "staff", "exclusion_route": "listed"}
    excluded = engine.from_arrow(
        pa.Table.from_pylist(
            [row | {"excluded_from_period": "2024-02", "excluded_by_account_id": None}],
            EXCLUDED_ACCOUNTS.schema,
        )
    )
    assert PROFILES.restricted is not None
    nobody = [engine.from_arrow(one.schema.empty_table()) for one in (PROFILES.clean, PROFILES.restricted)]
    found = account_identities(engine.from_arrow(known), *nobody, "2024-02", project, excluded)
    assert engine.to_arrow(found)["account_id"].to_pylist() == ["a2"]
