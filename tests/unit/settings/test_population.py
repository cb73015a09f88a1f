"""``population``: what it may be, and what each rule needs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.settings import Project, load_project
from tests.conftest import shop_settings

CRM = {
    "entity": "profiles",
    "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
    "columns": {"source_account_id": "customer"},
}
PRODUCTS = {
    "entity": "products",
    "connector": {"kind": "file", "format": "csv", "path": "products.csv"},
    "columns": {"product_id": "product"},
}
TILL = shop_settings()["sources"]["till"]


def loaded(folder: Path, **changes: Any) -> Project:
    (folder / "project.yaml").write_text(yaml.safe_dump(shop_settings(**changes), sort_keys=False))
    return load_project(folder)


@pytest.mark.parametrize(
    ("sources", "given", "rule"),
    [
        ({"till": TILL}, None, "events"),
        ({"till": TILL, "crm": CRM}, None, "events"),
        ({"crm": CRM}, None, "profiles"),
        ({"crm": CRM, "goods": PRODUCTS}, None, "profiles"),
        ({"crm": CRM}, "profiles", "profiles"),
        ({"till": TILL, "crm": CRM}, "either", "either"),
        ({"till": TILL, "crm": CRM}, "profiles", "profiles"),
    ],
)
def test_the_rule_is_the_one_given_or_follows_from_the_sources(
    tmp_path: Path, sources: dict[str, Any], given: str | None, rule: str
) -> None:
    assert loaded(tmp_path, sources=sources, population=given).population_rule == rule


@pytest.mark.parametrize(
    ("sources", "given", "said"),
    [
        ({"till": TILL}, "profiles", "needs a source of profiles"),
        ({"till": TILL}, "either", "needs a source of profiles"),
        ({"crm": CRM}, "events", "needs a source of events"),
        ({"crm": CRM, "goods": PRODUCTS}, "either", "needs a source of events"),
        ({"till": TILL}, "event", "'events', 'profiles' or 'either'"),
        ({"till": TILL}, True, "'events', 'profiles' or 'either'"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_at_its_key(
    tmp_path: Path, sources: dict[str, Any], given: object, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, sources=sources, population=given)
    text = (tmp_path / "project.yaml").read_text()
    line = next(at for at, one in enumerate(text.splitlines(), 1) if one.startswith("population:"))
    assert caught.value.where.endswith(f"project.yaml, line {line}, key population")
    assert said in caught.value.found
