"""Row accounts from planted rows, for collections at several moments."""

from typing import Any

from pipeline.simulate import expected_accounts, expected_rules

PERIODS = ["2024-01", "2024-02", "2024-03"]


def _row(kind: str, count: int, **changes: Any) -> dict[str, Any]:
    row = {
        "source": "till", "period": "2024-01", "kind": kind, "rule": None, "visible_period": "2024-01",
        "gone_period": None, "rows_count": count, "is_snapshot": False, "has_row_key": True,
    }  # fmt: skip
    return row | changes


PLANTED = [
    _row("good", 90),
    _row("exact_duplicate", 3),
    _row("bad", 2, rule="amount_unreadable"),
    _row("late", 4, visible_period="2024-02"),
    _row("superseded", 5, gone_period="2024-02"),
    _row("corrected", 5, visible_period="2024-02"),
    _row("deleted", 1, gone_period="2024-02"),
]


def _account(*steps: str, planted: list[dict[str, Any]] = PLANTED) -> dict[str, int]:
    return expected_accounts(planted, PERIODS, steps)["till", "2024-01"]


def test_one_collection_at_the_end_sees_only_what_is_left():
    assert _account("2024-03") == {
        "rows_read_count": 104, "rows_kept_count": 99, "duplicates_dropped_count": 3,
        "rows_withdrawn_count": 0, "rows_quarantined_count": 2, "late_rows_count": 0,
    }  # fmt: skip


def test_a_second_collection_sees_late_rows_and_withdraws_what_went():
    assert _account("2024-01", "2024-02") == {
        "rows_read_count": 110, "rows_kept_count": 99, "duplicates_dropped_count": 3,
        "rows_withdrawn_count": 6, "rows_quarantined_count": 2, "late_rows_count": 9,
    }  # fmt: skip


def test_without_a_row_key_nothing_is_withdrawn():
    planted = [row | {"has_row_key": False} for row in PLANTED]
    assert _account("2024-01", "2024-02", planted=planted)["rows_withdrawn_count"] == 0


def test_every_row_read_is_in_one_place():
    for steps in (["2024-03"], ["2024-01", "2024-03"], PERIODS):
        counts = _account(*steps)
        parts = [
            value for name, value in counts.items() if name not in ("rows_read_count", "late_rows_count")
        ]
        assert counts["rows_read_count"] == sum(parts)


def test_a_snapshot_is_read_for_every_period_since_the_step_before():
    planted = [
        _row("good", 7, is_snapshot=True),
        _row("good", 2, is_snapshot=True, visible_period="2024-03", period="2024-03"),
    ]
    read = {
        key: one["rows_read_count"]
        for key, one in expected_accounts(planted, PERIODS, ["2024-01", "2024-03"]).items()
    }
    assert read == {("till", "2024-01"): 7, ("till", "2024-02"): 7, ("till", "2024-03"): 9}


def test_rules_are_counted_with_kinds_of_duplicates_and_withdrawn_rows():
    assert expected_rules(PLANTED, PERIODS, ["2024-01", "2024-02"]) == {
        ("till", "exact_duplicate"): 3,
        ("till", "amount_unreadable"): 2,
        ("till", "deleted_or_corrected"): 6,
    }
