"""The shop of the tests of segments; what reads tables of an engine runs on every engine."""

import pytest

from tests.engines import each_engine
from tests.unit.segments.conftest import features

engine = pytest.fixture(scope="session", params=["duckdb", "spark"])(each_engine)

__all__ = ["engine", "features"]
