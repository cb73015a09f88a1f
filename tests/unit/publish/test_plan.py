from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import Lake
from pipeline.publish.manifest import Manifest, PublishedPeriod
from pipeline.publish.plan import code_digest, fingerprints, raw_digest, stale_periods

PERIODS = ["2024-01", "2024-02", "2024-03"]


def collect(lake: Lake, period: str, rows: list[int]) -> None:
    path = lake.file("raw/till", period)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"quantity": rows}), path)


@pytest.fixture
def collected(lake) -> Lake:
    for period in PERIODS:
        collect(lake, period, [1, 2, 3])
    return lake


def manifest(**periods: str) -> Manifest:
    now = datetime(2024, 6, 1, tzinfo=UTC)
    entries = {
        key: PublishedPeriod(revision=1, as_of=now, provenance={"fingerprint": one})
        for key, one in periods.items()
    }
    return Manifest(
        project="shop",
        title="",
        currency="EUR",
        time_zone="UTC",
        code_version="0",
        publication=1,
        published_at=now,
        tables={},
        periods=entries,
    )


def test_all_are_due_before_the_first_publication(project, collected):
    assert stale_periods(project, collected, None, PERIODS) == PERIODS


def test_nothing_is_due_when_inputs_settings_and_code_are_the_same(project, collected):
    done = manifest(**fingerprints(project, collected, PERIODS, "code"))
    assert stale_periods(project, collected, done, PERIODS, "code") == []


def test_a_new_period_is_due_alone(project, collected):
    done = manifest(**fingerprints(project, collected, PERIODS[:2], "code"))
    assert stale_periods(project, collected, done, PERIODS, "code") == PERIODS[2:]


def test_a_late_row_makes_its_period_and_all_later_ones_due(project, collected):
    done = manifest(**fingerprints(project, collected, PERIODS, "code"))
    collect(collected, "2024-02", [1, 2, 3, 4])
    assert stale_periods(project, collected, done, PERIODS, "code") == PERIODS[1:]


def test_changed_code_or_settings_make_everything_due(project, collected, write_project):
    done = manifest(**fingerprints(project, collected, PERIODS, "code"))
    assert stale_periods(project, collected, done, PERIODS, "other code") == PERIODS
    assert stale_periods(write_project(seed=5), collected, done, PERIODS, "code") == PERIODS


def test_settings_that_change_no_value_make_nothing_due(project, collected, write_project):
    done = manifest(**fingerprints(project, collected, PERIODS, "code"))
    other = write_project(report={"language": "zh"}, last_period="2024-04", engine={"threads": 1})
    assert stale_periods(other, collected, done, PERIODS, "code") == []


def test_a_source_not_collected_yet_differs_from_one_without_rows(project, lake):
    absent = raw_digest(lake, project, "2024-01")
    collect(lake, "2024-01", [])
    assert raw_digest(lake, project, "2024-01") != absent


def test_the_code_digest_changes_with_any_module(monkeypatch, tmp_path):
    (tmp_path / "a.py").write_text("x = 1")
    monkeypatch.setattr("pipeline.__file__", str(tmp_path / "__init__.py"))
    first = code_digest()
    assert code_digest() == first
    (tmp_path / "a.py").write_text("x = 2")
    assert code_digest() != first
