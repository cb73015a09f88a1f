"""How segments go on: series from portraits, their gaps, what is too small or too young."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.segments import segment_forecasts
from pipeline.segments.outlook import MEASURES
from pipeline.tables.outlooks import SEGMENT_FORECASTS
from pipeline.tables.zones import PORTRAITS
from tests.unit.segments.synthetic import shop_with

pytestmark = pytest.mark.duckdb_suffices
SEGMENTS = [f"loyalty:s{at}" for at in range(6)]


@pytest.fixture
def shop(tmp_path):
    return shop_with(tmp_path)


def portrait(period, segment, count, orders, net):
    shared = {"period": period, "scheme": "loyalty", "segment_id": segment, "population_count": count,
              "known_share": 1.0, "rank": 1}  # fmt: skip
    means = {"orders_count_1p": orders / count, "net_amount_1p": net / count}
    return [
        shared | {"feature": name, "mean_value": None if orders is None else mean}
        for name, mean in means.items()
    ]


def told(engine, shop, rows, period):
    register = pa.table(
        {
            "segment_id": SEGMENTS,
            "scheme": ["loyalty"] * 6,
            "label": [f"S{at}" for at in range(6)],
            "label_zh": [f"分群{at}" for at in range(6)],
        }
    )
    portraits = engine.from_arrow(pa.Table.from_pylist(rows, schema=PORTRAITS.schema))
    found = segment_forecasts(portraits, register, period, shop)
    assert found.schema.equals(SEGMENT_FORECASTS.schema)
    return {
        (row["segment_id"], row["forecast_measure"], row["periods_ahead_count"]): row
        for row in found.to_pylist()
    }


def grown(shop, months, sizes=(100, 200, 300, 400, 500, 600)):
    """Segments that grow by a tenth of their first size each month, with two orders a customer."""
    periods = [shop.first_period]
    while len(periods) < months:
        periods.append(shop.calendar.next(periods[-1]))
    rng = np.random.default_rng(4)
    return periods, [
        row
        for at, period in enumerate(periods)
        for segment, size in zip(SEGMENTS, sizes, strict=True)
        for count in [int(size * (1 + at / 10)) + int(rng.integers(-2, 3))]
        for row in portrait(period, segment, count, 2 * count, 50.5 * count)
    ]


def test_every_measure_of_every_segment_is_told_three_periods_ahead(engine, shop):
    periods, rows = grown(shop, 10)
    found = told(engine, shop, rows, periods[-1])
    assert set(found) == {
        (one, measure, ahead) for one in SEGMENTS for measure in MEASURES for ahead in (1, 2, 3)
    }
    row = found["loyalty:s0", "customers", 2]
    assert row["expected_value"] == pytest.approx(210, abs=6)
    assert row["series_method"] == "drift"
    assert not row["is_plain"]
    assert row["scaled_error"] < row["plain_scaled_error"]
    assert (row["label"], row["label_zh"], row["past_periods_count"]) == ("S0", "分群0", 10)
    assert row["target_period"] == shop.calendar.next(shop.calendar.next(periods[-1]))
    assert found["loyalty:s5", "net_amount", 1]["expected_value"] == pytest.approx(50.5 * 1200, rel=0.02)


def test_only_the_past_is_looked_at(engine, shop):
    periods, rows = grown(shop, 10)
    later = portrait(shop.calendar.next(periods[8]), SEGMENTS[0], 9000, 1, 1)
    known = [row for row in rows if row["period"] <= periods[8]]
    assert told(engine, shop, known, periods[8]) == told(engine, shop, known + later, periods[8])


@pytest.mark.parametrize(
    ("months", "aheads"), [(1, set()), (5, set()), (6, {1}), (7, {1}), (8, {1, 2}), (10, {1, 2, 3})]
)
def test_so_far_ahead_is_told_as_there_is_a_record(engine, shop, months, aheads):
    periods, rows = grown(shop, months)
    assert {ahead for _, _, ahead in told(engine, shop, rows, periods[-1])} == aheads


def test_of_few_customers_and_after_a_gap_nothing_is_told(engine, shop):
    periods, rows = grown(shop, 10, sizes=(3, 200, 300, 400, 500, 600))
    rows = [one for one in rows if (one["segment_id"], one["period"]) != (SEGMENTS[1], periods[-2])]
    found = told(engine, shop, rows, periods[-1])
    assert {segment for segment, _, _ in found} == set(SEGMENTS[2:])


def test_without_orders_only_customers_are_told(engine, shop):
    periods, rows = grown(shop, 10)
    found = told(engine, shop, [one | {"mean_value": None} for one in rows], periods[-1])
    assert {measure for _, measure, _ in found} == {"customers"}
