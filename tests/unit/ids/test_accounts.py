"""Ids of accounts: one account, one id, whoever names it."""

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.engine.keyed import Key
from pipeline.ids.accounts import account_id, source_account, source_account_text, with_account_ids
from tests.conftest import KEY


def ids_of(engine: Engine, project, own_ids: list, key: Key = KEY, space: str = "till") -> list[str | None]:
    raw = engine.from_arrow(pa.table({"customer": own_ids, "row": range(len(own_ids))}))
    table = raw.select("row", account=source_account(raw, project.sources["till"]))
    found = with_account_ids(table, key, project, space, "account", "account_id").order_by("row")
    assert list(found.columns) == ["row", "account", "account_id"]
    return engine.to_arrow(found)["account_id"].to_pylist()


@pytest.mark.parametrize("own_id", ["12346", "12346.0", " 王/7 ", "Ａ１", "a\x1fb"])
def test_an_account_named_alone_has_the_id_that_a_column_gives_it(engine, write_project, own_id):
    project = write_project()
    (found,) = ids_of(engine, project, [own_id])
    assert found == account_id(KEY, project, "till", source_account_text(own_id))
    assert found.startswith("a_")
    assert len(found) == 34


def test_every_row_keeps_its_place_and_rows_without_account_have_no_id(engine, write_project):
    project = write_project()
    one, none, other, again = ids_of(engine, project, ["7", None, "8", "7.0"])
    assert none is None
    assert one == again != other


def test_ids_follow_the_account_space_the_project_and_the_secret(engine, write_project):
    shop, mall = write_project(), write_project(project="mall")
    found = {
        ids_of(engine, shop, ["7"])[0],
        ids_of(engine, shop, ["7"], space="crm")[0],
        ids_of(engine, mall, ["7"])[0],
        ids_of(engine, shop, ["7"], Key("another secret"))[0],
    }
    assert len(found) == 4


def test_numbers_with_gaps_that_came_as_floats_are_the_same_accounts(engine, write_project):
    project = write_project()
    assert ids_of(engine, project, [7, 8]) == ids_of(engine, project, [7.0, 8.0])
