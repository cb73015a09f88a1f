"""The ledger of web visits: sums, and of how many visits each is known."""

from decimal import Decimal

from pipeline.ledgers.web import web
from tests.unit.ledgers.lines import Company, at, events


def test_visits_are_summed_by_account_and_period(engine):
    visits = events(
        "web_visits",
        {"started_at": "2024-01-02 08:00", "pages_count": 4, "duration_seconds": Decimal("60.5"),
         "device": "Phone", "entry_channel": "search", "carts_count": 2, "is_converted": True},
        {"started_at": "2024-01-20 08:00", "pages_count": None, "duration_seconds": Decimal(30),
         "device": "Desktop", "entry_channel": "billboard", "carts_count": 1, "is_converted": False},
        {"started_at": "2024-01-21 08:00", "pages_count": 1, "carts_count": 3},
        {"started_at": "2024-01-22 08:00", "carts_count": 0, "is_converted": False},
        {"started_at": "2024-02-01 00:00"},
        {"started_at": "2024-01-05 09:00", "account_id": "a_2", "is_converted": True},
    )  # fmt: skip
    table = web.of({"web_visits": engine.from_arrow(visits)}, Company())
    assert list(table.columns) == web.table.columns
    rows = {(row["period"], row["account_id"]): row for row in engine.to_arrow(table).to_pylist()}
    assert {key: row["visits_count"] for key, row in rows.items()} == {
        ("2024-01", "a_1"): 4, ("2024-02", "a_1"): 1, ("2024-01", "a_2"): 1,
    }  # fmt: skip
    assert rows["2024-01", "a_1"] == {
        "period": "2024-01", "account_id": "a_1", "visits_count": 4,
        "pages_count": 5, "paged_visits_count": 2,
        "duration_seconds_sum": Decimal("90.5"), "timed_visits_count": 2,
        "cart_told_visits_count": 4, "cart_visits_count": 3,
        "cart_ended_visits_count": 2, "cart_left_visits_count": 1,
        "conversion_told_visits_count": 3, "converted_visits_count": 1,
        "device_told_visits_count": 2, "mobile_visits_count": 1,
        "search_entries_count": 1, "other_entries_count": 1, "ads_entries_count": 0, "email_entries_count": 0,
        "social_entries_count": 0, "direct_entries_count": 0, "referral_entries_count": 0,
        "last_visit_at": at("2024-01-22 08:00"),
        "first_event_at": at("2024-01-02 08:00"), "last_event_at": at("2024-01-22 08:00"),
    }  # fmt: skip
    nothing_told = {
        name: value for name, value in rows["2024-02", "a_1"].items() if name.endswith("told_visits_count")
    }
    assert set(nothing_told.values()) == {0}
    assert rows["2024-02", "a_1"]["pages_count"] == 0
