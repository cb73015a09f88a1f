"""Findings about features that are not published: the change, and nothing that one value follows from."""

from dataclasses import replace

import pytest

from pipeline.drift.verdicts import Measured
from pipeline.drift.withheld import coarse

INCOME = Measured(
    "feature", "income_amount", "kolmogorov_smirnov", "The mean of income_amount is 52344, 52194 before",
    value=0.012345, effect=0.0312, stability=0.0044, distance=151.7, p_value=0.0234, is_relevant=True,
)  # fmt: skip


def test_figures_are_coarse_and_no_mean_is_told() -> None:
    (one,) = coarse([INCOME], {"income_amount"})
    assert one.said == (
        "The distribution of income_amount differs by 0.01 from the one before, "
        "its mean by +0.0 standard deviations"
    )
    assert (one.value, one.effect, one.stability, one.distance, one.p_value) == (0.01, 0, 0, None, 0.03)
    assert one.is_relevant


def test_other_findings_stay_as_they_are() -> None:
    assert coarse([INCOME], {"age_group"}) == [INCOME]


@pytest.mark.parametrize(
    ("exact", "told"), [(0.0, 0.0), (0.02, 0.02), (0.0201, 0.03), (0.95, 1.0), (1.0, 1.0), (9.1e-12, 1e-11)]
)
def test_p_values_are_never_too_small(exact: float, told: float) -> None:
    (one,) = coarse([replace(INCOME, p_value=exact)], {"income_amount"})
    assert one.p_value == pytest.approx(told)
