"""What a source may say of its rows, and what is refused: with file, line and key."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.settings.test_loading import line_of, refused

WriteProject = Callable[..., Project]
TILL = shop_settings()["sources"]["till"]
CONNECTOR = TILL["connector"]
GIVEN = {"columns": TILL["columns"]}
PROFILES = {"source_account_id": "customer", "country": "land"}
TABLE = [{"code": "B", "name": "shop"}]
LOOKUP = {"table": TABLE, "match": {"branch": "code"}, "columns": ["name"]}


def source(**changes: Any) -> dict[str, Any]:
    return {"till": TILL | changes}


def gives(*leave_out: str, **changes: Any) -> dict[str, Any]:
    """The till with ``gives``: orders, and profiles with changes."""
    told = {"latest_by": "at", "columns": PROFILES} | changes
    kept = {name: one for name, one in told.items() if name not in leave_out}
    return {"till": {"connector": CONNECTOR, "gives": {"orders": GIVEN, "profiles": kept}}}


def lookup(**changes: Any) -> dict[str, Any]:
    return source(lookups=[LOOKUP | changes])


def written(sources: dict[str, Any]) -> str:
    """A project.yaml with ``sources``, nothing of it written by reference to another part."""
    return yaml.safe_dump(shop_settings(sources=json.loads(json.dumps(sources))), sort_keys=False)


#: The sources, the part of the YAML on whose line the error stands, its key, and what is said.
WRONG: list[tuple[dict[str, Any], str, str, list[str]]] = [
    (source(where="quantity >"), "where:", "where", ["at character"]),
    (source(where="DELETE FROM x"), "where:", "where", []),
    (source(where=["quantity > 0", "quantity > sum(price)"]), "- quantity > sum", "where.1", ["sum", "one"]),
    (source(where=5), "where:", "where", ["list"]),
    (source(compute={"size": "coalesc(quantity, 0)"}), "size:", "compute.size", ["did you mean"]),
    (source(compute={"size": 5}), "size:", "compute.size", ["an expression belongs here", "quotes"]),
    (source(compute={"my size": "quantity"}), "my size:", "compute.my size", ["one word"]),
    (source(compute={"a": "b + 1", "b": "c", "c": "a"}), "a: b + 1", "compute.a", ["a from b from c from a"]),
    (source(compute={"size": "1", "Size": "2"}), "size:", "compute.size", ["two columns"]),
    (
        source(columns=TILL["columns"] | {"channel": {"expression": "lower(shop", "column": "shop"}}),
        "expression:",
        "columns.channel.expression",
        [],
    ),
    (
        source(columns=TILL["columns"] | {"channel": {"expression": "lower(shop)", "column": "shop"}}),
        "channel:",
        "columns.channel",
        ["exactly one of column, sum_of, constant, expression"],
    ),
    (source(compute={"name": "shop"}, lookups=[LOOKUP]), "name: shop", "compute.name", ["lookup"]),
    (source(latest_by="at"), "latest_by:", "latest_by", ["orders are events", "products, profiles"]),
    (lookup(connector=CONNECTOR), "- table:", "lookups.0", ["either a connector or a table"]),
    (lookup(table=None), "- table:", "lookups.0", ["either a connector or a table"]),
    (lookup(table=[]), "table:", "lookups.0.table", ["no row"]),
    (
        lookup(table=[{"code": "B", "nam": "x"}]),
        "- code:",
        "lookups.0.table.0",
        ["lacks name", "nam meant"],
    ),
    (lookup(table=[{"code": "B", "name": "x", "more": "y"}]), "- code:", "lookups.0.table.0", ["more"]),
    (
        lookup(table=[*TABLE, {"code": " B ", "name": "x"}]),
        "- code:",
        "lookups.0.table.0",
        ["more than once"],
    ),
    (lookup(table=[{"code": None, "name": "x"}]), "- code:", "lookups.0.table.0", ["no value"]),
    (lookup(table={"B": "shop"}, columns=["name", "x"]), "table:", "lookups.0.table", ["two columns"]),
    (lookup(table={"B": {"name": "x"}}), "table:", "lookups.0.table", []),
    (gives(entity="profile"), "profiles:", "gives.profiles", ["unknown entity 'profile'"]),
    (gives(columns={"country": "land"}), "profiles:", "gives.profiles", ["lacks source_account_id"]),
    (gives("columns"), "profiles:", "gives.profiles.columns", ["missing"]),
    (gives(latest_bye="at"), "latest_bye:", "gives.profiles.latest_bye", ["did you mean latest_by?"]),
    (gives(connector=CONNECTOR), "profiles:", "gives.profiles.connector", ["unknown key connector"]),
    (gives(row_key=["customer"]), "row_key:", "gives.profiles.row_key", ["the account is the key"]),
    (
        gives(latest_by={"constant": "2024-01-01"}),
        "latest_by:",
        "gives.profiles.latest_by",
        ["one column"],
    ),
    (
        gives(columns={"source_account_id": {"constant": "7"}}),
        "source_account_id:\n",
        "gives.profiles.columns.source_account_id",
        ["who an event is of"],
    ),
    (gives(where="land = "), "where:", "gives.profiles.where", ["at character"]),
    ({"till": {"connector": CONNECTOR, "gives": {}}}, "gives:", "gives", ["no entity"]),
    ({"till": {"connector": CONNECTOR}}, "till:", "entity", ["missing"]),
    ({"till": gives()["till"] | {"entity": "orders"}}, "entity:", "entity", ["of each entity"]),
    (
        {"till": gives()["till"] | {"columns": PROFILES}},
        "columns:\n      source",
        "columns",
        ["move it there"],
    ),
    (
        {"till": gives(compute={"x": "land"})["till"] | {"compute": {"x": "at"}}},
        "x: land",
        "gives.profiles.compute.x",
        ["rename one"],
    ),
]


@pytest.mark.parametrize(("sources", "place", "key", "said"), WRONG)
def test_a_wrong_use_is_one_error_with_line_and_key(
    sources: dict[str, Any], place: str, key: str, said: list[str], tmp_path: Path
) -> None:
    text = written(sources)
    error = refused(tmp_path, text)
    if key.rsplit(".", 1)[-1] != "connector" and "missing" not in said:
        assert f"{line_of(text, place)}, key sources.till.{key}" in error.where
    else:
        assert f"key sources.till.{key}" in str(error)
    assert all(one in error.found for one in said), error.found


def test_two_sources_cannot_have_one_name(tmp_path: Path) -> None:
    text = written(gives() | {"till_orders": TILL})
    error = refused(tmp_path, text)
    assert "two sources are called till_orders" in error.found
    assert "key sources.till" in error.where


def test_what_was_collected_stays_where_nothing_new_is_said(write_project: WriteProject) -> None:
    """The digest of a source is that of the versions before ``where`` and all that came with it."""
    assert write_project().source_digest("till") == "b76636baf65b4017"


@pytest.mark.parametrize(
    "changes",
    [
        {"where": "quantity > 0"},
        {"compute": {"size": "quantity"}},
        {"lookups": [LOOKUP]},
        {"columns": TILL["columns"] | {"channel": {"expression": "'web'"}}},
    ],
)
def test_what_is_said_of_rows_makes_them_be_collected_anew(
    changes: dict[str, Any], write_project: WriteProject
) -> None:
    found = write_project(sources=source(**changes)).source_digest("till")
    assert found != write_project().source_digest("till")
    assert found == write_project(sources=source(**changes)).source_digest("till")


def test_conditions_of_a_source_hold_for_each_entity_that_it_gives(write_project: WriteProject) -> None:
    given = gives(where="land IS NOT NULL")
    given["till"]["where"] = "quantity > 0"
    found = write_project(sources=given).sources
    assert [one.text for one in found["till_orders"].where] == ["quantity > 0"]
    assert [one.text for one in found["till_profiles"].where] == ["quantity > 0", "land IS NOT NULL"]


def test_a_source_survives_being_written_and_read_again(write_project: WriteProject) -> None:
    project = write_project(sources=gives(where="land IS NOT NULL", compute={"x": "upper(land)"}))
    again = Project(**(project.model_dump() | {"folder": project.folder}))
    assert again.sources == project.sources
