"""Engagement on the web and on networks: values as counted by hand."""

from decimal import Decimal
from typing import Any

import pytest

from pipeline.features import FEATURES
from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import events, line, order_lines

#: On Spark each of these takes most of a minute: what is whole runs there in ``test_customer_features``.
pytestmark = pytest.mark.duckdb_suffices

TOLD = {
    "pages_count": "p", "duration_seconds": "d", "carts_count": "c", "is_converted": "b", "device": "v",
    "entry_channel": "e",
}  # fmt: skip


def sources(**visits: str) -> dict[str, Any]:
    """The shop with visits, of which the source maps ``visits``, and acts on networks."""

    def source(entity: str, **columns: str) -> dict[str, Any]:
        connector = {"kind": "file", "format": "csv", "path": f"{entity}.csv"}
        return {"entity": entity, "connector": connector, "columns": {"source_account_id": "a", **columns}}

    return shop_settings()["sources"] | {
        "site": source("web_visits", started_at="t", **visits),
        "networks": source("social_activity", occurred_at="t", network="n", act_kind="k"),
    }


def visit(
    when: str, pages: int | None, seconds: int, carts: int, bought: bool | None, device: str, entry: str
):
    return {
        "started_at": when, "pages_count": pages, "duration_seconds": Decimal(seconds), "carts_count": carts,
        "is_converted": bought, "device": device, "entry_channel": entry,
    }  # fmt: skip


VISITS = events(
    "web_visits",
    visit("2023-11-30 12:00", 10, 100, 1, True, "Phone", "search"),
    visit("2024-02-01 12:00", None, 50, 1, False, "Desktop", "newsletter"),
    visit("2024-02-02 12:00", 3, 30, 2, False, "Phone", "email"),
    visit("2024-02-28 00:00", 2, 20, 0, None, "Tablet", "search"),
    visit("2024-03-01 00:00", 9, 900, 9, True, "Phone", "ads"),
)
ACTS = events(
    "social_activity",
    *({"occurred_at": f"2024-02-0{day} 12:00", "network": "weibo", "act_kind": kind}
      for day, kind in enumerate(["like", "like", "share", "mention", "comment"], 1)),
)  # fmt: skip


@pytest.fixture
def found(engine, write_project):
    project = write_project(sources=sources(**TOLD), first_period="2023-11", retention_days=3650)
    lines = order_lines(line("2024-02-03 10:00", account_id="a_2"))
    return features(engine, project, "2024-02", lines=lines, web_visits=VISITS, social_activity=ACTS)


def test_visits_are_counted_and_measured_over_the_window(found):
    expected = {
        "web_visits_count_3p": 3,
        "web_visits_count_12p": 4,
        "web_visit_recency_days": 2.0,
        "web_pages_per_visit_12p": 15 / 3,
        "web_seconds_per_visit_12p": 200 / 4,
        "web_conversion_share_12p": 1 / 3,
        "web_cart_share_12p": 3 / 4,
        "web_carts_count_12p": 3,
        "web_carts_left_share_12p": 2 / 3,
        "web_mobile_share_12p": 3 / 4,
        "web_top_entry_12p": "email",  # as often as search: alphabetical
        "web_top_entry_share_12p": 2 / 4,
    }
    known = {
        name: value for name, value in found["c_1"].items() if name.startswith("web_") and name in expected
    }
    assert known == {
        name: value if isinstance(value, str | int) else pytest.approx(value, abs=1e-6)
        for name, value in expected.items()
    }


def test_acts_are_counted_by_kind(found):
    row = found["c_1"]
    kinds = ("likes", "shares", "mentions", "comments", "follows", "unfollows")
    assert [row[f"social_{kind}_count_12p"] for kind in kinds] == [2, 1, 1, 1, 0, 0]
    assert row["social_acts_count_12p"] == 5
    assert row["social_spreading_share_12p"] == pytest.approx(2 / 5)
    assert row["social_act_recency_days"] == 24.5


def test_whoever_never_came_has_counts_of_zero_and_no_shares(found):
    ours = [one for name, one in FEATURES.items() if name.startswith(("web_", "social_"))]
    row = found["c_2"]
    assert {one.name for one in ours if row[one.name] is None} == {one.name for one in ours if one.null}
    assert {row[one.name] for one in ours if not one.null} == {0}


def test_what_no_source_tells_of_a_visit_is_not_known(engine, write_project):
    project = write_project(sources=sources(), first_period="2023-11", retention_days=3650)
    given = {name for name in project.givable if name.startswith("web_")}
    assert {"web_visits_count_3p", "web_visits_count_12p", "web_visit_recency_days"} <= given
    assert not {"web_pages_per_visit_12p", "web_carts_left_share_12p", "web_top_entry_12p"} & given
