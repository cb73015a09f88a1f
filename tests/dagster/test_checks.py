"""Frames that checks of a table's contract look at."""

import gc
from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.lib import checks
from assets.lib.platform import Platform
from pipeline.quality import validate
from pipeline.tables.zones import ACCOUNT_PAIRS
from tests.company import write_company

SIZES = {"2024-01": 40, "2024-02": 30, "2024-03": 950}


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A lake with pairs of three periods; in the last each pair is there twice, and some have no key."""
    platform = Platform(write_company(tmp_path, customers=5, months=3)[0])
    for period, size in SIZES.items():
        accounts = [f"a{row // 2}" if row % 50 else None for row in range(size)]
        columns = {"period": [period] * size, "left_account_id": accounts, "right_account_id": ["b"] * size}
        schema = [one.with_nullable(True) for one in ACCOUNT_PAIRS.schema]
        arrays = [
            pa.array(columns[one.name], one.type) if one.name in columns else pa.nulls(size, one.type)
            for one in schema
        ]
        file = platform.lake.file(ACCOUNT_PAIRS.path, period)
        file.parent.mkdir(parents=True)
        pq.write_table(pa.table(arrays, schema=pa.schema(schema)), file)
    return platform


def test_frames_hold_every_row_once_and_rows_of_one_key_together(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "FRAME_ROWS", 100)
    frames = list(checks.frames(platform, ACCOUNT_PAIRS, list(SIZES)))
    assert len(frames) == 1 + 10
    assert [len(frame) for frame in frames[:1]] == [70]
    assert max(len(frame) for frame in frames) < 200
    keys = [Counter(zip(*(frame[one] for one in ACCOUNT_PAIRS.key), strict=True)) for frame in frames[1:]]
    assert sum(sum(one.values()) for one in keys) == SIZES["2024-03"]
    assert sum(len(one) for one in keys) == len(set().union(*keys)), "no key is in two frames"


def test_frames_that_were_checked_do_not_pile_up(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FRAME_ROWS", 100)
    monkeypatch.setattr(checks, "_LARGE_FRAME", 1)
    alive = []
    gc.collect()
    gc.disable()  # Python may look for cycles at any time, and seldom does
    try:
        for frame in checks.frames(platform, ACCOUNT_PAIRS, list(SIZES)):
            alive.append(sum(type(one) is pd.DataFrame for one in gc.get_objects()))
            validate(ACCOUNT_PAIRS, frame)
    finally:
        gc.enable()
    assert max(alive) <= alive[0] + 1


def test_a_table_without_rows_is_one_frame_without_rows(platform: Platform) -> None:
    (frame,) = checks.frames(platform, ACCOUNT_PAIRS, ["2023-12"])
    assert len(frame) == 0
    assert list(frame.columns) == ACCOUNT_PAIRS.columns
