"""Refits on a finding and by hand, a rollback: one period is made anew; moves have the cause model."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.running import bring_up_to_date
from pipeline.cli import app
from pipeline.settings import load_project, request_refits
from tests.company import write_company
from tests.lakes import lake_rows

FIRST, LAST = "2024-01", "2024-03"
SCHEME, ON_FINDING = "purchase_frequency", "price_sensitivity"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of three months that was brought up to date; from the second on all lines are reduced."""
    folder = tmp_path_factory.mktemp("shop")
    quick = {
        "warm_up_periods": 1,
        "min_customers_to_fit": 10,
        "schemes": [SCHEME, ON_FINDING],
        "max_model_moved_share": 1,
    }
    write_company(
        folder,
        customers=150,
        months=3,
        segments=quick | {"continued_overlap": 0.01},
        drift={"min_customers": 20, "false_discovery_rate": 0.05},
    )
    orders = folder / "orders.csv"
    header, *lines = orders.read_text(encoding="utf-8").splitlines()
    reduced = [re.sub(r",0\.00$", ",0.50", one) if ",2024-01" not in one else one for one in lines]
    orders.write_text("\n".join([header, *reduced]) + "\n", encoding="utf-8")
    bring_up_to_date(load_project(folder))
    return folder


def version(folder: Path, period: str, scheme: str = SCHEME) -> str:
    rows = lake_rows(load_project(folder).lake_path, "published/model_cards", period)
    return next(row["scheme_version"] for row in rows if row["scheme"] == scheme)


def test_a_major_finding_has_the_schemes_that_read_it_fitted_in_the_next_period(folder: Path) -> None:
    lake = load_project(folder).lake_path
    major = {
        row["subject"] for row in lake_rows(lake, "drift/findings", "2024-02") if row["severity"] == "major"
    }
    asked = lake_rows(lake, "models/version_requests")
    assert [(row["period"], row["scheme"], row["asked_by"]) for row in asked] == [
        (LAST, ON_FINDING, "finding")
    ]
    assert set(asked[0]["findings_about"].split()) <= major
    assert [version(folder, one, ON_FINDING) for one in ("2024-02", LAST)] == [
        f"{ON_FINDING}@{FIRST}",
        f"{ON_FINDING}@{LAST}",
    ]
    (told,) = [row["said"] for row in lake_rows(lake, "drift/overview", LAST) if row["topic"] == "refit"]
    assert "passed its gates and is in force" in told
    assert not set(re.findall(r"\w+_\w+", told)) & major, "features are told by their labels"


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
