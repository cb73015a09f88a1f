"""A model fitted once on invented people, for all tests of linking."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.identity.linkage import fit
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.engines import each_engine
from tests.unit.identity.linkage.people import accounts


@pytest.fixture(scope="session", params=["spark"])
def any_engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    """For what runs on the engine that a project asks for (fits run on DuckDB). Splink takes minutes."""
    if request.config.getoption("--engine") != "spark":
        pytest.skip("takes minutes: make test-spark runs it")
    yield from each_engine(request)


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(**shop_settings(), folder=Path())


@pytest.fixture(scope="session")
def people() -> pa.Table:
    return accounts(720)


@pytest.fixture(scope="session")
def version(engine: Engine, people: pa.Table, project: Project) -> pa.Table:
    return fit(engine, engine.from_arrow(people), None, "2024-01", project)
