"""What every test may use: a small engine, and a way to write a project's YAML."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipeline.engine import Engine
from pipeline.engine.keyed import Key
from pipeline.settings import Project, load_project
from tests.engines import duckdb_engine, spark_engine

if TYPE_CHECKING:
    from tests.finished import Finished


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--engine spark``: tests that run on one engine run on Spark."""
    parser.addoption("--engine", choices=["duckdb", "spark"], default="duckdb")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and count as deselected, what Spark need not run: cases marked ``duckdb_suffices``; without
    ``--engine spark`` also those marked ``duckdb_daily``, with it the cases of DuckDB of tests on each.

    What it cannot, tests marked ``duckdb_alone``, is skipped with the reason.
    """
    on_spark = config.getoption("--engine") == "spark"
    for one in items if on_spark else []:
        if why := one.get_closest_marker("duckdb_alone"):
            one.add_marker(pytest.mark.skip(reason=f"on DuckDB alone: {why.args[0]}"))
    left_to_duckdb = ("duckdb_suffices",) if on_spark else ("duckdb_suffices", "duckdb_daily")
    spared = [
        one
        for one in items
        if (any(map(one.get_closest_marker, left_to_duckdb)) and "spark" in _parameters(one))
        or (on_spark and "duckdb" in _parameters(one))
    ]
    if spared:
        config.hook.pytest_deselected(items=spared)
        items[:] = [one for one in items if one not in spared]


def _parameters(item: pytest.Item) -> list[Any]:
    call = getattr(item, "callspec", None)
    return [one for one in call.params.values() if isinstance(one, str)] if call else []


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """Signals to end as a shell in the foreground leaves them, for this process and those that it starts.

    They are inherited: ``nohup`` ignores SIGHUP, a script's background SIGINT. And Dagster lets SIGTERM do
    what SIGINT does.
    """
    usual = {
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
        signal.SIGINT: signal.default_int_handler,
    }
    before = {one: signal.signal(one, handler) for one, handler in usual.items()}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session of tests have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def finished(shared: Path) -> "Finished":
    """Gives companies that were brought up to date, each run once a session: see ``tests/finished.py``."""
    from tests.finished import Finished  # imports Dagster, which most tests need not wait for

    return Finished(shared)


duckdb = pytest.fixture(scope="session")(duckdb_engine)

#: The secret of ids of every project that names it, so that two lakes can be compared.
SECRET = "for tests only: not a secret at all"
SECRET_NAME = "SEGMENTS_TEST_SECRET"
os.environ[SECRET_NAME] = SECRET
KEY = Key(SECRET)


spark = pytest.fixture(scope="session")(spark_engine)


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine of tests that run on one only (``--engine``); folders whose tests run on every engine
    replace it."""
    found: Engine = request.getfixturevalue(request.config.getoption("--engine"))
    return found


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
        text = yaml.safe_dump(shop_settings(**changes), sort_keys=False)  # the order of segments counts
        (tmp_path / "project.yaml").write_text(text, encoding="utf-8")
        return load_project(tmp_path)

    return write
