"""``segments export``: rows equal what is published, under the company's own numbers, of who consents."""

import json
import stat
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Project
from tests.integration.export.company import (
    ASSIGNMENT,
    FIRST,
    LAST,
    MOVE,
    as_texts,
    expected,
    export,
    exported,
    lake_table,
    mail,
    read_csv,
)


@pytest.mark.slow
@pytest.mark.parametrize("period", [FIRST, LAST])
def test_a_scheme_equals_the_published_assignments_row_for_row(
    project: Project, period: str, tmp_path: Path
) -> None:
    to = tmp_path / "all.csv"
    said = exported(
        project,
        "--scheme",
        "lifecycle",
        "--ids",
        "shop",
        "--consent",
        "none",
        "--period",
        period,
        "--to",
        str(to),
    )
    wanted = expected(project, "segment_assignments", period, "shop").query("scheme == 'lifecycle'")
    assert len(wanted) > 30
    assert as_texts(read_csv(to), ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    assert said["rows_count"] == len(wanted)
    assert to.read_bytes().count(b"\r\n") == len(wanted) + 1
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    labels = lake_table(project, "published/segment_register", period).set_index("segment_id")["label"]
    assert read_csv(to)["segment_label"].tolist() == [
        labels.get(one, "") for one in read_csv(to)["segment_id"]
    ]


@pytest.mark.slow
def test_a_segment_holds_those_who_consent_and_nobody_else(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "some.parquet"
    everybody = expected(project, "segment_assignments", LAST, "shop").query("scheme == 'lifecycle'")
    segment = str(everybody["segment_id"].value_counts().index[0])
    arguments = ("--segment", segment, "--ids", "shop", "--to", str(to))
    said = exported(project, *arguments, "--consent", "newsletter")
    wanted = expected(project, "segment_assignments", LAST, "shop", "newsletter").query(
        "segment_id == @segment"
    )
    assert 0 < len(wanted) < len(everybody)
    found = pd.read_parquet(to)
    assert as_texts(found, ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    assert {int(one[1:]) % 4 for one in found["source_account_id"]} <= {1, 3}, "said yes last, as planted"
    of_segment = everybody.query("segment_id == @segment")["customer_id"]
    assert said["without_consent_count"] == of_segment.nunique() - wanted["customer_id"].nunique()
    assert exported(project, *arguments, "--consent", "calls", "--replace")["rows_count"] == 0
    assert len(pd.read_parquet(to)) == 0, "nobody granted calls"
    assert (said["consents_through"], said["consents_unreadable_count"]) == (LAST, 1)
    printed = export(project, *arguments, "--consent", "newsletter", "--replace").stdout
    assert "1 decision on consent could not be read" in printed
    assert "do not consent to newsletter" in printed


@pytest.mark.slow
def test_moves_equal_the_published_moves(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "moves.parquet"
    exported(project, "--moves", "--ids", "shop", "--consent", "none", "--to", str(to))
    wanted = expected(project, "segment_moves", LAST, "shop")
    assert len(wanted) > 3
    assert as_texts(pd.read_parquet(to), MOVE) == as_texts(wanted, MOVE)
    cause = str(wanted["cause"].iloc[0])
    exported(
        project, "--moves", "--scheme", "lifecycle", "--cause", cause, "--ids", "shop", "--consent", "none",
        "--to", str(to), "--replace",
    )  # fmt: skip
    some = wanted.query("scheme == 'lifecycle' and cause == @cause")
    assert as_texts(pd.read_parquet(to), MOVE) == as_texts(some, MOVE)


@pytest.mark.slow
def test_customers_of_another_space_have_its_numbers_and_the_others_are_counted(
    project: Project, tmp_path: Path
) -> None:
    to = tmp_path / "club.csv"
    said = exported(project, "--scheme", "lifecycle", "--ids", "club", "--consent", "none", "--to", str(to))
    population = lake_table(project, "published/segment_assignments", LAST)["customer_id"].nunique()
    wanted = expected(project, "segment_assignments", LAST, "club").query("scheme == 'lifecycle'")
    assert len(wanted) > 5
    assert (said["asked_customers_count"], said["customers_count"]) == (
        population,
        wanted["customer_id"].nunique(),
    )
    assert said["without_number_count"] == population - said["customers_count"]
    guarded = wanted.assign(
        source_account_id=[f"'{one}" if one[0] == "=" else one for one in wanted["source_account_id"]]
    )
    assert as_texts(read_csv(to), ASSIGNMENT) == as_texts(guarded, ASSIGNMENT)


@pytest.mark.slow
def test_identifiers_come_with_consent_and_are_the_customers_own(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "mails.csv"
    arguments = (
        "--scheme",
        "lifecycle",
        "--ids",
        "shop",
        "--with",
        "email",
        "--to",
        str(to),
        "--language",
        "zh",
    )
    exported(project, *arguments, "--consent", "newsletter")
    found = read_csv(to)
    assert found["email"].tolist() == [mail(int(one[1:])) for one in found["source_account_id"]]
    assert any("\u4e00" <= one[:1] <= "\u9fff" for one in found["segment_label"])
    refused = export(project, *arguments, "--consent", "none", "--replace")
    assert refused.exit_code == 2
    assert "only for customers who consent" in refused.stderr


@pytest.mark.slow
def test_every_export_is_recorded_and_shown(project: Project, tmp_path: Path) -> None:
    to = tmp_path / "one.csv"
    said = exported(project, "--scheme", "lifecycle", "--ids", "shop", "--consent", "calls", "--to", str(to))
    for command in (["export", "--log"], ["show", "exports"]):
        shown = CliRunner().invoke(app, [*command, "--project", str(project.folder), "--json"])
        newest = next(one for one in json.loads(shown.stdout) if one["export_id"] == said["export_id"])
        assert newest["export_status"] == "done"
        assert newest["exported_by"]
        assert newest["host"]
        assert (newest["of_period"], newest["of_publication"], newest["of_revision"]) == (LAST, 3, 1)
        assert (newest["asked_scheme"], newest["consent_purpose"], newest["rows_count"]) == (
            "lifecycle",
            "calls",
            0,
        )
        assert newest["destination"] == str(to)
    printed = CliRunner().invoke(app, ["export", "--log", "--project", str(project.folder)]).stdout
    assert "lifecycle" in printed
    folder = project.lake_path / "restricted" / "exports"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.slow
def test_what_cannot_be_recorded_is_not_exported(project: Project, tmp_path: Path) -> None:
    folder = project.lake_path / "restricted" / "exports"
    kept, to = folder.with_name("kept"), tmp_path / "x.csv"
    folder.rename(kept)
    folder.write_text("in the way", encoding="utf-8")
    try:
        result = export(
            project, "--scheme", "lifecycle", "--ids", "shop", "--consent", "none", "--to", str(to)
        )
    finally:
        folder.unlink()
        kept.rename(folder)
    assert (result.exit_code, to.exists()) == (2, False)
    assert "cannot be recorded" in result.stderr
