"""What carries a change: the group that made it is named, and none where all changed alike."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.drift.binning import Row
from pipeline.drift.carriers import Carrier, GroupSums, carrier, profile_name

RNG = np.random.default_rng(6)
SIZE = 6000
CHANNELS = RNG.choice(["web", "shop", "app", "mail"], SIZE, p=[0.4, 0.3, 0.2, 0.1])
SEGMENTS = RNG.choice(["rfm:champions", "rfm:at_risk"], SIZE)
MONEY = RNG.lognormal(3, 1, SIZE)
KINDS = ["rfm", "channel"]


def sums(values: np.ndarray, channels: np.ndarray = CHANNELS, batches: int = 3) -> dict[str, list[Row]]:
    found = {}
    for kind, labels in (("rfm", SEGMENTS), ("channel", channels)):
        one = GroupSums(kind, ["spend"])
        for part, some in zip(np.array_split(labels, batches), np.array_split(values, batches), strict=True):
            one.add(pa.array(part.tolist(), pa.string()), {"spend": some})
        found[profile_name(kind, "spend")] = one.rows("spend")
    return found


def named(values: np.ndarray, channels: np.ndarray = CHANNELS) -> Carrier | None:
    return carrier("spend", KINDS, sums(MONEY), sums(values, channels))


def test_sums_are_those_of_the_groups_in_any_batches() -> None:
    rows = {row["bin_label"]: row for row in sums(MONEY)[profile_name("channel", "spend")]}
    web = MONEY[CHANNELS == "web"]
    assert rows["web"]["bin_count"] == web.size
    assert rows["web"]["bin_sum"] == pytest.approx(web.sum())
    assert sums(MONEY, batches=1) == sums(MONEY, batches=7)


def test_missing_values_and_small_groups_are_not_told_apart() -> None:
    one = GroupSums("channel", ["spend"])
    one.add(
        pa.array(["a"] * 20 + ["b"] * 3 + [None] * 12),
        {"spend": np.array([1.0] * 19 + [np.nan] + [5.0] * 15)},
    )
    counts = {row["bin_label"]: (row["bin_count"], row["bin_sum"]) for row in one.rows("spend")}
    assert counts == {"a": (19, 19.0), "missing": (12, 60.0), "other": (3, 15.0)}


@pytest.mark.parametrize("group", ["web", "shop", "app", "mail"])
def test_the_group_that_spends_more_is_named(group: str) -> None:
    found = named(np.where(group == CHANNELS, 1.5, 1.0) * MONEY)
    assert found is not None
    assert found.name == f"channel: {group}"
    assert found.part == pytest.approx(1, abs=0.01)


def test_a_segment_bears_its_own_name() -> None:
    found = named(np.where(SEGMENTS == "rfm:champions", 2.0, 1.0) * MONEY)
    assert found is not None
    assert found.name == "rfm:champions"
    assert "100% of the change" in found.said


def test_nobody_carries_what_all_do() -> None:
    assert named(1.1 * MONEY) is None
    assert named(MONEY) is None


def test_a_group_that_one_side_counts_among_others_is_no_carrier() -> None:
    before, now = sums(MONEY), sums(1.1 * MONEY)
    for row in before[profile_name("channel", "spend")]:
        if row["bin_label"] == "mail":
            row["bin_label"] = "other"
    before[profile_name("channel", "spend")] = [
        row for row in before[profile_name("channel", "spend")] if row["bin_count"]
    ]
    assert carrier("spend", KINDS, before, now) is None


def test_kinds_without_sums_are_passed_over() -> None:
    assert carrier("spend", ["colour"], sums(MONEY), sums(2 * MONEY)) is None
