"""One small company for all tests of this folder."""

from pathlib import Path

import pytest

from pipeline.simulate import Plan, simulate
from pipeline.simulate.world import World, world

PLAN = Plan(customers=150, periods=4, seed=11)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company written as of its last period; its truth beside it in ``truth``."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(folder / "company", PLAN, folder / "truth")
    return folder


@pytest.fixture(scope="session")
def large() -> World:
    """A world without files, large enough for shares."""
    return world(Plan(customers=4_000, periods=12, seed=3))
