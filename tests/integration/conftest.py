"""One small company, brought up to date once by ``segments run``, for all tests that only look at it."""

from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Project
from tests.company import Planted, write_company


@dataclass(frozen=True)
class Company:
    """The company's project, what was planted in its orders, and what ``segments run`` printed."""

    project: Project
    planted: Planted
    printed: str

    @property
    def folder(self) -> str:
        return str(self.project.folder)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    project, planted = write_company(tmp_path_factory.mktemp("company"), customers=150, months=3)
    result = CliRunner().invoke(app, ["run", "--project", str(project.folder)])
    assert result.exit_code == 0, result.output
    return Company(project, planted, result.stdout)
