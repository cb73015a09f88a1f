"""The record of exports: there before anything leaves, never half a record, never one left out."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.export import Asked, Reach, Record, exports_of
from tests.unit.ledgers.lines import at

NOW, LATER = at("2024-04-01 09:30"), at("2024-04-01 09:31")
RECORD = Record(
    Asked("moves", "2024-03", "crm", scheme="rfm", cause="model", consent="mail", identifiers=("email",)),
    publication=3, revision=2, reach=Reach(9, 2, 1, 3), rows=4, destination="/tmp/x.csv",
)  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_an_export_is_begun_and_then_done_in_one_record(lake: Lake) -> None:
    begun = RECORD.begin(lake, NOW)
    [row] = exports_of(lake).to_pylist()
    assert (row["export_status"], row["begun_at"], row["ended_at"]) == ("begun", NOW, None)
    begun.done(LATER)
    [row] = exports_of(lake).to_pylist()
    assert (row["export_status"], row["ended_at"]) == ("done", LATER)
    assert (row["exported"], row["asked_scheme"], row["asked_segment_id"], row["asked_cause"]) == (
        "moves", "rfm", None, "model",
    )  # fmt: skip
    assert (row["of_period"], row["of_publication"], row["of_revision"]) == ("2024-03", 3, 2)
    assert (row["account_space"], row["consent_purpose"], row["identifiers"]) == ("crm", "mail", ["email"])
    assert (row["rows_count"], row["customers_count"], row["destination"]) == (4, 3, "/tmp/x.csv")


def test_the_newest_comes_first_and_a_failed_one_is_kept(lake: Lake) -> None:
    RECORD.begin(lake, NOW).failed(NOW)
    RECORD.begin(lake, LATER).done(LATER)
    assert exports_of(lake)["export_status"].to_pylist() == ["done", "failed"]


def test_exports_of_one_second_come_in_their_order(lake: Lake) -> None:
    moments = [NOW + timedelta(microseconds=at) for at in range(6)]
    for moment in moments:
        RECORD.begin(lake, moment)
    assert exports_of(lake)["begun_at"].to_pylist() == moments[::-1]


def test_records_are_the_owners_alone(lake: Lake) -> None:
    RECORD.begin(lake, NOW)
    folder = lake.root / "restricted" / "exports"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()] == [0o600]


def test_a_record_cut_off_while_it_was_written_is_none(lake: Lake) -> None:
    RECORD.begin(lake, NOW).done(NOW)
    (lake.root / "restricted" / "exports" / ".x.json.partial").write_text('{"export', encoding="utf-8")
    assert exports_of(lake).num_rows == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"export_id": 1}'])
def test_a_record_that_cannot_be_read_is_named_not_left_out(lake: Lake, text: str) -> None:
    RECORD.begin(lake, NOW).done(NOW)
    [path] = (lake.root / "restricted" / "exports").iterdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=path.name):
        exports_of(lake)


@pytest.mark.parametrize("begun_at", ["yesterday", None])
def test_a_time_that_is_none_is_named(lake: Lake, begun_at: str | None) -> None:
    RECORD.begin(lake, NOW)
    [path] = (lake.root / "restricted" / "exports").iterdir()
    row = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(row | {"begun_at": begun_at}), encoding="utf-8")
    with pytest.raises(InputError, match="it is no record of an export"):
        exports_of(lake)


def test_a_lake_without_exports_has_none(lake: Lake) -> None:
    assert exports_of(lake).num_rows == 0


def test_where_no_record_can_be_written_no_export_begins(lake: Lake) -> None:
    (lake.root / "restricted").mkdir(parents=True)
    (lake.root / "restricted" / "exports").write_text("in the way", encoding="utf-8")
    with pytest.raises(InputError, match="nothing was exported"):
        RECORD.begin(lake, NOW)
