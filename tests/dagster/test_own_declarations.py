"""What a changed declaration of a company's own makes stale: what computes with it, and nothing else."""

from pathlib import Path

import pytest
import yaml

from assets.definitions import build_defs
from assets.lib.platform import Platform
from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.settings import own_examples as good

#: What computes features: the noise floor does so of customers whose periods come in another order.
FEATURES = {"features__customer_features", "segments__reconciled_assignments", "drift__scheme_moves"}
#: What people read first, in words of features and segments.
OVERVIEW = {"drift__overview"}
LEDGERS = {"activity__orders", "activity__order_keys", "activity__product_discounts"}
TIER = """\
schemes:
  - scheme: baskets
    kind: tier
    label: {en: Baskets, zh: 客单}
    score: [{feature: basket_value}]
    borders: {quantiles: [0.5]}
    segments:
      large: {label: {en: Large, zh: 大}}
      small: {label: {en: Small, zh: 小}}
"""


def declared() -> str:
    head, tail = yaml.safe_dump(shop_settings(), sort_keys=False).split("sources:\n")
    return "".join([head, "sources:\n", good.CRM, tail, good.ATTRIBUTES, good.FEATURES, TIER])


def versions(folder: Path, text: str) -> tuple[dict[str, str], str]:
    """Version of each stage, and of the documents of a publication."""
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    platform = Platform(load_project(folder))
    build_defs(platform.project, platform)
    assert platform.lineage is not None
    stages = platform.lineage.stages.versions
    return {name: one.id for name, one in stages.items()}, platform.lineage.documents.id


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    return versions(tmp_path_factory.mktemp("usual"), declared())


def changed(folder: Path, usual: tuple[dict[str, str], str], old: str, new: str) -> tuple[set[str], bool]:
    """Stages whose version changes with ``old`` to ``new``; whether the documents' does."""
    assert declared().count(old) == 1, old
    stages, documents = versions(folder, declared().replace(old, new))
    assert stages.keys() == usual[0].keys()
    return {name for name in stages if stages[name] != usual[0][name]}, documents != usual[1]


def test_a_formula_makes_features_stale_and_no_ledger(
    tmp_path: Path, usual: tuple[dict[str, str], str]
) -> None:
    found, _ = changed(tmp_path, usual, "monthly_amount / basket_value", "monthly_amount / basket_value * 2")
    assert found == FEATURES


def test_a_window_makes_features_stale_and_what_judges_them(
    tmp_path: Path, usual: tuple[dict[str, str], str]
) -> None:
    found, _ = changed(tmp_path, usual, "window: 3", "window: 4")
    assert found == FEATURES | {"drift__findings", "drift__moves", "models__version_requests"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{en: Basket value, zh: 客单价}", "{en: Value of a basket, zh: 单价}"),
        ("unit: ratio", "unit: {en: baskets, zh: 单}"),
        ("null_meaning: no order in the window", "null_meaning: nothing bought"),
        ("{en: Contract, zh: 合同}", "{en: Kind of contract, zh: 合同类}"),
        ("meaning: Months since the contract began.", "meaning: Age of the contract."),
    ],
)
def test_words_change_documents_and_score_nothing_anew(
    tmp_path: Path, usual: tuple[dict[str, str], str], old: str, new: str
) -> None:
    found, is_told = changed(tmp_path, usual, old, new)
    assert is_told
    assert found <= OVERVIEW  # which has labels and units, and no meanings


def test_words_of_what_clusters_are_made_of_name_them_anew_and_move_nobody(
    tmp_path: Path, usual: tuple[dict[str, str], str]
) -> None:
    found = changed(tmp_path, usual, "{en: Silence, zh: 静默天数}", "{en: Days of silence, zh: 静默}")
    assert found == ({"segments__register"} | OVERVIEW, True)


def test_the_type_of_an_attribute_makes_stale_what_reads_profiles(
    tmp_path: Path, usual: tuple[dict[str, str], str]
) -> None:
    found, _ = changed(tmp_path, usual, "type: integer", "type: number")
    assert {"clean_profiles", "customers__customers", "features__customer_features"} <= found
    assert not found & (LEDGERS | {"clean_orders"})


def test_privacy_makes_stale_all_that_is_told(tmp_path: Path, usual: tuple[dict[str, str], str]) -> None:
    old = "    privacy: none\n  - attribute: tenure_months"
    found, is_told = changed(tmp_path, usual, old, old.replace("none", "quasi"))
    assert {"drift__findings", "drift__feature_profiles", "publication"} <= found
    assert is_told
    assert not found & LEDGERS


def test_a_feature_more_leaves_ledgers_and_clean_rows_as_they_are(
    tmp_path: Path, usual: tuple[dict[str, str], str]
) -> None:
    stages, _ = versions(tmp_path, declared().replace("feature: baskets_a_month", "feature: baskets_of_fee"))
    found = {name for name in stages if stages[name] != usual[0][name]}
    assert {"features__customer_features", "publication"} <= found
    assert not {one for one in found if one.startswith(("clean_", "activity__", "identity", "customers"))}
