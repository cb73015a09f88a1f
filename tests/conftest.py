"""What every test may use: a small engine, and a way to write a project's YAML."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.engine import Engine
from pipeline.engine.keyed import Key
from pipeline.settings import EngineSettings, Project, load_project

#: The secret of ids of every project that names it, so that two lakes can be compared.
SECRET = "for tests only: not a secret at all"
SECRET_NAME = "SEGMENTS_TEST_SECRET"
os.environ[SECRET_NAME] = SECRET
KEY = Key(SECRET)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One engine for all tests of pure functions."""
    one = Engine(EngineSettings(threads=2, memory_limit="1GB"))
    yield one
    one.close()


def shop_settings(**changes: Any) -> dict[str, Any]:
    """Settings of a small shop: orders from a CSV file, three months, UTC."""
    settings: dict[str, Any] = {
        "project": "shop",
        "title": "A small shop",
        "currency": "EUR",
        "time_zone": "UTC",
        "first_period": "2024-01",
        "last_period": "2024-03",
        "sources": {
            "till": {
                "entity": "orders",
                "connector": {"kind": "file", "format": "csv", "path": "orders.csv"},
                "columns": {
                    "source_account_id": "customer",
                    "order_id": "order",
                    "ordered_at": "at",
                    "product_id": "product",
                    "quantity": "quantity",
                    "unit_price_amount": "price",
                },
            }
        },
    }
    return settings | changes


@pytest.fixture
def write_project(tmp_path: Path) -> Callable[..., Project]:
    """Writes ``project.yaml`` (the small shop with changes) and loads it."""

    def write(**changes: Any) -> Project:
        (tmp_path / "project.yaml").write_text(yaml.safe_dump(shop_settings(**changes)), encoding="utf-8")
        return load_project(tmp_path)

    return write
