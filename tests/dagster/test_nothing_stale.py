"""A real run, then changes: nothing stale is published, and no more is made anew than must be."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from dagster import AssetKey, AssetRecordsFilter

from assets.definitions import build_defs
from assets.lib import stages
from assets.lib.instance import open_instance
from assets.lib.platform import Platform
from assets.running import bring_up_to_date
from pipeline.cli.standing import standing
from pipeline.errors import InputError
from pipeline.lineage import Tree
from pipeline.settings import Project, load_project
from tests.finished import Finished

ROOT = Path(stages.__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, finished: Finished) -> Project:
    return finished(tmp_path_factory.mktemp("stale"), customers=20, months=1)


def written(project: Project) -> dict[str, int]:
    """When each file of a table was written, but for the publication's."""
    files = project.lake_path.glob("[!p]*/*/period=*/part-0.parquet")
    return {
        one.relative_to(project.lake_path).parts[0] + "/" + one.parents[1].name: one.stat().st_mtime_ns
        for one in files
    }


def changed_program(folder: Path, name: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let versions be those of a copy of the program in which a text is replaced."""
    for package in ("pipeline", "assets"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    tree = Tree(folder)
    monkeypatch.setattr(stages, "_tree", lambda extensions, digest: tree)


def test_dagster_knows_the_version_of_the_code_and_of_the_data(project: Project) -> None:
    platform = Platform(project)
    build_defs(project, platform)
    assert platform.lineage is not None
    with open_instance(project) as instance:
        for stage in platform.lineage.stages.order:
            for table in stage.tables:
                key = AssetRecordsFilter(asset_key=AssetKey(table.split("/")), asset_partitions=["2024-01"])
                event = instance.fetch_materializations(key, limit=1).records[0].asset_materialization
                assert event is not None
                assert event.tags is not None
                assert event.tags["dagster/code_version"] == stage.version
                content = platform.lineage.records()(table, "2024-01")
                assert content is not None
                assert event.tags["dagster/data_version"] == content.content, table


def test_a_changed_docstring_makes_nothing_due(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed_program(tmp_path, "pipeline/features/value.py", '"""Value:', '"""The value:', monkeypatch)
    before = written(project)
    assert bring_up_to_date(project).published == []
    assert written(project) == before


def test_publishing_alone_after_a_changed_setting_is_refused(project: Project) -> None:
    text = (project.folder / "project.yaml").read_text(encoding="utf-8")
    (project.folder / "project.yaml").write_text(text + "retention_days: 20\n", encoding="utf-8")
    other = load_project(project.folder)
    published = (project.lake_path / "published").resolve()
    definitions = build_defs(other)
    keys = [
        one for one in definitions.resolve_asset_graph().get_all_asset_keys() if one.path[0] == "published"
    ]
    with open_instance(other) as instance:
        result = definitions.resolve_job_def("segment").execute_in_process(
            instance=instance, partition_key="2024-01", asset_selection=keys, raise_on_error=False
        )
    (project.folder / "project.yaml").write_text(text, encoding="utf-8")
    assert not result.success
    failure = str(result.get_step_failure_events()[0].step_failure_data.error)
    assert "customers/customers, 2024-01" in failure
    assert "setting retention_days changed" in failure
    assert (project.lake_path / "published").resolve() == published
    _, periods, _ = standing(other)
    assert periods[0]["state"] == "stale"
    assert set(periods[0]["due"]) == {
        "customers__customers",
        "models__forecast_versions",
        "segments__outcomes",
        "segments__reconciled_assignments",
    }
    assert periods[0]["why"] == ["setting retention_days changed"]


def test_publishing_alone_after_other_rows_came_is_refused(project: Project) -> None:
    platform = Platform(project)
    build_defs(project, platform)
    assert platform.lineage is not None
    platform.lineage.refuse_stale("2024-01")
    [source] = [name for name, one in project.sources.items() if one.entity == "orders"]
    file = platform.lake.file(f"raw/{source}", "2024-01")
    known = file.read_bytes()
    pq.write_table(pq.read_table(file, partitioning=None).slice(1), file)
    try:
        with pytest.raises(InputError, match=rf"raw/{source} has new rows \(2024-01\)"):
            platform.lineage.refuse_stale("2024-01")
    finally:
        file.write_bytes(known)


def test_a_changed_label_is_published_and_nothing_is_scored_again(project: Project) -> None:
    file = project.folder / "project.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    label = {"label": {"en": "Winners", "zh": "赢家"}}
    settings.setdefault("schemes", []).append({"scheme": "rfm", "segments": {"champions": label}})
    file.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")
    before = written(project)
    assert bring_up_to_date(load_project(project.folder)).published == ["2024-01"]
    assert [name for name, at in written(project).items() if before.get(name) != at] == ["segments/register"]
    register = pq.read_table(project.lake_path / "published/segment_register", partitioning=None)
    assert "Winners" in register["label"].to_pylist() or register.num_rows == 0
