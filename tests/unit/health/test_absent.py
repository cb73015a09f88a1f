"""Accounts that are gone altogether, told apart from accounts that all come less."""

import numpy as np
import pytest

from pipeline.health.absent import left

ACCOUNTS = 1500


def periods(*seasons: float) -> list[dict[str, float]]:
    """Days with an event by account: who comes 1.2 times a period in the mean, some often and most seldom."""
    rng = np.random.default_rng(11)
    rates = rng.gamma(1.0, 1.2, ACCOUNTS)
    counts = [rng.poisson(rates * season) for season in seasons]
    return [{f"{key:04d}": float(days) for key, days in enumerate(one) if days} for one in counts]


def without(days: dict[str, float], share: float) -> dict[str, float]:
    gone = np.random.default_rng(12).random(ACCOUNTS) < share
    return {key: count for key, count in days.items() if not gone[int(key)]}


@pytest.mark.parametrize("share", [0.2, 0.3, 0.5])
@pytest.mark.parametrize("season", [0.6, 1.0, 1.7])
def test_accounts_that_are_lost_are_counted_in_any_season(share: float, season: float) -> None:
    *before, now = periods(1.0, 1.2, 0.9, season)
    found = left(before, without(now, share), None)
    assert found is not None
    assert 1 - np.exp(found[0]) == pytest.approx(share, abs=0.08)
    assert found[1] < 0.05


@pytest.mark.parametrize("season", [0.5, 0.7, 1.0, 2.0])
def test_where_all_come_less_or_more_nobody_is_lost(season: float) -> None:
    *before, now = periods(1.0, 1.1, 1.0, season)
    found = left(before, now, None)
    assert found is not None
    assert abs(found[0]) < 0.08


def test_one_period_says_nothing_of_how_often_its_accounts_come() -> None:
    before, now = periods(1.0, 1.0)
    assert left([before], now, None) is None
