"""The JSON Schema for editors: it takes every project and example there is, and refuses what is wrong."""

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from pipeline.settings import Project, base, load_project, yaml_files
from pipeline.settings.json_schema import project_schema, schema_text
from pipeline.tables.entities import ENTITIES
from tests.conftest import shop_settings

ROOT = Path(__file__).parents[3]
VALIDATOR = Draft202012Validator(project_schema())
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
DISCOUNTS = {
    "scheme": "discounts",
    "kind": "tier",
    "label": {"en": "Discounts", "zh": "折扣"},
    "score": [{"feature": "discount_share_12p"}],
    "borders": {"quantiles": [0.5]},
    "segments": {"many": {"label": {"en": "Many", "zh": "多"}}, "few": {"label": {"en": "Few", "zh": "少"}}},
}


def wrong(settings: Any) -> list[str]:
    """Keys that the schema refuses."""
    found = [error for one in VALIDATOR.iter_errors(settings) for error in _inner(one)]
    return [".".join(map(str, one.absolute_path)) + ": " + one.message for one in found]


def _inner(error: Any) -> list[Any]:
    return [inner for one in error.context for inner in _inner(one)] if error.context else [error]


def part(settings: dict[str, Any]) -> dict[str, Any]:
    return {"extends": "base.yaml", **settings}


def test_the_published_schema_is_the_one_of_the_settings() -> None:
    published = ROOT / "docs" / "project.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text(), "run make docs"


def test_the_schema_is_one_by_the_rules_of_json_schema() -> None:
    Draft202012Validator.check_schema(project_schema())


@pytest.mark.parametrize(
    "file", sorted((ROOT / "data").glob("*/project.yaml")), ids=lambda one: one.parent.name
)
def test_the_projects_that_come_along_are_valid(file: Path) -> None:
    assert not wrong(yaml_files.read(file).content)


def blocks() -> list[tuple[str, Any]]:
    """Examples of the docs that are whole files, or parts of one from its first level."""
    found = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        for at, text in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            content = _without_gaps(yaml.safe_load(text))
            if not isinstance(content, dict) or None in content.values():  # what a comment says to take out
                continue
            if set(content) <= Project.model_fields.keys():
                found.append((f"{page.name} {at}", content))
    return found


def _without_gaps(value: Any) -> Any:
    """An example without the ellipses that stand for what it leaves out."""
    if isinstance(value, dict):
        return {key: _without_gaps(one) for key, one in value.items() if key != "…"}
    return [_without_gaps(one) for one in value] if isinstance(value, list) else value


def test_the_examples_of_the_docs_are_valid() -> None:
    examples = blocks()
    assert len(examples) >= 4
    assert {name: found for name, one in examples if (found := wrong(part(one)))} == {}
    whole = [one for _, one in examples if {"project", "currency", "sources"} <= one.keys()]
    assert whole
    assert not [found for one in whole if (found := wrong(one))]


RIGHT: dict[str, dict[str, Any]] = {
    "the small shop": {},
    "values from the environment": {"currency": "${SHOP_CURRENCY}", "engine": {"threads": "${N:-2}"}},
    "no schedule": {"schedule": "none"},
    "a schedule": {"schedule": {"cron": "0 6 * * *", "time_zone": "Asia/Tokyo"}},
    "what differs in a built-in scheme": {
        "schemes": [{"scheme": "lifecycle", "thresholds": {"lost_after_days": 90}}]
    },
    "a scheme of one's own": {"schemes": [DISCOUNTS]},
    "a cadence in words and in numbers": {"segments": {"refit_every_periods": "quarter"}},
}


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_is_taken(case: str) -> None:
    assert not wrong(shop_settings(**RIGHT[case]))


def test_columns_have_a_short_and_a_long_form() -> None:
    settings = shop_settings()
    settings["sources"]["till"]["columns"] |= {
        "channel": {"constant": "store"},
        "discount_amount": {"sum_of": ["loyalty", "voucher"], "scale": 0.01},
        "ordered_at": {"column": "at", "format": ["iso", "%d.%m.%Y"]},
    }
    assert not wrong(settings)


def test_a_file_that_extends_another_may_leave_out_what_stands_there() -> None:
    settings = {"lake": "lake_dev", "sources": {"till": {"connector": {"path": "few.csv"}}}}
    assert wrong(settings)
    assert not wrong(part(settings))
    assert not wrong(part({"schemes": [{"scheme": "discounts", "borders": {"quantiles": [0.7]}}]}))


