"""Ledgers and features of a company's own package: made, published, and due anew when their code changes."""

from pathlib import Path

import pytest

from assets.definitions import build_defs
from assets.lib.platform import Platform
from assets.lib.stages import Stages
from assets.running import bring_up_to_date
from pipeline.settings import Project, load_project
from tests.company import write_company
from tests.lakes import lake_rows
from tests.unit.test_extensions import EXAMPLE, SETTINGS

BULK = "bulk_lines_count_12p"


def company(folder: Path, customers: int = 20, months: int = 1) -> Project:
    """A tiny company with the example of docs/project.md."""
    for name, text in EXAMPLE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return write_company(folder, customers=customers, months=months, **SETTINGS)[0]


def stages(folder: Path) -> Stages:
    project = load_project(folder)
    platform = Platform(project)
    build_defs(project, platform)
    assert platform.lineage is not None
    return platform.lineage.stages


def redone(before: Stages, after: Stages) -> set[str]:
    """Stages that have another version."""
    assert before.versions.keys() == after.versions.keys()
    return {name for name, one in after.versions.items() if one.id != before.versions[name].id}


def test_a_changed_extension_makes_due_what_it_reaches_and_nothing_else(tmp_path: Path) -> None:
    company(tmp_path)
    before = stages(tmp_path)
    assert any(name.startswith("my_company") for name in before.versions["features__customer_features"].code)
    file = tmp_path / "my_company" / "features.py"

    file.write_text(
        EXAMPLE["my_company/features.py"].replace("m[bulk.lines_count],", "2 * m[bulk.lines_count],")
    )
    formula = redone(before, stages(tmp_path))
    assert "features__customer_features" in formula
    assert not {one for one in formula if one.startswith(("clean", "activity"))}

    text = EXAMPLE["my_company/features.py"].replace('"""How much', '"""How very much')
    file.write_text("# only a comment\n" + text)
    assert redone(before, stages(tmp_path)) == set()

    file.write_text(EXAMPLE["my_company/features.py"])
    ledger = tmp_path / "my_company" / "ledgers.py"
    ledger.write_text(EXAMPLE["my_company/ledgers.py"].replace(">= 2", ">= 3"))
    summed = redone(before, stages(tmp_path))
    assert {one for one in summed if one.startswith(("clean", "activity"))} == {"activity__bulk"}


def test_what_an_extension_declares_is_an_asset_like_any_other(tmp_path: Path) -> None:
    graph = build_defs(company(tmp_path)).resolve_asset_graph()
    [ledger] = [one for one in graph.get_all_asset_keys() if one.path == ["activity", "bulk"]]
    [features] = [one for one in graph.get_all_asset_keys() if one.path == ["features", "customer_features"]]
    assert ledger in graph.get(features).parent_keys
    assert graph.get(ledger).group_name == "activity"


@pytest.mark.slow
def test_a_feature_of_an_extension_is_computed_and_its_scheme_published(tmp_path: Path) -> None:
    project = company(tmp_path, customers=60, months=3)
    bring_up_to_date(project)
    period = project.periods(Platform(project).now())[-1]

    def read(table: str) -> list[dict[str, object]]:
        return lake_rows(project.lake_path, table)

    owners = {
        row["account_id"]: row["customer_id"]
        for row in read("customers/account_links")
        if row["period"] == period
    }
    expected: dict[object, int] = {}
    for line in read("clean/orders"):
        customer = owners[line["account_id"]]
        expected[customer] = expected.get(customer, 0) + (line["quantity"] >= 2)  # type: ignore[operator]
    found = {
        row["customer_id"]: row[BULK] for row in read("features/customer_features") if row["period"] == period
    }
    assert found
    assert found == {one: expected.get(one, 0) for one in found}
    assert any(found.values())
    wide = [row for row in read("published/customer_segments") if row["period"] == period]
    assert {"bulk", "single"} <= {str(row["bulk_buying_segment"]).rpartition(":")[2] for row in wide}
    assert {BULK} <= {row["feature"] for row in read("published/segment_portraits")}
    dictionary = (project.lake_path / "published" / "data_dictionary.md").read_text(encoding="utf-8")
    assert "Lines of two units or more in the window." in dictionary
