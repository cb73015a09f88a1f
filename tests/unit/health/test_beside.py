"""Rows that are missing while another source goes on: what a season of both cannot hide."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.health import source_health
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.health.deliveries import SOURCE, Frame, lines, profile

MONTHS = 10
OTHER = "mall"


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    settings: Any = shop_settings()
    both = settings["sources"] | {OTHER: settings["sources"]["till"] | {"account_space": "mall"}}
    return write_project(first_period="2023-01", last_period="2025-12", sources=both)


def _only(rows: Frame, share: float, seed: list[int]) -> Frame:
    orders = pd.factorize(rows["order"])[0]
    return rows[np.random.default_rng(seed).random(orders.max() + 1)[orders] < share]


def _told(project: Project, lost: float) -> dict[str, dict[str, Any]]:
    """States in the last month, when business grows after months that swing: ``lost`` is the share of the
    orders of the till that are missing."""
    calendar, profiles, states = project.calendar, [], []
    periods = calendar.between("2023-01", "2023-10")
    for place, period in enumerate(periods):
        level = 1.0 if place == MONTHS - 1 else (0.4, 0.6, 0.8)[place % 3]
        for number, source in enumerate((SOURCE, OTHER)):
            share = level * (1 - lost if place == MONTHS - 1 and source == SOURCE else 1)
            some = profile(_only(lines(calendar, period, number), share, [place, number]), period)
            name = pa.array([source] * some.num_rows)
            profiles.append(some.set_column(some.schema.get_field_index("source"), "source", name))
        past = pa.concat_tables(states) if states else None
        states.append(source_health(pa.concat_tables(profiles), past, period, project))
    return {row["source"]: row for row in states[-1].to_pylist()}


def test_orders_that_growth_would_hide_are_missed_beside_another_source(project: Project) -> None:
    told = _told(project, 0.4)
    now = told[SOURCE]
    assert now["source_state"] in ("suspect", "broken")
    assert now["signals"] == "beside"
    assert now["affected_share"] == pytest.approx(0.4, abs=0.08)
    assert f"beside those of {OTHER}" in now["explanation"]
    assert told[OTHER]["source_state"] not in ("suspect", "broken")


def test_growth_of_both_is_no_fault(project: Project) -> None:
    told = _told(project, 0.0)
    assert {row["source_state"] for row in told.values()} == {"healthy"}
