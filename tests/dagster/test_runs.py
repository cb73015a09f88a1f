"""Real runs: from scratch, period by period; what blocks them; what they leave behind."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
import yaml
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetRecordsFilter,
    DagsterInstance,
    ExecuteInProcessResult,
)

from assets.definitions import build_defs
from assets.lib.instance import open_instance
from assets.lib.metadata import TOLD_BY_METADATA
from assets.running import RANGE_END, RANGE_START
from pipeline.engine import Lake
from pipeline.features import CUSTOMER_FEATURES
from pipeline.publish.contracts import OF_NEWEST
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project, load_project
from tests.company import write_company
from tests.lakes import lake_file

PERIODS = ["2024-01", "2024-02"]
#: Parts of the planted identifiers, in every form that normalising may give them.
PLANTED = (
    "@planted.example",
    "planted@",
    "Plantedname",
    "plantedname",
    "612345",
    "6 12 34 5",
    "Plantedstreet",
)


@dataclass(frozen=True)
class Company:
    """A company on an instance of its own, and how its two periods went."""

    project: Project
    instance: DagsterInstance
    results: list[ExecuteInProcessResult]

    def run(self, job: str, period: str) -> ExecuteInProcessResult:
        return (
            build_defs(self.project)
            .resolve_job_def(job)
            .execute_in_process(instance=self.instance, partition_key=period, raise_on_error=False)
        )

    def materialization(self, key: AssetKey, period: str) -> dict[str, Any]:
        """Metadata of the newest materialization of ``key`` in ``period``."""
        wanted = AssetRecordsFilter(asset_key=key, asset_partitions=[period])
        record = self.instance.fetch_materializations(wanted, limit=1).records[0]
        assert record.asset_materialization is not None
        return {name: one.value for name, one in record.asset_materialization.metadata.items()}

    def publication(self) -> dict[str, str]:
        """Digest of every published file."""
        folder = (self.project.lake_path / "published").resolve()
        return {
            path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def with_identifiers(folder: Path) -> Project:
    """The small company, whose profiles also tell names, e-mails, phones and addresses."""
    write_company(folder, customers=40, months=2)
    profiles = folder / "profiles.jsonl"
    rows = [json.loads(line) for line in profiles.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows):
        row["name"], row["home"] = f"Dora Plantedname {number}", f"{number} Plantedstreet"
        row["mail"], row["mobile"] = f"Dora{number}@planted.example", f"+33 6 12 34 5{number % 10} 00"
    # Rows that are set aside must not tell either: no account, an amount that is a name.
    rows.append({**rows[0], "customer": ""})
    rows.append({**rows[1], "customer": "k1", "income": "Plantedname"})
    profiles.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    settings = yaml.safe_load((folder / "project.yaml").read_text(encoding="utf-8"))
    settings["sources"]["crm"]["columns"] |= {
        "full_name": "name", "email": "mail", "phone": "mobile", "address": "home",
    }  # fmt: skip
    (folder / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(folder)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Both periods, one after the other, each by one run of ``resegment``."""
    project = with_identifiers(tmp_path_factory.mktemp("runs"))
    with open_instance(project) as instance:
        one = Company(project, instance, [])
        for period in PERIODS:
            one.results.append(one.run("resegment", period))
        yield one


def test_one_run_does_a_whole_period_from_scratch_and_the_next_builds_on_it(company: Company) -> None:
    assert [one.success for one in company.results] == [True, True]
    manifest = read_manifest(Lake(company.project.lake_path))
    assert manifest is not None
    assert sorted(manifest.periods) == PERIODS
    assert manifest.publication == 2


def test_a_run_materializes_every_asset_and_runs_every_check(company: Company) -> None:
    graph = build_defs(company.project).resolve_asset_graph()
    for result in company.results:
        assert {
            one.asset_key for one in result.get_asset_materialization_events()
        } == graph.get_all_asset_keys()
        assert {one.asset_check_key for one in result.get_asset_check_evaluations()} == graph.asset_check_keys
        assert all(one.passed for one in result.get_asset_check_evaluations())


def test_materializations_tell_rows_columns_and_provenance(company: Company) -> None:
    keys = build_defs(company.project).resolve_asset_graph().get_all_asset_keys()
    for key in keys:
        for period in PERIODS:
            metadata = company.materialization(key, period)
            if key.path[-1] in OF_NEWEST:
                continue  # their file of the newest period is counted too (tests of the publication)
            file = lake_file(company.project.lake_path, "/".join(key.path), period)
            assert metadata["dagster/row_count"] == pq.ParquetFile(file).metadata.num_rows, key
            assert metadata["provenance"], key
            if key.path[0] != "raw":
                assert {"version", "inputs", "settings", "code"} <= set(metadata["provenance"]), key
                if "/".join(key.path) in TOLD_BY_METADATA:
                    continue  # what people read at once stands in the place of columns
                columns = {one.name for one in metadata["dagster/column_schema"].columns}
                assert columns == set(pq.read_schema(file).names) | {"period"}, key


