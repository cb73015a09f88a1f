"""A company whose population takes in silent profiles: what is published of them."""

import json
from typing import Any

import pytest

from assets.running import bring_up_to_date
from pipeline.ids.accounts import account_id
from pipeline.settings import Project, load_project
from tests.company import write_company
from tests.conftest import KEY
from tests.lakes import lake_rows

SILENT = 30


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("population")
    at_once = {"warm_up_periods": 1, "min_customers_to_fit": 10}
    settings = {"population": "either", "report": {"language": "en"}, "segments": at_once}
    write_company(folder, customers=70, months=2, **settings)
    with (folder / "profiles.jsonl").open("a", encoding="utf-8") as file:
        for number in range(SILENT):
            file.write(json.dumps({"customer": f"silent{number}", "gender": "f", "city": "Lyon"}) + "\n")
    project = load_project(folder)
    assert len(bring_up_to_date(project).published) == 2
    return project


def rows(project: Project, table: str) -> list[dict[str, Any]]:
    return lake_rows(project.lake_path, table, project.last_period)


@pytest.mark.slow
def test_silent_customers_are_counted_with_zeros_and_no_guess(company: Project) -> None:
    names = {account_id(KEY, company, "shop", f"silent{n}").replace("a_", "c_", 1) for n in range(SILENT)}
    published = {row["customer_id"]: row for row in rows(company, "published/customer_segments")}
    assert names <= published.keys()
    ordered = {row["account_id"].replace("a_", "c_", 1) for row in rows(company, "customers/account_links")}
    assert ordered - names <= published.keys(), "whoever bought is in, too"
    for one in names:
        row = published[one]
        assert row["orders_count_12p"] == row["order_days_count_12p"] == 0
        assert row["net_amount_12p"] == 0
        assert row["recency_days"] is row["mean_gap_days_12p"] is row["overdue_ratio"] is None
        assert row["tenure_days"] > 0
        for scheme in ("purchase_frequency", "churn_risk", "loyalty", "rfm", "lifecycle"):
            assert row[f"{scheme}_segment"] == "insufficient_data", scheme
            assert row[f"{scheme}_confidence"] is None


@pytest.mark.slow
def test_the_flows_count_them_once(company: Project) -> None:
    flows = [row for row in rows(company, "published/segment_flows") if row["scheme"] == "loyalty"]
    assert sum(row["population_count"] for row in flows) == len(rows(company, "published/customer_segments"))
    short = next(row for row in flows if row["state"] == "insufficient_data")
    assert short["population_count"] >= SILENT
    assert sum(row["population_count"] for row in flows if row["state"] != "insufficient_data") > 0
