"""A guard against over-merging stops the publication, and names customers by id alone."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from assets.running import bring_up_to_date
from pipeline.cli import app
from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project
from tests.company import write_company

MERGED = [
    {"decision": "same", "accounts": ["crm/k0", f"crm/k{number}"], "reason": "for the test"}
    for number in (2, 4, 6)
]


def company(folder: Path, **guards: object) -> Project:
    identity = {"overrides": MERGED, "guards": {"max_accounts": 3, **guards}}
    return write_company(folder, customers=30, months=1, identity=identity)[0]


def test_a_guard_that_trips_stops_publication_until_it_is_dealt_with(tmp_path: Path) -> None:
    project = company(tmp_path)
    with pytest.raises(InputError) as stopped:
        bring_up_to_date(project)
    message = str(stopped.value)
    assert read_manifest(Lake(project.lake_path)) is None
    (trip,) = (
        pq.ParquetFile(project.lake_path / "restricted/guard_trips/period=2024-01/part-0.parquet")
        .read()
        .to_pylist()
    )
    assert (trip["guard"], trip["measured"], trip["limit"]) == ("cluster_size", 4, 3)
    assert len(trip["account_ids"]) == 4
    assert trip["customer_id"] in message
    assert "identity.overrides" in message
    assert not [one for one in trip["account_ids"] if one in message], "accounts stay in the restricted zone"

    accepted = company(tmp_path, accepted=[trip["customer_id"]])
    assert bring_up_to_date(accepted).published == ["2024-01"]
    _one_customer_of_four_accounts(accepted, trip["customer_id"])


def _one_customer_of_four_accounts(project: Project, customer: str) -> None:
    arguments = ["show", "customer", customer, "--project", str(project.folder), "--json"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    record = json.loads(shown.stdout)
    assert {one["link_kind"] for one in record["accounts"]} == {"override"}
    assert len(record["accounts"]) == 4
