"""The company is run once for all tests of exports; every module has a copy of its own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Project, load_project
from tests.finished import once
from tests.integration.export.company import write_sources


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Project:
    folder = tmp_path_factory.mktemp("exporting")
    once(shared, "exporting", _make, folder)
    return load_project(folder)


def _make(folder: Path) -> None:
    write_sources(folder)
    result = CliRunner().invoke(app, ["run", "--project", str(folder)])
    assert result.exit_code == 0, result.output
