"""What a growing season hides, what gaps of a sequence show of it, and what may be called healthy."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.health.chance import Scale
from pipeline.health.steps import Step
from pipeline.settings import Project
from tests.unit.health.deliveries import ACCOUNTS, Fault, Frame, profile, watched

LAST = 7
Measured = Callable[[Frame, str], pa.Table]


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    return write_project(first_period="2023-01", last_period="2025-12")


def season(period: str, rows: Frame) -> Frame:
    """A part of the orders, larger and smaller from month to month, and all of them in the last."""
    month = int(period[-2:])
    share = 1.0 if month == LAST + 1 else (0.4, 0.55, 0.7)[month % 3]
    return only(share, month)(rows)


def only(share: float, seed: int) -> Fault:
    def keep(rows: Frame) -> Frame:
        orders = pd.factorize(rows["order"])[0]
        return rows[np.random.default_rng(seed).random(orders.max() + 1)[orders] < share]

    return keep


def every_other(rows: Frame) -> Frame:
    """Orders numbered one after another, every other number unused."""
    return rows.assign(number=1000.0 + 2 * pd.factorize(rows["order"])[0])


def with_returns(rows: Frame) -> Frame:
    """Orders numbered one after another; one in twelve is taken back, numbered in a series of its own."""
    orders = pd.factorize(rows["order"])[0]
    is_back = np.random.default_rng(4).random(orders.max() + 1)[orders] < 1 / 12
    return rows.assign(number=np.where(is_back, 500_000.0 + orders, orders))


def selling(fault: Fault, numbered: Fault | None) -> Measured:
    """A shop with that season, whose orders are ``numbered``; ``fault`` is done to the last month."""

    def measured(rows: Frame, period: str) -> pa.Table:
        sold = season(period, rows)
        if numbered:
            sold = numbered(sold)
        return profile(fault(sold) if int(period[-2:]) == LAST + 1 else sold, period)

    return measured


@pytest.mark.parametrize("numbered", [every_other, with_returns])
@pytest.mark.parametrize("share", [0.2, 0.3])
def test_orders_that_growth_would_hide_are_missed_in_their_sequence(
    project: Project, share: float, numbered: Fault
) -> None:
    now = watched(project, LAST + 1, {}, measured=selling(only(1 - share, 1), numbered))[-1]
    assert (now["source_state"], now["signals"]) == ("suspect", "numbers")
    assert abs(float(str(now["affected_share"])) - share) < 0.05
    assert "of the orders are missing" in str(now["explanation"])
    assert "订单" in str(now["explanation_zh"])


@pytest.mark.parametrize("numbered", [every_other, with_returns])
def test_growth_leaves_a_sequence_full(project: Project, numbered: Fault) -> None:
    told = watched(project, LAST + 1, {}, measured=selling(lambda rows: rows, numbered))
    assert not {row["source_state"] for row in told} & {"suspect", "broken"}
    assert told[-1]["source_state"] == "healthy"
    assert "of the orders could be missing on all days alike unseen" in str(told[-1]["explanation"])


def test_accounts_that_growth_would_hide_are_missed(project: Project) -> None:
    """A third of them, in a month in which those left come twice as often as before."""

    def lost(rows: Frame) -> Frame:
        return rows[np.random.default_rng(6).random(ACCOUNTS)[rows["account"]] > 1 / 3]

    now = watched(project, LAST + 1, {}, measured=selling(lost, None))[-1]
    assert (now["source_state"], now["signals"]) == ("suspect", "accounts")
    assert abs(float(str(now["affected_share"])) - 1 / 3) < 0.05


def test_where_growth_could_hide_half_of_the_orders_a_source_is_not_called_healthy(project: Project) -> None:
    now = watched(project, LAST + 1, {}, measured=selling(only(0.5, 1), None))[-1]
    assert now["source_state"] != "healthy"


def test_numbers_at_random_are_no_sequence(project: Project) -> None:
    """Their number a day is volume: a fall of it is no gap."""

    def measured(rows: Frame, period: str) -> pa.Table:
        sold = season(period, rows)
        drawn = np.random.default_rng(int(period[-2:])).permutation(10_000.0 + np.arange(len(rows)))
        return profile(sold.assign(number=drawn[pd.factorize(sold["order"])[0]]), period)

    told = watched(project, LAST + 1, {}, measured=measured)
    assert not any("numbers" in str(row["signals"]) for row in told)


def test_lines_that_vanish_at_random_are_counted_with_the_orders_that_vanish_whole() -> None:
    orders = {"1": 50.0, "2": 30.0, "5": 20.0}
    usual = Scale(0.05, 10)
    lost = 0.3
    left = 1 - sum(count / 100 * lost ** int(lines) for lines, count in orders.items())
    step = Step(float(np.log((1 - lost) / left)), usual, orders)
    assert abs(step.lost - lost) < 1e-6
    assert Step(step.size, usual).lost < lost, "fewer than seem to be missing"


def test_what_may_be_missing_unseen_grows_with_what_is_usual() -> None:
    calm, wild = (Step(0.0, Scale(size, 10)).unseen(0.05) for size in (0.05, 0.3))
    assert 0 < calm < 0.1 < 0.35 < wild < 0.5
    assert Step(0.5, Scale(0.05, 10)).unseen(0.05) == 0, "a rise beyond what is usual leaves nothing out"
