"""One small company, brought up to date once by ``segments run``, for all tests that only look at it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Project, load_project
from tests.company import Planted, write_company
from tests.finished import once

#: How the company is written: large enough for every scheme, and fitted twice.
COMPANY: dict[str, Any] = {
    "customers": 150,
    "months": 3,
    "segments": {"warm_up_periods": 2, "refit_every_periods": 1},
}


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
def company(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Company:
    folder = tmp_path_factory.mktemp("company")
    once(shared, "company_of_segments_run", _make, folder)
    planted, printed = (folder / name for name in ("planted.json", "printed.txt"))
    return Company(
        load_project(folder),
        Planted(**json.loads(planted.read_text(encoding="utf-8"))),
        printed.read_text(encoding="utf-8"),
    )


def _make(folder: Path) -> None:
    _, planted = write_company(folder, **COMPANY)
    result = CliRunner().invoke(app, ["run", "--project", str(folder)])
    assert result.exit_code == 0, result.output
    (folder / "planted.json").write_text(json.dumps(asdict(planted)), encoding="utf-8")
    (folder / "printed.txt").write_text(result.stdout, encoding="utf-8")
