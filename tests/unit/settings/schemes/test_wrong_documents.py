"""What may be wrong with a document of a scheme: each an error with file, line, key and what is allowed."""

from pathlib import Path

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.settings.schemes import wrong_rules_and_clusters, wrong_tiers_and_grids
from tests.unit.settings.schemes.examples import CLUSTERS, GRID, RULES, TAUGHT, TIER
from tests.unit.settings.spoiling import HERE, changed

SHOP = yaml.safe_dump(shop_settings(), sort_keys=False)


def refused(folder: Path, text: str) -> InputError:
    (folder / "project.yaml").write_text(SHOP + text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_project(folder)
    return caught.value


def line_of(text: str) -> int:
    return (SHOP + text).split(HERE)[0].count("\n") + 1


@pytest.mark.parametrize(
    "document", [TIER, GRID, RULES, CLUSTERS, TAUGHT], ids=["tier", "grid", "rules", "clusters", "taught"]
)
def test_the_documents_that_are_spoiled_below_are_good(tmp_path: Path, document: str) -> None:
    (tmp_path / "project.yaml").write_text(SHOP + document, encoding="utf-8")
    project = load_project(tmp_path)
    assert len(project.schemes) == 1


WRONG = wrong_tiers_and_grids.WRONG | wrong_rules_and_clusters.WRONG


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_error_with_line_key_and_what_is_allowed(case: str, tmp_path: Path) -> None:
    text, key, said = WRONG[case]
    assert text.count(HERE) == 1
    error = refused(tmp_path, text)
    assert error.where == f"{tmp_path / 'project.yaml'}, line {line_of(text)}, key {key}"
    for words in said:
        assert words in error.found
    assert "more problem" not in error.found


@pytest.mark.parametrize("key", ["tiers", "rfm", "lifecycle", "clusters", "least_evidence"])
def test_a_key_that_moved_is_answered_with_its_new_place(key: str, tmp_path: Path) -> None:
    text = f"segments:\n  warm_up_periods: 2\n  {key}: {{}} #!\n"
    error = refused(tmp_path, text)
    assert error.where.endswith(f"line {line_of(text)}, key segments.{key}")
    assert "schemes:" in error.found


def test_all_that_is_wrong_in_several_documents_is_told_together(tmp_path: Path) -> None:
    text = changed(TIER, "zh: 多", "zh: ''") + changed(
        RULES.removeprefix("schemes:\n"), "evidence: [lines_per_order_12p]", "evidence: [shoe_size]"
    )
    error = refused(tmp_path, text)
    assert "schemes.0.segments.much.label.zh" in str(error)
    assert "schemes.1.evidence.0" in str(error)


def test_names_in_messages_are_short(tmp_path: Path) -> None:
    long = "x" * 5000
    for text in (
        changed(TIER, "discount_share_12p", long),
        changed(TIER, "kind: tier", f"kind: {long}"),
        f"schemes:\n  - scheme: {long}\n",
        changed(RULES, "at_least: full", f"at_least: {long}"),
        changed(RULES, "- segment: full", f"- segment: {long}"),
        f"segments: {{schemes: [{long}]}}\n",
        TIER + f"    needs_any_entity: [{long}]\n",
    ):
        assert len(str(refused(tmp_path, text))) < 3000
