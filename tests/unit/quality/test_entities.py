"""Suites of the entities: what cleaning makes of good rows passes, planted faults are found."""

from typing import Any

import pandas as pd
import pytest

from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.quality import validate
from pipeline.tables.entities import ENTITIES
from pipeline.tables.model import Table
from tests.unit.clean.every_entity import GOOD_ROWS, cleaned, project_with

#: What tells two rows of one entity apart, beside the account.
OTHER = {"products": {"product_id": "P2"}, "exchange_rates": {"rate_date": "2024-01-02"}}


def frame(engine: Engine, write_project: Any, entity: str) -> pd.DataFrame:
    """Two good rows, cleaned."""
    project = project_with(write_project, entity)
    found = cleaned(engine, project, entity, [{}, {"account": "9"} | OTHER.get(entity, {})])
    return cast(found.kept.to_pyarrow(), ENTITIES[entity].clean.schema).to_pandas()


def planted(table: Table, good: pd.DataFrame) -> tuple[pd.DataFrame, set[str]]:
    """The good rows with every fault that the contract forbids, and the columns that have one."""
    bad, faulty = good.astype(object), set()
    for field in table.fields:
        if field.name in table.key:
            continue
        if field.values:
            value: Any = "nonsense"
        elif field.minimum is not None:
            value = field.minimum - 1
        elif field.name in table.required:
            value = None
        else:
            continue
        bad.loc[0, field.name] = value
        faulty.add(field.name)
    return bad, faulty


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_good_rows_pass_and_planted_faults_are_named(entity: str, engine: Engine, write_project: Any) -> None:
    table = ENTITIES[entity].clean
    good = frame(engine, write_project, entity)

    assert len(good) == 2
    assert [one.failures for one in validate(table, good) if not one.passed] == []

    bad, faulty = planted(table, good)
    found = {one.group: one.failures for one in validate(table, bad)}
    assert {one.split(":")[0] for one in found["values"]} == faulty
    assert found["keys"] == found["schema"] == ()
    doubled = {one.group: one.failures for one in validate(table, pd.concat([good, good.head(1)]))}
    assert doubled["keys"] == (f"{' + '.join(table.key)}: expected unique together: 2 of 3 rows are not",)


def test_every_entity_has_a_good_row() -> None:
    assert sorted(GOOD_ROWS) == sorted(ENTITIES)
