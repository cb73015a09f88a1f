"""Training sets read tables of an engine; models are numpy, the same on every engine."""

import pytest

from tests.engines import each_engine

engine = pytest.fixture(scope="session", params=["duckdb", "spark"])(each_engine)
