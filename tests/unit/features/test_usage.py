"""Usage: rates by unit, their trends, services; as computed by hand."""

from decimal import Decimal
from math import exp, log
from typing import Any

import pytest

from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import events, line, order_lines

#: On Spark each of these takes most of a minute: what is whole runs there in ``test_customer_features``.
pytestmark = pytest.mark.duckdb_suffices

USED: list[tuple[str, str, Any, str]] = [
    ("2023-07-01 00:00", "mobile", 100, "minutes"),
    ("2023-09-15 00:00", "mobile", 91, "minutes"),
    ("2024-01-15 00:00", "mobile", 273, "minutes"),
    ("2024-02-15 00:00", "extras", 2, "add_ons"),
    ("2024-02-28 00:00", "app", "0.5", "gigabytes"),
    ("2024-03-01 00:00", "app", 1000, "gigabytes"),
]


@pytest.fixture
def found(engine, write_project):
    source = {
        "entity": "product_usage",
        "connector": {"kind": "file", "format": "csv", "path": "usage.csv"},
        "columns": {"source_account_id": "a", "used_at": "t", "service": "s", "usage_quantity": "q",
                    "usage_unit": "u"},
    }  # fmt: skip
    sources = shop_settings()["sources"] | {"usage": source}
    project = write_project(sources=sources, first_period="2023-07", retention_days=3650)
    used = events(
        "product_usage",
        *({"used_at": when, "service": service, "usage_quantity": Decimal(much), "usage_unit": unit}
          for when, service, much, unit in USED),
    )  # fmt: skip
    lines = order_lines(line("2023-08-01 10:00", account_id="a_2"))
    return features(engine, project, "2024-02", lines=lines, product_usage=used)


def test_quantities_are_rates_of_exposure_unit_by_unit(found):
    row, days = found["c_1"], 244  # from 1 July to the end of February
    assert row["minutes_per_30_days_12p"] == pytest.approx(464 * 30 / days, abs=1e-6)
    assert row["add_ons_per_30_days_12p"] == pytest.approx(2 * 30 / days, abs=1e-6)
    assert row["gigabytes_per_30_days_12p"] == pytest.approx(0.5 * 30 / days, abs=1e-6)
    assert row["logins_per_30_days_12p"] == 0
    counts = {one: row[f"{one}_uses_count_12p"] for one in ("minutes", "add_ons", "gigabytes", "logins")}
    assert counts == {"minutes": 3, "add_ons": 1, "gigabytes": 1, "logins": 0}
    assert (row["uses_count_12p"], row["uses_count_6p"], row["use_recency_days"]) == (5, 4, 2.0)


def test_a_trend_compares_rates_per_day_of_two_spans(found):
    now, before = 273 / 91, 91 / 91  # December to February, September to November
    assert found["c_1"]["minutes_trend_index_6p"] == pytest.approx((now - before) / (now + before), abs=1e-6)
    assert found["c_1"]["add_ons_trend_index_6p"] == 1
    assert found["c_1"]["logins_trend_index_6p"] is None


def test_services_are_counted_and_compared_by_their_uses(found):
    row = found["c_1"]
    assert (row["services_count_12p"], row["top_service_12p"]) == (3, "mobile")
    assert row["top_service_share_12p"] == pytest.approx(3 / 5)
    entropy = -sum(p * log(p) for p in (3 / 5, 1 / 5, 1 / 5))
    assert row["effective_services_12p"] == pytest.approx(exp(entropy), abs=1e-6)
    nothing = found["c_2"]
    assert (nothing["services_count_12p"], nothing["top_service_12p"]) == (0, None)
    assert nothing["minutes_per_30_days_12p"] == 0


def test_periods_with_a_use_are_counted_once_each_however_often_it_was_used(found):
    row = found["c_1"]  # used in July, September, January and twice in February
    counts = {span: row[f"used_periods_count_{span}p"] for span in (1, 3, 12)}
    assert counts == {1: 1, 3: 2, 12: 4}
    assert row["used_periods_share_12p"] == pytest.approx(4 / 8)  # a customer since July
    assert (row["use_recency_periods_12p"], row["use_tenure_periods_12p"]) == (0, 7)
    nothing = found["c_2"]
    assert (nothing["used_periods_count_12p"], nothing["used_periods_share_12p"]) == (0, 0)
    assert (nothing["use_recency_periods_12p"], nothing["use_tenure_periods_12p"]) == (None, None)
