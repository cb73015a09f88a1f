"""A model fitted once on invented people, for all tests of linking."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.identity.linkage import fit
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.engines import each_engine
from tests.unit.identity.linkage.people import accounts

#: For what runs on the engine that a project asks for; fits run on DuckDB.
any_engine = pytest.fixture(scope="session", params=["spark"])(each_engine)


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(**shop_settings(), folder=Path())


@pytest.fixture(scope="session")
def people() -> pa.Table:
    return accounts(720)


@pytest.fixture(scope="session")
def version(engine: Engine, people: pa.Table, project: Project) -> pa.Table:
    return fit(engine, engine.from_arrow(people), None, "2024-01", project)
