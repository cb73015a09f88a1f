import fcntl
import json
from datetime import UTC, datetime

import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.engine import Lake, content_digest
from pipeline.engine.writing import write_partitions
from pipeline.errors import InputError
from pipeline.publish import documents, swap
from pipeline.publish.contracts import OF_NEWEST, PUBLISHED, SEGMENT_MOVES, files_of
from pipeline.publish.manifest import published_folder, read_manifest, table_file, verify
from tests.unit.publish.world import World


def files(lake: Lake) -> dict[str, bytes]:
    root = published_folder(lake).resolve()
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_first_publication_holds_every_table_and_document(publish, lake, monkeypatch):
    monkeypatch.setattr(swap, "write_documents", documents.write_documents)
    publication = publish("2024-01")
    assert (publication.number, publication.revision, publication.changed) == (1, 1, True)
    assert {path.partition("/")[0] for path in files(lake)} == {
        *PUBLISHED,
        *("manifest.json", "README.md", "data_dictionary.md", "data_dictionary.parquet", "report.html"),
    }
    assert verify(lake) == []


def test_published_is_a_relative_link_so_that_the_lake_can_be_moved(publish, lake, tmp_path):
    publish("2024-01")
    assert str(published_folder(lake).readlink()) == "publications/1"
    moved = Lake(lake.root.rename(tmp_path / "elsewhere"))
    assert verify(moved) == []
    assert read_manifest(moved) is not None


def test_the_manifest_states_rows_digests_key_and_end_of_each_period(publish, lake):
    publication = publish("2024-02")
    manifest = read_manifest(lake)
    assert manifest is not None
    assert manifest.periods["2024-02"].as_of == datetime(2024, 3, 1, tzinfo=UTC)
    assert manifest.tables["segment_flows"].key == ["period", "scheme", "state"]
    for name, table in manifest.tables.items():
        assert sum(one.rows for one in table.periods.values()) == publication.rows[name]
        assert list(table.periods) == files_of(name, "2024-02", is_newest=True)
        for file, entry in table.periods.items():
            path = table_file(published_folder(lake), name, file)
            assert entry.rows == pq.read_metadata(path).num_rows
            assert entry.content_digest == content_digest(path)


def test_what_only_the_newest_period_has_is_replaced_and_an_older_period_leaves_it(publish, lake, world):
    for period in world.periods:
        publish(period)
    folder = published_folder(lake).resolve()
    assert [one.name for one in (folder / "current_segments").iterdir()] == ["newest.parquet"]
    newest = pd.read_parquet(folder / "current_segments")
    assert set(newest["period"]) == {world.periods[-1]}
    history = pd.read_parquet(folder / "customer_history")
    going_on = history[history["left_period"].isna()]
    assert set(going_on["period"]) == {world.periods[-1]}
    assert len(going_on) == len(newest) == len(world.states[world.periods[-1]])
    assert not history.duplicated(["customer_id", "scheme", "entered_period"]).any()
    before = {name: (folder / name / "newest.parquet").read_bytes() for name in OF_NEWEST}
    again = publish(world.periods[1], source=World(customers=45))
    folder = published_folder(lake).resolve()
    assert again.changed
    assert {name: (folder / name / "newest.parquet").read_bytes() for name in OF_NEWEST} == before
    assert verify(lake) == []


def test_another_period_is_added_and_unchanged_files_are_the_same_files(publish, lake):
    publish("2024-01")
    before = table_file(published_folder(lake), "segment_flows", "2024-01").stat().st_ino
    publish("2024-02")
    assert table_file(published_folder(lake), "segment_flows", "2024-01").stat().st_ino == before
    manifest = read_manifest(lake)
    assert manifest is not None
    assert list(manifest.periods) == ["2024-01", "2024-02"]
    assert verify(lake) == []


def test_a_table_that_stands_in_the_lake_as_it_is_published_is_linked(publish, lake, world, tmp_path):
    name, rows = SEGMENT_MOVES.name, world.tables("2024-02")[SEGMENT_MOVES.name]
    file, without = tmp_path / "moves.parquet", tmp_path / "without_period.parquet"
    write_partitions(rows.to_batches(), SEGMENT_MOVES.schema, {"2024-02": file})
    pq.write_table(rows.drop_columns(["period"]), without)
    publish("2024-02", files={name: file, "segment_flows": without, "customer_events": tmp_path / "none"})
    published = table_file(published_folder(lake), name, "2024-02")
    assert published.stat().st_ino == file.stat().st_ino
    assert (
        table_file(published_folder(lake), "segment_flows", "2024-02").stat().st_ino != without.stat().st_ino
    )
    assert verify(lake) == []
    entry = read_manifest(lake).tables[name].periods["2024-02"]
    assert (entry.rows, entry.content_digest) == (rows.num_rows, content_digest(file))
    kept = published.read_bytes()
    write_partitions(rows.slice(0, 0).to_batches(), SEGMENT_MOVES.schema, {"2024-02": file})
    assert published.read_bytes() == kept


def test_where_links_are_not_to_be_had_files_are_copied(publish, lake, monkeypatch):
    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    publish("2024-01")
    publish("2024-02")
    assert verify(lake) == []


