"""Fixtures of the publication: a lake, a project of four periods, a small world."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.engine import Engine, Lake
from pipeline.publish import swap
from pipeline.publish.swap import Publication, publish_period
from pipeline.settings import Project
from tests.unit.publish.world import World, plain_documents

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    (tmp_path / "lake").mkdir()
    return Lake(tmp_path / "lake")


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    return write_project(last_period="2024-04")


@pytest.fixture(scope="session")
def world() -> World:
    return World(customers=40)


@pytest.fixture
def publish(
    engine: Engine, lake: Lake, project: Project, world: World, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Publication]:
    """Publishes a period of the world, some tables replaced, with a plain text for a report."""
    monkeypatch.setattr(swap, "write_documents", plain_documents)

    def run(
        period: str,
        provenance: dict[str, str] | None = None,
        source: World | None = None,
        files: dict[str, Path] | None = None,
        is_followed: bool = False,
        **replaced: object,
    ) -> Publication:
        tables = (source or world).bound(engine, period) | replaced
        chosen = {name: table for name, table in tables.items() if table is not None}
        origin = provenance or {"fingerprint": period}
        return publish_period(
            engine,
            lake,
            project,
            period,
            chosen,  # type: ignore[arg-type]
            origin,
            NOW,
            files=files,
            is_followed=is_followed,
        )

    return run
