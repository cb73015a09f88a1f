"""Findings about features that are not published: the change, and nothing that one value follows from."""

from dataclasses import replace

import pytest

from pipeline.drift.measured import Measured
from pipeline.drift.measures import Test
from pipeline.drift.withheld import coarse

INCOME = Measured(
    "feature", "income_amount", "mean_change", "The mean of income_amount is 52344, 52194 before",
    value=52344, compared_value=52194, effect=0.0312, is_relevant=True,
    test=Test(2.27, 1.0, 0.0234), p_value=0.0234,
)  # fmt: skip


def test_figures_are_coarse_and_no_mean_is_told() -> None:
    (one,) = coarse([INCOME], {"income_amount"})
    assert one.said == ("The mean of income_amount differs by +0.0 standard deviations from the one before")
    assert (one.value, one.compared_value, one.effect, one.score, one.p_value) == (None, None, 0, 2, 0.03)
    assert one.is_relevant


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("kolmogorov_smirnov", "The distribution of income_amount differs by 0.12 from the one before"),
        ("spread_change", "The logarithm of the spread of income_amount differs by +0.0 from the one before"),
        ("missing_share_change", "income_amount is not known of 12% of customers, +0.03 from before"),
        ("new_category_share", "income_amount has a new category, with 12% of customers"),
    ],
)
def test_every_measure_has_a_coarse_sentence(measure: str, said: str) -> None:
    (one,) = coarse([replace(INCOME, measure=measure, value=0.1234, compared_value=0.1)], {"income_amount"})
    assert one.said == said


def test_what_a_few_customers_have_is_not_told() -> None:
    assert coarse([replace(INCOME, measure="tail_share_change")], {"income_amount"}) == []


def test_other_findings_stay_as_they_are() -> None:
    assert coarse([INCOME], {"age_group"}) == [INCOME]


@pytest.mark.parametrize(
    ("exact", "told"), [(0.0, 0.0), (0.02, 0.02), (0.0201, 0.03), (0.95, 1.0), (1.0, 1.0), (9.1e-12, 1e-11)]
)
def test_p_values_are_never_too_small(exact: float, told: float) -> None:
    (one,) = coarse([replace(INCOME, p_value=exact)], {"income_amount"})
    assert one.p_value == pytest.approx(told)
