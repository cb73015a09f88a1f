"""A drill: attributes, features by formula and schemes over both, in ``project.yaml`` alone, in one run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import yaml

from tests.company import write_company

pytestmark = pytest.mark.slow

CUSTOMERS, PERIODS = 60, ["2024-01", "2024-02"]
CONTRACTS = ["Monthly", "One year", "two-year"]
DECLARED = """\
attributes:
  - attribute: contract_kind
    label: {en: Contract, zh: 合同}
    meaning: Kind of the contract.
    type: text
    values: [monthly, one_year, two_year]
    privacy: none
  - attribute: monthly_amount
    label: {en: Monthly charge, zh: 月费}
    meaning: Charge a month.
    type: amount
features:
  - feature: basket_value
    label: {en: Basket value, zh: 客单价}
    meaning: Value of bought lines per order.
    formula: orders.bought_amount / orders.orders_count
    unit: project currency
    minimum: 0
    null_meaning: no order in the window
  - feature: charge_in_baskets
    label: {en: Charge in baskets, zh: 月费折客单}
    meaning: The monthly charge, in baskets.
    formula: monthly_amount / basket_value
    unit: ratio
  - feature: is_bound
    label: {en: Bound, zh: 有约}
    meaning: The contract lasts a year or longer.
    formula: contract_kind IN ('one_year', 'two_year')
  - {feature: recency_days, label: {en: Silence, zh: 静默天数}}
schemes:
  - scheme: baskets
    kind: tier
    label: {en: Sizes of baskets, zh: 客单分层}
    score: [{feature: basket_value}, {feature: charge_in_baskets, direction: lowers}]
    borders: {quantiles: [0.25, 0.5, 0.75]}
    segments:
      huge: {label: {en: Huge baskets, zh: 巨单}, colour: "#123abc"}
      large: {label: {en: Large baskets, zh: 大单}}
      small: {label: {en: Small baskets, zh: 小单}}
      tiny: {label: {en: Tiny baskets, zh: 微单}}
  - scheme: ties
    kind: rules
    label: {en: Ties, zh: 约束}
    thresholds: {large: 40}
    evidence: [is_bound, basket_value]
    rules:
      - segment: bound_large
        when: {all: [{feature: is_bound, is: true}, {feature: basket_value, at_least: large}]}
        reasons: [is_bound, basket_value]
      - {segment: bound, when: {feature: is_bound, is: true}, reasons: [is_bound]}
      - {segment: free, reasons: [is_bound]}
    segments:
      bound_large: {label: {en: Bound with large baskets, zh: 有约大单}}
      bound: {label: {en: Bound only, zh: 仅有约}}
      free: {label: {en: Free of ties, zh: 无约}}
