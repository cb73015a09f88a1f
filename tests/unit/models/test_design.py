"""A column counts by its scale, and for no more than the most that is said of it, in a fit and ever after."""

import numpy as np
import pyarrow as pa

from pipeline.models.design import Column, columns_of, fit_design
from pipeline.models.frame import Frame
from pipeline.models.probability import additive, logistic

SIZE = 2_000
DAYS, RATE = Column("days", is_skewed=True, most=365.0), Column("rate", is_skewed=False)


def frame(days: np.ndarray, seed: int = 1) -> Frame:
    rate = np.random.default_rng(seed).normal(size=len(days))
    return Frame(pa.array([str(one) for one in range(len(days))]), {"days": days, "rate": rate}, {})


def test_values_above_the_most_count_as_so_much():
    design = fit_design([DAYS], frame(np.array([10.0, 365.0, 400.0, 5_000.0])))
    found = columns_of(design, frame(np.array([10.0, 365.0, 366.0, 9_000.0])))[:, 0]
    assert found[0] < found[1]
    assert found[1] == found[2] == found[3]


def test_a_column_without_a_most_and_a_design_of_before_there_was_one_count_all():
    plain = Column("days", is_skewed=True)
    values = frame(np.array([10.0, 365.0, 5_000.0]))
    design = fit_design([plain], values)
    assert "most" not in design[0]
    assert (np.diff(columns_of(design, values)[:, 0]) > 0).all()


def test_nobody_is_steadier_for_no_other_reason_than_that_the_records_go_on():
    """Who comes late into the records comes seldom, so a short time tells of it; a longer one of nothing."""
    random = np.random.default_rng(2)
    days = random.uniform(0, 700, SIZE)
    outcome = (random.random(SIZE) < np.where(days < 200, 0.6, 0.2)).astype(float)
    now, later = frame(days), frame(np.maximum(days, 365.0) + 3_650)
    known = frame(np.full(SIZE, 365.0))
    by_lines = logistic.fit([DAYS, RATE], now, outcome)
    np.testing.assert_allclose(logistic.score(by_lines, later), logistic.score(by_lines, known))
    by_steps = additive.fit([DAYS, RATE], now, outcome, 1)
    np.testing.assert_allclose(additive.score(by_steps, later), additive.score(by_steps, known))
    unbounded = logistic.fit([Column("days", is_skewed=True), RATE], now, outcome)
    assert (logistic.score(unbounded, later) < logistic.score(unbounded, known) - 0.5).all()
