"""A shop with orders and products, ready to be segmented."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.segments import fit_versions
from pipeline.settings import Project
from tests.engines import each_engine
from tests.unit.segments.synthetic import PERIOD, customers, forecast_versions, shop_with

#: For what takes tables of an engine; scoring itself is on numpy, the same on every engine.
any_engine = pytest.fixture(scope="session", params=["duckdb", "spark"])(each_engine)


@pytest.fixture
def write_shop(tmp_path: Path) -> Callable[..., Project]:
    """The shop with documents of schemes, and its segment settings changed."""

    def write(*documents: dict[str, Any], **segments: Any) -> Project:
        return shop_with(tmp_path, *documents, **segments)

    return write


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shop with default settings: warm-up of three periods, no refits."""
    return shop_with(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def features() -> pa.Table:
    """Features of 400 customers of four separate kinds."""
    return customers()


@pytest.fixture(scope="session")
def versions(engine: Engine, features: pa.Table, shop: Project) -> pa.Table:
    """Every scheme of the shop fitted for the first time."""
    return fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop, forecast_versions())
