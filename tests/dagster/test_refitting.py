"""A refit and a rollback by hand: one period is made anew, and its moves have the cause model."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.running import bring_up_to_date
from pipeline.cli import app
from pipeline.settings import load_project, request_refits
from tests.company import write_company
from tests.lakes import lake_rows

FIRST, LAST = "2024-01", "2024-03"
SCHEME = "purchase_frequency"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of three months that was brought up to date."""
    folder = tmp_path_factory.mktemp("shop")
    quick = {
        "warm_up_periods": 1,
        "min_customers_to_fit": 10,
        "schemes": [SCHEME],
        "max_model_moved_share": 1,
    }
    write_company(folder, customers=80, months=3, segments=quick | {"continued_overlap": 0.01})
    bring_up_to_date(load_project(folder))
    return folder


def version(folder: Path, period: str) -> str:
    rows = lake_rows(load_project(folder).lake_path, "published/model_cards", period)
    return next(row["scheme_version"] for row in rows if row["scheme"] == SCHEME)


def test_a_refit_and_a_rollback_make_one_period_anew(folder: Path) -> None:
    assert version(folder, LAST) == f"{SCHEME}@{FIRST}"
    project = request_refits(load_project(folder), [SCHEME], LAST)
    assert bring_up_to_date(project).published == [LAST]
    assert (version(folder, "2024-02"), version(folder, LAST)) == (f"{SCHEME}@{FIRST}", f"{SCHEME}@{LAST}")
    moves = lake_rows(project.lake_path, "published/segment_moves", LAST)
    assert {row["cause"] for row in moves} <= {"behaviour", "model"}

    found = CliRunner().invoke(
        app, ["rollback", SCHEME, "--to", f"{SCHEME}@{FIRST}", "--project", str(folder)]
    )
    assert found.exit_code == 0, found.output
    assert f"{SCHEME}@{FIRST} is in force again from {LAST} on" in found.output
    assert version(folder, LAST) == f"{SCHEME}@{FIRST}"
    assert bring_up_to_date(load_project(folder)).published == []
