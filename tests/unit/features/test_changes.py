"""When a customer's rate of orders changed: as by hand, calibrated, silent where nothing changed."""

import numpy as np
import pytest

from pipeline.features.changes import LEAST_COUNT, LEAST_PERIODS, SHAPE, change_sums
from pipeline.features.window import Window
from tests.unit.features.chain import features
from tests.unit.features.changed import DAYS, READINGS, change, planted, told
from tests.unit.ledgers.lines import UTC_MONTHS, line, order_lines


@pytest.fixture
def row_of(engine, write_project):
    """Features as of February 2024 of a customer with so many orders a month, the last of them in it."""
    project = write_project(first_period="2022-12", last_period="2024-02", retention_days=3650)

    def of(counts):
        months = UTC_MONTHS.back("2024-02", len(counts))
        days = [
            (month, day) for month, many in zip(months, counts, strict=True) for day in range(1, many + 1)
        ]
        lines = order_lines(*(line(f"{month}-{day:02} 10:00") for month, day in days))
        return features(engine, project, "2024-02", lines=lines)["c_1"]

    return of


def test_it_is_what_the_formula_says_by_hand(engine):
    counts, _, _ = planted(np.random.default_rng(5), 60)
    observed = np.random.default_rng(6).integers(1, 16, 60)
    found = told(engine, np.where(np.arange(12) < 12 - observed[:, None], 0, counts), observed)
    seen = 0
    for at, row in enumerate(counts):
        known = min(observed[at] - 1, 12)
        row = row[12 - known :]
        if known < LEAST_PERIODS or row.sum() < LEAST_COUNT:
            assert at not in found
            continue
        [probability], [age] = change(row[None], DAYS[-known:])
        assert found[at][0] == pytest.approx(probability, abs=1e-9)
        if probability < 0.5:
            assert found[at][1:] == (None, None)
            continue
        now, before = row[-age:].sum() / DAYS[-age:].sum(), row[:-age].sum() / DAYS[-known:-age].sum()
        assert found[at][1:] == (age, pytest.approx((now - before) / (now + before)))
        seen += 1
    assert seen >= 10


@pytest.mark.duckdb_suffices
def test_a_stop_and_a_burst_are_told_with_their_begin_and_way(row_of):
    row = row_of([2, 3, 2, 2, 3, 2, 2, 3, 2, 2, 0, 0, 0, 0])
    assert row["orders_change_probability_12p"] > 0.9
    assert (row["orders_change_age_periods_12p"], row["orders_change_index_12p"]) == (4, -1)
    row = row_of([1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 6, 5, 7])
    assert row["orders_change_age_periods_12p"] == 3
    assert row["orders_change_index_12p"] > 0.7


@pytest.mark.duckdb_suffices
@pytest.mark.parametrize("counts", [[3] * 6, [9, 1, 0, 1, 0, 1, 0, 0, 0], [1] + [0] * 13])
def test_too_short_or_too_quiet_a_past_tells_nothing(row_of, counts):
    row = row_of(counts)
    assert {row[name] for name in row if name.startswith("orders_change_")} == {None}


@pytest.mark.duckdb_suffices
@pytest.mark.parametrize("periods", [5, 6, 7])
def test_a_young_project_is_told_from_six_periods_on(engine, periods):
    window = Window(UTC_MONTHS, "2023-01", UTC_MONTHS.between("2023-01", "2023-12")[periods - 1])
    counts = np.array([[9] * (periods - 3) + [0] * 3])
    if periods < LEAST_PERIODS:
        assert change_sums(None, None, READINGS, window) is None
        return
    found = told(engine, counts, np.array([periods + 1]), window)
    assert found[0][1:] == (3, -1)


@pytest.mark.duckdb_suffices
@pytest.mark.parametrize("shape", [np.inf, SHAPE], ids=["Poisson", "rates vary by a quarter"])
def test_probabilities_mean_what_they_say_and_the_begin_is_near(engine, shape):
    counts, has_changed, age = planted(np.random.default_rng(7), 8000, shape)
    found = told(engine, counts, np.full(8000, 15))
    known = np.array(sorted(found))
    p, begin = np.array([found[at][0] for at in known]), np.array([found[at][1] or 0 for at in known])
    is_true, age = has_changed[known], age[known]
    for low, high in [(0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 1)]:
        within = (p >= low) & (p < high)
        error = 3 * np.sqrt(p[within].mean() * (1 - p[within].mean()) / within.sum())
        # Poisson customers vary less than is assumed: then more is true than is told
        assert is_true[within].mean() > p[within].mean() - error - 0.03
        if np.isfinite(shape):
            assert is_true[within].mean() < p[within].mean() + error + 0.03
    sure = is_true & (p > 0.8)
    assert (abs(begin - age)[sure] <= 1).mean() > 0.88
    assert (p[~is_true] > 0.8).mean() < 0.03


@pytest.mark.duckdb_suffices
def test_thousands_of_orders_stay_finite(engine):
    found = told(engine, [[2000] * 6 + [20000] * 6, [20000] * 12], [15, 15])
    assert found[0][:2] == (1.0, 6)
    assert found[1][0] < 0.05