def test_the_same_content_with_the_same_provenance_writes_nothing(publish, lake):
    publish("2024-01")
    before = files(lake)
    again = publish("2024-01")
    assert (again.number, again.revision, again.changed) == (1, 1, False)
    assert files(lake) == before
    assert [path.name for path in (lake.root / "publications").iterdir() if path.is_dir()] == ["1"]


def test_the_same_content_from_elsewhere_only_refreshes_the_provenance(publish, lake):
    publish("2024-01")
    before = {name: data for name, data in files(lake).items() if name != "manifest.json"}
    again = publish("2024-01", {"fingerprint": "other"})
    manifest = read_manifest(lake)
    assert manifest is not None
    assert (again.revision, again.changed) == (1, False)
    assert manifest.periods["2024-01"].provenance == {"fingerprint": "other"}
    assert manifest.restatements == []
    assert {name: data for name, data in files(lake).items() if name != "manifest.json"} == before


def test_new_content_is_a_new_revision_and_the_old_one_is_kept_in_the_history(publish, lake):
    publish("2024-01")
    old = table_file(published_folder(lake), "segment_assignments", "2024-01").read_bytes()
    restated = publish("2024-01", source=World(customers=45))
    manifest = read_manifest(lake)
    assert manifest is not None
    assert (restated.number, restated.revision, restated.changed) == (2, 2, True)
    kept = lake.root / "history/segment_assignments/2024-01.revision-1.parquet"
    assert kept.read_bytes() == old
    assert manifest.tables["segment_assignments"].periods["2024-01"].revision == 2
    (restatement,) = manifest.restatements
    assert (restatement.period, restatement.revision) == ("2024-01", 2)
    change = restatement.tables["customer_segments"]
    assert (change.before, change.after) == (40, 45)
    # tables that did not change stay what they were
    assert manifest.tables["data_quality"].periods["2024-01"].revision == 1
    assert "data_quality" not in restatement.tables


def test_the_last_two_publications_are_kept(publish, lake, world):
    for period in world.periods:
        publish(period)
    kept = sorted(path.name for path in (lake.root / "publications").iterdir() if path.is_dir())
    assert kept == ["3", "4"]


def test_only_one_run_may_publish(publish, lake):
    publish("2024-01")
    with (lake.root / "publications/.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another run is publishing"):
            publish("2024-02")
    assert publish("2024-02").number == 2


def test_a_folder_in_the_place_of_the_link_is_refused(publish, lake):
    published_folder(lake).mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        publish("2024-01")


def test_a_manifest_of_another_format_is_refused(publish, lake):
    publish("2024-01")
    path = published_folder(lake) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 99}))
    with pytest.raises(InputError, match="not a manifest that this version can read"):
        read_manifest(lake)


def test_damage_is_found(publish, lake):
    publish("2024-01")
    folder = published_folder(lake)
    table_file(folder, "segment_moves", "2024-01").unlink()
    (folder / "report.html").write_text("other")
    with table_file(folder, "segment_flows", "2024-01").open("ab") as file:
        file.write(b"x")
    problems = " ".join(verify(lake))
    assert "segment_moves/2024-01.parquet is missing" in problems
    assert "report.html differs" in problems
    assert "segment_flows/2024-01.parquet differs" in problems
    assert len(verify(lake)) == 3


def test_nothing_published_is_no_problem(lake):
    assert read_manifest(lake) is None
    assert verify(lake) == []


def test_published_tables_open_as_one_dataset_by_period(publish, lake):
    publish("2024-01")
    publish("2024-02")
    table = ds.dataset(published_folder(lake) / "customer_segments", partitioning="hive").to_table()
    assert set(table.column("period").to_pylist()) == {"2024-01", "2024-02"}


def report_of(lake: Lake) -> str:
    return (published_folder(lake) / "report.html").read_text()


def test_where_periods_follow_the_report_waits_for_the_last_of_them(publish, lake):
    publish("2024-01", is_followed=True)
    first = report_of(lake)
    assert not read_manifest(lake).is_report_earlier  # there was none to stand in its place
    publish("2024-02", is_followed=True)
    assert report_of(lake) == first
    assert read_manifest(lake).is_report_earlier
    assert verify(lake) == []
    publish("2024-03")
    assert "2024-03" in report_of(lake)
    assert not read_manifest(lake).is_report_earlier


def test_a_report_that_waited_is_drawn_though_the_tables_are_as_they_were(publish, lake):
    for period, followed in (("2024-01", False), ("2024-02", True), ("2024-02", True)):
        publication = publish(period, is_followed=followed)
    assert (publication.number, read_manifest(lake).is_report_earlier) == (2, True)
    assert publish("2024-02").number == 3
    assert "2024-02" in report_of(lake)
    assert (publish("2024-02").number, verify(lake)) == (3, [])


def test_readers_are_told_of_an_earlier_report(publish, lake, monkeypatch):
    monkeypatch.setattr(swap, "write_documents", documents.write_documents)
    publish("2024-01")
    page = report_of(lake)
    for followed in (True, False):
        publish("2024-02", is_followed=followed)
        readme = (published_folder(lake) / "README.md").read_text()
        assert ("It is of an earlier publication" in readme) == followed
        assert (report_of(lake) == page) == followed
        assert verify(lake) == []
