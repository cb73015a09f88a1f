"""Trouble in rows: every kind marked, every row counted once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.simulate.frames import Frame, column, constant, numbered, size
from pipeline.simulate.plan import NEVER, Plan
from pipeline.simulate.planting import SHARES, Bad, Trouble, held, plant

PLAN = Plan(customers=100, periods=4, seed=1)
ALL = ("exact_duplicate", "key_duplicate", "late", "corrected", "deleted")
TROUBLE = Trouble(
    "id",
    ALL,
    (Bad("account_missing", "who", None), Bad("time_unreadable", "at", "never", has_no_time=True)),
    "value",
    (1, 2, 3),
    stamp="changed",
)


def _rows(count: int) -> Frame:
    return {
        "id": numbered("r", 1, count),
        "who": constant("a", count),
        "at": constant("2024-01-05", count),
        "value": column([1 + one % 3 for one in range(count)]),
        "changed": constant("old", count),
    }


def _kind(rows: Frame, kind: str) -> Frame:
    return {name: values[rows["_kind"] == kind] for name, values in rows.items()}


def test_each_kind_is_there_in_its_share_and_good_rows_are_left_as_they_are():
    rows = plant(PLAN, "x", 1, _rows(1_000), TROUBLE, "new")
    for kind in ALL:
        assert size(_kind(rows, kind)) == np.ceil(SHARES[kind] * 1_000)
    good = _kind(rows, "good")
    assert set(good["_visible"]) == {1}
    assert set(good["_gone"]) == {NEVER}


def test_a_correction_replaces_a_row_and_has_another_value_and_stamp():
    rows = plant(PLAN, "x", 1, _rows(1_000), TROUBLE, "new")
    old, new = _kind(rows, "superseded"), _kind(rows, "corrected")
    assert sorted(old["id"]) == sorted(new["id"])
    values = dict(zip(old["id"], old["value"], strict=True))
    assert all(values[key] != value for key, value in zip(new["id"], new["value"], strict=True))
    assert set(new["changed"]) == {"new"}
    assert set(old["_gone"]) == set(new["_visible"]) == {2}


def test_a_bad_row_has_a_number_of_its_own_and_breaks_one_rule():
    rows = _kind(plant(PLAN, "x", 2, _rows(1_000), TROUBLE, "new"), "bad")
    assert all(one.endswith("x") for one in rows["id"])
    for rule, who, at, period in zip(rows["_rule"], rows["who"], rows["at"], rows["_period"], strict=True):
        if rule == "account_missing":
            assert (who, at, period) == (None, "2024-01-05", 2)
        else:
            assert (rule, who, at, period) == ("time_unreadable", "a", "never", 0)


def test_the_last_period_has_nothing_that_would_come_after_it():
    rows = plant(PLAN, "x", 3, _rows(1_000), TROUBLE, None)
    assert set(rows["_kind"]) == {"good", "exact_duplicate", "key_duplicate", "bad"}


@settings(max_examples=25, deadline=None)
@given(count=st.integers(0, 400), period=st.integers(0, 2))
def test_what_a_source_holds_follows_from_the_marks(count: int, period: int):
    """At the period's end: all but what comes later; afterwards: all but what went."""
    rows = plant(PLAN, "x", period, _rows(count), TROUBLE, "new")
    kinds = {kind: size(_kind(rows, kind)) for kind in ("late", "corrected", "deleted", "superseded")}
    assert size(held(rows, period)) == size(rows) - kinds["late"] - kinds["corrected"]
    assert size(held(rows, period + 1)) == size(rows) - kinds["deleted"] - kinds["superseded"]
    assert kinds["corrected"] == kinds["superseded"]
    assert size(held(rows, period - 1)) == 0
