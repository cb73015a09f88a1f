"""Several projects in one Dagster instance and one UI: none touches what is another's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.test_utils import create_run_for_test

from assets.definitions import build_defs
from assets.lib.instance import PROCESS_TAG, PROJECT_TAG, instance_folder, key_prefix, open_instance
from assets.lib.keys import key_of, table_of
from assets.lib.lineage import Lineage
from assets.lib.platform import Platform
from assets.lib.workspace import write_workspace
from assets.running import bring_up_to_date
from pipeline.cli.ui import prepared
from pipeline.errors import InputError
from pipeline.settings import Project
from tests.company import write_company

REPOSITORY = Path(__file__).parents[2]
#: A process that lives no longer.
NOBODY = 2**22 + 1


def named(folder: Path, name: str) -> Project:
    """A tiny company with this name of its project."""
    return write_company(folder, customers=20, months=1, project=name)[0]


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance that the environment names."""
    home = tmp_path / "dagster"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home


@pytest.fixture
def two(tmp_path: Path) -> tuple[Project, Project]:
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
    return named(folders[0], "one"), named(folders[1], "other")


def lineage_of(project: Project) -> Lineage:
    platform = Platform(project, prefix=key_prefix(project))
    build_defs(project, platform)
    assert platform.lineage is not None
    return platform.lineage


def told(instance: DagsterInstance, project: str) -> dict[str, list[object]]:
    """What the instance knows of a project's tables: events by key, partitions, runs by status."""
    keys = [one for one in instance.get_asset_keys() if one.path[0] == project]
    events = {one.to_user_string(): instance.get_latest_materialization_event(one) for one in keys}
    return {
        "events": [(key, one.run_id, one.timestamp) for key, one in sorted(events.items()) if one],
        "partitions": sorted(
            (key.to_user_string(), *instance.get_materialized_partitions(key)) for key in keys
        ),
        "runs": [
            (one.run_id, one.status.value)
            for one in instance.get_runs(RunsFilter(tags={PROJECT_TAG: project}))
        ],
    }


@pytest.mark.slow
def test_runs_of_one_project_leave_the_other_as_it_was(two: tuple[Project, Project], shared: Path) -> None:
    one, other = two
    bring_up_to_date(other)
    with open_instance(other) as instance:
        before = told(instance, "other")
        killed = create_run_for_test(
            instance,
            job_name="segment",
            status=DagsterRunStatus.STARTED,
            tags={PROCESS_TAG: str(NOBODY), PROJECT_TAG: "other"},
        )
    values = {file: file.read_bytes() for file in other.lake_path.rglob("*.parquet")}

    bring_up_to_date(one)

    with open_instance(one) as instance:
        after = told(instance, "other")
        assert after["events"] == before["events"]
        assert after["partitions"] == before["partitions"]
        assert (killed.run_id, "STARTED") in after["runs"], (
            "a run of another project is not this one's to end"
        )
        mine = told(instance, "one")
        tables = {table_of(key) for key in instance.get_asset_keys() if key.path[0] == "one"}
        assert len(mine["events"]) == len(before["events"]) > 20
        assert {"raw/till", "clean/orders", "published/customer_segments"} <= tables
        assert {key.path[0] for key in instance.get_asset_keys()} == {"one", "other"}
        record = instance.get_latest_materialization_event(
            AssetKey(["one", "published", "customer_segments"])
        )
        assert record is not None
        assert record.asset_materialization is not None
        assert record.asset_materialization.partition == "2024-01"
    assert {file: file.read_bytes() for file in other.lake_path.rglob("*.parquet")} == values
    for project in two:
        assert not lineage_of(project).plan(["2024-01"]).due
        assert not (project.lake_path / "dagster").exists()
    # in an instance of its own again, nothing is made anew: keys are no part of what is computed
    os.environ.pop("DAGSTER_HOME")
    assert bring_up_to_date(one).published == []


def test_keys_of_a_shared_instance_are_the_tables_below_the_projects_name(
    two: tuple[Project, Project], shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = two
    below, versions = build_defs(project).resolve_asset_graph(), lineage_of(project).stages
    monkeypatch.delenv("DAGSTER_HOME")
    plain = build_defs(project).resolve_asset_graph()
    assert {
        key_of(table_of(key), ("one",)) for key in plain.get_all_asset_keys()
    } == below.get_all_asset_keys()
    for key in plain.get_all_asset_keys():
        there = below.get(key_of(table_of(key), ("one",)))
        assert {table_of(one) for one in there.parent_keys} == {
            "/".join(one.path) for one in plain.get(key).parent_keys
        }
        assert there.group_name == plain.get(key).group_name
        assert there.code_version == plain.get(key).code_version
    checks = {(table_of(one.asset_key), one.name) for one in below.asset_check_keys}
    assert checks == {(table_of(one.asset_key), one.name) for one in plain.asset_check_keys}
    assert {one.asset_key.path[0] for one in below.asset_check_keys} == {"one"}
    assert lineage_of(project).stages == versions


def test_the_own_instance_is_not_shared_when_the_environment_names_it(
    two: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, other = two
    monkeypatch.setenv("DAGSTER_HOME", str(instance_folder(project)))
    assert key_prefix(project) == ()
    assert key_prefix(other) == ("other",)


@pytest.mark.slow
def test_the_workspace_has_a_code_location_for_each_project(
    two: tuple[Project, Project], shared: Path
) -> None:
    command = prepared([one.folder for one in two], None)
    workspace = shared / "workspace.yaml"
    assert command[1:] == ["dev", "-w", str(workspace)]
    assert (shared / "dagster.yaml").is_file()
    asked = """
import json, sys
from dagster._core.workspace.load_target import WorkspaceFileTarget
found = {}
for origin in WorkspaceFileTarget([sys.argv[1]]).create_origins():
    pointer = origin.loadable_target_origin
    from dagster._core.code_pointer import FileCodePointer
    defs = FileCodePointer(pointer.python_file, "defs").load_target()
    keys = defs.resolve_asset_graph().get_all_asset_keys()
    jobs = [one.name for one in defs.resolve_all_job_defs()]
    found[origin.location_name] = [sorted({key.path[0] for key in keys}), "bring_up_to_date" in jobs]
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-c", asked, str(workspace)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {"one": [["one"], True], "other": [["other"], True]}


def test_two_projects_of_one_name_are_refused(two: tuple[Project, Project], shared: Path) -> None:
    one, other = two
    same = named(other.folder, "one")
    files = {one.folder / "project.yaml": one, same.folder / "project.yaml": same}
    with pytest.raises(InputError, match="both are projects of the name one"):
        write_workspace(shared, files)
    with open_instance(one):
        pass
    with pytest.raises(InputError, match="the name stands for the lake"):
        open_instance(same)


def test_several_projects_need_an_instance(
    two: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with pytest.raises(InputError, match="no instance is named that they could share"):
        prepared([one.folder for one in two], None)


def test_an_instance_that_cannot_be_written_is_said_in_words(
    two: tuple[Project, Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(InputError, match="no Dagster instance can be kept there"):
        open_instance(two[0])


def test_a_project_alone_opens_in_its_own_instance(
    two: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = two
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.delenv("SEGMENTS_PROJECT", raising=False)
    command = prepared([project.folder], None)
    assert command[-1].endswith("workspace.yaml")
    assert os.environ["DAGSTER_HOME"] == str(project.lake_path / "dagster")
    assert os.environ["SEGMENTS_PROJECT"] == str(project.folder / "project.yaml")