segments: {warm_up_periods: 1, min_customers_to_fit: 10, refit_every_periods: none, schemes: [baskets, ties]}
"""


def segments(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=800,
        env={**os.environ, "DAGSTER_HOME": ""},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    write_company(folder, CUSTOMERS, months=len(PERIODS))
    file = folder / "profiles.jsonl"
    rows = [json.loads(one) for one in file.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows):
        row |= {"contract": CONTRACTS[number % 3], "fee": f"{613 + number}.13"}
    rows[0]["contract"] = "for ever"
    file.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    settings = yaml.safe_load((folder / "project.yaml").read_text(encoding="utf-8"))
    columns = settings["sources"]["crm"]["columns"]
    columns |= {"contract_kind": "contract", "monthly_amount": "fee"}
    settings |= yaml.safe_load(DECLARED)
    (folder / "project.yaml").write_text(
        yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    segments("run", "--project", str(folder))
    page = folder / "report_zh.html"
    segments("report", "--project", str(folder), "--language", "zh", "--to", str(page))
    return folder


def rows(company: Path, table: str, period: str = PERIODS[-1]) -> list[dict[str, Any]]:
    found = ds.dataset(company / "lake" / table, partitioning="hive").to_table().to_pylist()
    return [row for row in found if row["period"] == period]


def test_attributes_are_typed_judged_and_survive(company: Path) -> None:
    clean = rows(company, "clean/profiles")
    assert {row["contract_kind"] for row in clean} == {"monthly", "one_year", "two_year"}
    aside = rows(company, "quarantine/profiles")
    assert [(row["rule"], row["column"]) for row in aside] == [("unknown_code", "contract_kind")]
    assert len(clean) == CUSTOMERS / 2 - 1
    linked = {row["account_id"] for row in rows(company, "customers/account_links")}
    active = [row for row in clean if row["account_id"] in linked]  # some never bought anything
    known = [row for row in rows(company, "customers/customers") if row["contract_kind"]]
    assert len(known) == len(active) > CUSTOMERS / 3
    values = rows(company, "customers/surviving_values")
    assert {"contract_kind", "monthly_amount"} <= {row["attribute"] for row in values}


def test_a_customer_is_shown_with_its_attributes(company: Path) -> None:
    known = next(row for row in rows(company, "customers/customers") if row["contract_kind"])
    found = json.loads(
        segments("show", "customer", known["customer_id"], "--project", str(company), "--json")
    )
    values = {row["attribute"]: row["value"] for row in found["values"]}
    assert values["contract_kind"] == known["contract_kind"]
    assert float(values["monthly_amount"]) == float(known["monthly_amount"])


def test_a_formula_says_what_the_same_feature_in_python_says(company: Path) -> None:
    wide = rows(company, "published/customer_segments")
    assert sum(row["basket_value"] is not None for row in wide) > CUSTOMERS / 2
    for row in wide:
        expected = row["average_order_amount_12p"]
        assert row["basket_value"] == (None if expected is None else pytest.approx(expected, abs=2e-6))
        bound = row["contract_kind"] and row["contract_kind"] != "monthly"
        assert row["is_bound"] == (None if row["contract_kind"] is None else bound)


def test_schemes_over_both_assign_customers_in_every_table(company: Path) -> None:
    assigned = rows(company, "published/segment_assignments")
    in_use = {scheme: {r["segment_id"] for r in assigned if r["scheme"] == scheme} for scheme in SEGMENTS}
    assert {scheme: found - {None} for scheme, found in in_use.items()} == SEGMENTS
    register = {row["segment_id"] for row in rows(company, "published/segment_register")}
    assert set().union(*SEGMENTS.values()) <= register
    for row in rows(company, "published/customer_segments"):
        if row["ties_segment"] == "bound_large":
            assert row["is_bound"]


SEGMENTS = {
    "baskets": {f"baskets:{one}" for one in ("huge", "large", "small", "tiny")},
    "ties": {f"ties:{one}" for one in ("bound_large", "bound", "free")},
}


def test_own_features_are_portrayed_and_watched_for_drift(company: Path) -> None:
    assert {"basket_value", "charge_in_baskets", "monthly_amount"} <= {
        row["feature"] for row in rows(company, "published/segment_portraits")
    }
    profiled = {row["feature"] for row in rows(company, "published/feature_profiles")}
    assert {"contract_kind", "monthly_amount", "basket_value", "charge_in_baskets", "is_bound"} <= profiled
    subjects = {row["subject"] for row in rows(company, "published/drift_findings")}
    assert {"contract_kind", "basket_value"} <= subjects


def test_what_is_quasi_is_told_of_nobody(company: Path) -> None:
    published = company / "lake" / "published"
    wide = pq.read_schema(next((published / "customer_segments").glob("*.parquet"))).names
    assert {"contract_kind", "basket_value", "is_bound"} <= set(wide)
    assert not {"monthly_amount", "charge_in_baskets"} & set(wide)
    reasons = [one for row in rows(company, "published/segment_assignments") for one in row["reasons"] or ()]
    told = {one["feature"]: one["value"] for one in reasons}
    assert told["charge_in_baskets"] is None
    assert told["basket_value"] is not None
    for row in rows(company, "published/segment_portraits"):
        if row["feature"] in ("monthly_amount", "charge_in_baskets"):
            assert row["mean_value"] is row["population_mean_value"] is None
    text = "".join(path.read_text(encoding="utf-8") for path in published.glob("*.md"))
    text += (published / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"\b6[1-4]\d\.13\b", text), "a charge of somebody"


def test_words_are_in_the_dictionary_and_in_both_reports(company: Path) -> None:
    published = company / "lake" / "published"
    dictionary = (published / "data_dictionary.md").read_text(encoding="utf-8")
    assert "| `contract_kind` | Contract | 合同 | own | Kind of the contract." in dictionary
    assert "| `basket_value` | Basket value | 客单价 | own |" in dictionary
    assert "| `recency_days` | Silence | 静默天数 |" in dictionary
    columns = pq.read_table(published / "data_dictionary.parquet").to_pylist()
    (column,) = [row for row in columns if row["column"] == "basket_value"]
    assert (column["unit"], column["null_meaning"]) == ("project currency", "no order in the window")
    pages = {
        "en": (published / "report.html").read_text(encoding="utf-8"),
        "zh": (company / "report_zh.html").read_text(encoding="utf-8"),
    }
    for word in ("Sizes of baskets", "Huge baskets", "Bound with large baskets", "Basket value"):
        assert word in pages["en"], word
    for word in ("客单分层", "巨单", "有约大单", "客单价"):
        assert word in pages["zh"], word
    assert "#123abc" in pages["en"], "the colour of a segment"
