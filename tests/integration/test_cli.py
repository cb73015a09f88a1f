"""The command line, as its users meet it: what it prints, what it exits with."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from tests.company import write_company
from tests.integration.conftest import Company

RUNNER = CliRunner()


def segments(*arguments: str) -> Result:
    return RUNNER.invoke(app, list(arguments))


@pytest.fixture
def folder(company: Company) -> str:
    return company.folder


def test_run_ends_by_saying_what_came_out(company: Company) -> None:
    assert "Published 3 periods, 2024-01 to 2024-03" in company.printed
    for word in (
        "Purchase frequency",
        "Moves",
        "Findings",
        "Rows of the period",
        "segments show customer",
    ):
        assert word in company.printed


def test_a_second_run_says_that_there_is_nothing_to_do(folder: str) -> None:
    result = segments("run", "--project", folder)
    assert result.exit_code == 0
    assert "Nothing to do: 3 periods are published and up to date, as of 2024-03" in result.stdout


def test_run_prints_json_and_nothing_else(folder: str) -> None:
    found = json.loads(segments("run", "--project", folder, "--json").stdout)
    assert found["published"] == []
    assert found["period"] == "2024-03"
    frequency = [one for one in found["segments"] if one["scheme"] == "purchase_frequency"]
    assert sum(one["customers"] for one in frequency) == found["population"]
    assert sum(one["share"] for one in frequency) == pytest.approx(1, abs=len(frequency) * 5e-7)


def test_status_tells_what_is_due(folder: str) -> None:
    found = json.loads(segments("status", "--project", folder, "--json").stdout)
    assert {one["state"] for one in found["sources"]} == {"collected"}
    assert [one["state"] for one in found["periods"]] == ["up to date"] * 3
    assert "Nothing is due" in segments("status", "--project", folder).stdout


def test_show_follows_a_customer_with_reasons(folder: str) -> None:
    published = Path(folder) / "lake" / "published" / "customer_segments" / "2024-03.parquet"
    import pyarrow.parquet as pq

    customer = pq.read_table(published, columns=["customer_id"], partitioning=None)["customer_id"][0].as_py()
    record = json.loads(segments("show", "customer", customer, "--project", folder, "--json").stdout)
    assert (record["customer_id"], record["status"]) == (customer, "live")
    assert record["accounts"]
    found = record["segments"]
    assert {one["period"] for one in found} <= {"2024-01", "2024-02", "2024-03"}
    assert {one["scheme"] for one in found} >= {"rfm", "lifecycle", "satisfaction"}
    assigned = [one for one in found if one["status"] == "assigned" and one["scheme"] == "purchase_frequency"]
    assert assigned
    assert all(one["reasons"] for one in assigned)


def test_show_reconciles_rows(folder: str) -> None:
    found = json.loads(segments("show", "rows", "--project", folder, "--json").stdout)
    assert {one["source"] for one in found} == {"till", "crm", "catalogue", "mailings"}
    for one in found:
        explained = one["rows_kept_count"] + one["duplicates_dropped_count"] + one["rows_quarantined_count"]
        assert one["rows_read_count"] == explained


def test_a_finding_that_was_asked_for_is_an_exit_code_of_the_run_that_published_it(tmp_path: Path) -> None:
    write_company(tmp_path, customers=15, months=1)
    lines = (tmp_path / "orders.csv").read_text("utf-8").splitlines()
    place = lines[0].split(",").index("quantity")
    for at in range(1, len(lines), 5):  # a fifth of the rows: more than the tenth that makes a source suspect
        row = lines[at].split(",")
        lines[at] = ",".join([*row[:place], "many", *row[place + 1 :]])
    (tmp_path / "orders.csv").write_text("\n".join(lines), "utf-8")
    asked = ("run", "--project", str(tmp_path), "--fail-on", "minor")

    published = segments(*asked)

    assert "Published 1 periods" in published.output
    assert published.exit_code == 4
    assert segments(*asked).exit_code == 0, "nothing was published: it has been said"


def test_show_lists_segments_and_one_of_them_whole(folder: str) -> None:
    listed = json.loads(segments("show", "segments", "--project", folder, "--json").stdout)
    by_scheme: dict[str, int] = {}
    for one in listed:
        by_scheme[one["scheme"]] = by_scheme.get(one["scheme"], 0) + one["customers"]
    assert len(set(by_scheme.values())) == 1, "every scheme has all customers"
    asked = next(one for one in listed if one["segment"].startswith("rfm:") and one["customers"])

    found = json.loads(segments("show", "segment", asked["segment"], "--project", folder, "--json").stdout)

    assert found["sizes"][-1]["customers"] == found["flows"]["population_count"] == asked["customers"]
    assert found["playbook"]["handling"]
    assert found["portrait"][0]["rank"] == 1
    named = json.loads(segments("show", "segment", asked["label"], "--project", folder, "--json").stdout)
    assert named == found


def test_show_says_where_customers_of_a_segment_are_in_other_schemes(folder: str) -> None:
    published = Path(folder) / "lake" / "published" / "customer_segments" / "2024-03.parquet"
    wide = pd.read_parquet(published)
    here = wide[wide.purchase_frequency_segment == "high"]

    shown = json.loads(
        segments("show", "overlap", "purchase_frequency:high", "--project", folder, "--json").stdout
    )

    # nothing is told of a scheme that puts everybody in one state
    telling = {one for one in shown_schemes(wide) if wide[f"{one}_segment"].nunique() > 1}
    assert {one["scheme"] for one in shown} == telling - {"purchase_frequency"}
    assert len(telling) > 5
    for one in shown:
        column = wide[f"{one['scheme']}_segment"]
        state = one["segment"].partition(":")[2] or one["segment"]
        both = int((here[f"{one['scheme']}_segment"] == state).sum())
        assert one["customers"] == both >= 10
        assert one["share"] == pytest.approx(both / len(here), abs=1e-6)
        assert one["lift"] == pytest.approx(both / len(here) / (column == state).mean(), abs=1e-3)


def shown_schemes(wide: pd.DataFrame) -> set[str]:
    return {name.removesuffix("_segment") for name in wide.columns if name.endswith("_segment")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "horoscope"), "not something to show"),
        (("show", "customer", "c_nobody"), "no customer has or had this id"),
        (("show", "segment", "rfm:kings"), "no published segment has this id"),
        (("show", "segment", "high"), "several segments are called so"),
        (("show", "overlap", "Kings"), "no published segment has this id"),
        (("show", "overlap"), "it is not said which"),
        (("show", "--period", "1999-01"), "not published"),
        (("run", "--through", "1999-01"), "not a complete period"),
    ],
)
def test_what_cannot_be_done_is_one_paragraph_and_exit_code_2(
    folder: str, arguments: tuple[str, ...], said: str
) -> None:
    result = segments(*arguments, "--project", folder)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_check_shows_masked_rows_and_verifies_the_publication(folder: str) -> None:
    found = json.loads(segments("check", "--project", folder, "--json").stdout)
    assert found["problems"] == []
    till = next(one for one in found["sources"] if one["source"] == "till")
    assert till["rows_inside"] > 0
    assert {row["source_account_id"] for row in till["sample"]} <= {"***", None}


def test_check_finds_a_spoiled_publication(tmp_path: Path) -> None:
    write_company(tmp_path, customers=20, months=1)
    (tmp_path / "orders.csv").unlink()
    result = segments("check", "--project", str(tmp_path), "--json")
    assert result.exit_code == 3
    assert "orders.csv" in json.loads(result.stdout)["problems"][0]


def test_the_report_can_be_written_in_chinese(folder: str, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    result = segments("report", "--project", folder, "--language", "zh", "--to", str(target))
    assert result.exit_code == 0
    page = target.read_text(encoding="utf-8")
    assert "购买频率" in page
    assert len(page.encode()) < 5_000_000


def test_without_a_project_the_way_in_is_shown(tmp_path: Path) -> None:
    result = segments("status", "--project", str(tmp_path))
    assert result.exit_code == 2
    assert "data/complete_journey" in result.output