def change(settings: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    found = deepcopy(settings)
    *above, last = path.split(".")
    here = found
    for one in above:
        here = here.setdefault(one, {})
    here[last] = value
    return found


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "laid over"])
@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("curency", "EUR", "curency"),
        ("currency", "euro", "currency: 'euro'"),
        ("period", "quarter", "period: 'quarter'"),
        ("folder", "/etc", "folder"),
        ("retention_days", -1, "retention_days: -1"),
        ("engine.threads", 0, "engine.threads: 0"),
        ("engine.threads", "two", "engine.threads: 'two'"),
        ("engine.thread", 2, "thread"),
        ("report.language", "fr", "report.language: 'fr'"),
        ("schedule.hour", 24, "schedule.hour: 24"),
        ("schedule", "never", "schedule: 'none'"),
        ("sources.till.entity", "order", "sources.till.entity: 'order'"),
        ("sources.till.connector.kind", "ftp", "sources.till.connector.kind: 'ftp'"),
        ("sources.till.connector.pth", "a.csv", "sources.till.connector: Additional properties"),
        ("sources.till.columns.quantity", 7, "sources.till.columns.quantity: 7"),
        ("sources.till.columns.quantity", {"colum": "q"}, "sources.till.columns.quantity: Additional"),
        ("sources.till.columns.quantity", {"column": "q", "strict": 3}, "quantity.strict: 3"),
        ("sources.till.exact_duplicates", "merge", "sources.till.exact_duplicates: 'merge'"),
        ("schemes", [{"scheme": "lifecycle", "threshold": {}}], "schemes.0: Additional properties"),
        ("schemes", [{"kind": "tier"}], "schemes.0: 'scheme' is a required property"),
        ("schemes", [DISCOUNTS | {"kind": "tree"}], "schemes.0.kind: 'tree'"),
        ("schemes", [DISCOUNTS | {"scale": "log"}], "schemes.0.scale: 'log'"),
        ("schemes", {"discounts": {}}, "schemes: {'discounts': {}} is not of type 'array'"),
    ],
)
def test_what_is_wrong_is_refused_with_its_key(path: str, value: Any, said: str, whole: bool) -> None:
    settings = change(shop_settings(), path, value)
    found = wrong(settings if whole else part(settings))
    assert any(said in one for one in found), found


@pytest.mark.parametrize("key", ["currency", "sources", "first_period"])
def test_what_is_missing_is_told(key: str) -> None:
    settings = shop_settings()
    del settings[key]
    assert wrong(settings) == [f": '{key}' is a required property"]


def test_a_scheme_of_ones_own_is_whole() -> None:
    settings = shop_settings(schemes=[{key: one for key, one in DISCOUNTS.items() if key != "borders"}])
    assert wrong(settings) == ["schemes.0: 'borders' is a required property"]


def every_part() -> list[type[BaseModel]]:
    """All parts of the settings that a project may have."""
    found: list[type[BaseModel]] = []

    def below(kind: type[BaseModel]) -> None:
        for one in kind.__subclasses__():
            if one not in found and one.__module__.startswith("pipeline.settings"):
                found.append(one)
                below(one)

    below(base.Settings)
    return found


def test_every_setting_of_every_part_is_in_the_schema_and_every_part_says_what_it_is() -> None:
    definitions = project_schema()["$defs"]
    used = [one for one in every_part() if one.__name__ in definitions]
    assert len(used) > 25
    for one in used:
        schema = definitions[one.__name__]
        assert schema["description"]
        fields = {field.alias or name for name, field in one.model_fields.items()} - {"folder"}
        assert schema["properties"].keys() == fields


def test_every_column_of_every_entity_is_named_with_its_meaning() -> None:
    definitions = project_schema()["$defs"]
    for name, entity in ENTITIES.items():
        columns = definitions[f"columns.{name}"]["properties"]
        assert {one.name for one in entity.mapped} <= columns.keys()
        assert all(one["description"] for one in columns.values())


def test_a_validator_that_takes_another_form_says_which() -> None:
    """Else the schema would refuse what is read: say ``json_schema_input_type`` beside ``mode="before"``."""
    #: Checks before the type is known, which change no form.
    same_form = {"_on_this_machine", "_never_direct", "_by_space"}
    silent = [
        f"{part.__name__}.{name}"
        for part in every_part()
        for name, one in part.__pydantic_decorators__.field_validators.items()
        if one.info.mode in ("before", "plain", "wrap")
        and name not in same_form
        and "Undefined" in str(one.info.json_schema_input_type)
    ]
    assert not silent


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[dict[str, Any]], None]:
    def load(settings: dict[str, Any]) -> None:
        (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
        load_project(tmp_path)

    return load


@pytest.mark.parametrize("case", [one for one in RIGHT if "environment" not in one])
def test_what_the_schema_takes_here_the_settings_take_too(case: str, asked: Callable[[Any], None]) -> None:
    asked(shop_settings(**RIGHT[case]))