def test_operations_see_what_changed_why_and_whether_to_act(company: Company) -> None:
    findings = company.materialization(AssetKey(["drift", "findings"]), PERIODS[1])
    assert findings["to_do"].startswith(("Act: ", "Watch: ", "Nothing found that needs action; "))
    assert {"alarms_major", "alarms_minor", "usual", "below_floor", "cannot_tell"} <= set(findings)
    assert {"largest_stability_index", "cause_of_moves"} <= set(findings)
    flows = company.materialization(AssetKey(["drift", "flows"]), PERIODS[1])
    for shown in (flows["moves"], flows["states"]):
        assert shown.startswith("| ")
        assert len({line.count("|") for line in shown.splitlines()}) == 1
    accounts = company.materialization(AssetKey(["clean", "row_accounts"]), PERIODS[0])
    assert 0 < accounts["quarantined_share"] < 0.1
    raw = company.materialization(AssetKey(["raw", "till"]), PERIODS[0])
    outside = raw["rows_before_first_count"] + raw["rows_after_last_count"]
    assert raw["rows_read_count"] == raw["rows_in_periods_count"] + outside
    assert "| crm | quarantined |" in accounts["rules"]
    published = company.materialization(AssetKey(["published", "customer_segments"]), PERIODS[1])
    assert published["population"] == published["dagster/row_count"]
    assert Path(published["report"]).is_file()
    shares = ("moved_share_by_behaviour", "moved_share_by_model", "moved_share_rfm")
    assert all(0 <= published[one] <= 1 for one in shares)
    assert published["to_do"] == findings["to_do"]


def failed_checks(result: ExecuteInProcessResult) -> set[str]:
    return {
        f"{one.asset_key.to_user_string()}:{one.check_name}"
        for one in result.get_asset_check_evaluations()
        if not one.passed
    }


def materialized(result: ExecuteInProcessResult) -> set[str]:
    return {
        one.asset_key.to_user_string() for one in result.get_asset_materialization_events() if one.asset_key
    }


def test_a_row_that_vanishes_in_cleaning_stops_the_publication(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.defs import cleaned

    honest, before = cleaned.clean, company.publication()

    def careless(entity: Any, *given: Any) -> Any:
        found = honest(entity, *given)
        if entity.name != "profiles":
            return found
        return replace(found, kept=found.kept.order_by("account_id").limit(None, offset=1))

    monkeypatch.setattr(cleaned, "clean", careless)
    result = company.run("resegment", PERIODS[1])
    assert not result.success
    assert failed_checks(result) == {"clean/row_accounts:accounted"}
    evaluation = next(one for one in result.get_asset_check_evaluations() if not one.passed)
    assert "| crm |" in str(evaluation.metadata["examples"].value)
    assert str(evaluation.metadata["to_do"].value).startswith("Act")
    assert not [one for one in materialized(result) if one.startswith(("drift/findings", "published/"))]
    assert company.publication() == before


def test_a_broken_contract_stops_what_is_downstream(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.defs import features

    share = next(
        one.name for one in CUSTOMER_FEATURES.fields if one.name.endswith("_share") and one.maximum == 1
    )
    honest, before = features.customer_features, company.publication()

    def wrong(*inputs: Any) -> Any:
        return honest(*inputs).mutate(**{share: ibis.literal(2.0, "float64")})

    monkeypatch.setattr(features, "customer_features", wrong)
    result = company.run("segment", PERIODS[1])
    assert not result.success
    assert failed_checks(result) == {"features/customer_features:values"}
    assert not [
        one for one in materialized(result) if one.startswith(("models/scheme", "segments/", "published/"))
    ]
    assert company.publication() == before


def test_a_run_over_many_periods_counts_each_and_its_checks_show(tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, customers=20, months=2)
    with open_instance(project) as instance:
        one = Company(project, instance, [])
        for job in ("collect", "prepare"):
            tags = {RANGE_START: PERIODS[0], RANGE_END: PERIODS[1]}
            build_defs(project).resolve_job_def(job).execute_in_process(instance=instance, tags=tags)
        counts = [
            one.materialization(AssetKey(["clean", "orders"]), period)["dagster/row_count"]
            for period in PERIODS
        ]
        check = AssetCheckKey(AssetKey(["clean", "orders"]), "keys")
        executions = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])
    files = [project.lake_path / "clean" / "orders" / f"period={one}" / "part-0.parquet" for one in PERIODS]
    assert counts == [pq.ParquetFile(file).metadata.num_rows for file in files]
    assert executions[check].status.value == "SUCCEEDED"
    assert executions[check].event is not None


def told(file: Path) -> str:
    """All that a file tells: Parquet as its values and footer, everything else as its bytes."""
    if file.suffix == ".parquet":
        table = pq.read_table(file, partitioning=None)
        return f"{table.schema.metadata} {table.to_pylist()}"
    return file.read_bytes().decode("utf-8", errors="ignore")


def test_no_identifier_leaves_the_restricted_zone(company: Company) -> None:
    """L6, after good and broken runs: tables, reports, events, logs and metadata of everything else."""
    lake = company.project.lake_path
    files = [path for path in lake.rglob("*") if path.is_file() and not path.is_symlink()]
    inside = [
        path for path in files if path.relative_to(lake).parts[0] in ("raw", "quarantine", "restricted")
    ]
    outside = [path for path in files if path not in set(inside)]
    kept = " ".join(told(path) for path in inside if path.relative_to(lake).parts[0] == "restricted")
    for one in ("Plantedname", "Plantedstreet", "612345", "@planted.example"):
        assert one in kept
    assert [path for path in outside if "dagster" in path.parts and path.suffix == ".db"]
    assert [path for path in outside if path.name == "report.html"]
    leaks = [(path.relative_to(lake), one) for path in outside for one in PLANTED if one in told(path)]
    assert leaks == []
    events = [
        str(one) for run in company.instance.get_runs() for one in company.instance.all_logs(run.run_id)
    ]
    assert len(events) > 100
    assert [one for one in PLANTED if any(one in event for event in events)] == []
