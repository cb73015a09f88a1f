"""``exclude``: what it may say, and what is said of 20 wrong ones."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipeline
from pipeline.errors import InputError
from pipeline.settings import Project, load_project
from tests.conftest import shop_settings

CRM = {
    "entity": "profiles",
    "account_space": "shop",
    "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
    "columns": {"source_account_id": "customer", "country": "land", "email": "mail", "income_amount": "pay"},
}
GOODS = {
    "entity": "products",
    "connector": {"kind": "file", "format": "csv", "path": "products.csv"},
    "columns": {"product_id": "product"},
}
TILL = shop_settings()["sources"]["till"] | {"account_space": "shop"}
SOURCES = {"till": TILL, "crm": CRM, "goods": GOODS}
STAFF = {"name": "employees", "source": "crm", "where": "segment = 'employee'"}


def written(folder: Path, exclude: Any) -> str:
    text = yaml.safe_dump(shop_settings(sources=SOURCES, exclude=exclude), sort_keys=False)
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    return text


def test_three_forms_and_a_beginning(tmp_path: Path) -> None:
    written(
        tmp_path,
        [
            STAFF,
            {"name": "test_accounts", "accounts": {"shop": [17850, "T-1"]}},
            {"name": "abroad", "entity": "profiles", "where": "country IN ('DE', 'FR')"},
            {"name": "leavers", "entity": "profiles", "where": "email LIKE '%@shop.example'",
             "from_period": "2024-02"},
        ],
    )  # fmt: skip
    project: Project = load_project(tmp_path)
    staff, testers, abroad, leavers = project.exclude
    assert staff.where is not None
    assert staff.where.names == ("segment",)
    assert testers.accounts == {"shop": ["17850", "T-1"]}
    assert abroad.holds_in("2024-01", project.calendar)
    assert [leavers.holds_in(one, project.calendar) for one in ("2024-01", "2024-02", "2024-03")] == [
        False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "key", "said"),
    [
        ({"name": "Staff!"}, "exclude.0.name", "should match pattern"),
        ({"name": None}, "exclude.0.name", "string"),
        ({"nam": "staff"}, "exclude.0.nam", "unknown key nam, did you mean name?"),
        ({"wher": "a = 1"}, "exclude.0.wher", "unknown key wher, did you mean where?"),
        ({"where": None}, "exclude.0.source", "where is missing"),
        ({"source": None}, "exclude.0", "either accounts, or source with where, or entity with where"),
        ({"accounts": {"shop": [1]}}, "exclude.0", "it says accounts and source"),
        ({"entity": "profiles"}, "exclude.0", "it says source and entity"),
        ({"source": "cmr"}, "exclude.0.source", "there is no source 'cmr'; there are till, crm"),
        ({"source": "goods"}, "exclude.0.source", "it gives products, which have no accounts"),
        ({"where": "segment = "}, "exclude.0.where", ""),
        ({"where": "drop table x"}, "exclude.0.where", ""),
        ({"where": "evil(segment)"}, "exclude.0.where", "evil"),
        ({"where": 7}, "exclude.0.where", "as text"),
        ({"from_period": "January"}, "exclude.0.from_period", "January"),
        ({"source": None, "entity": "profile", "where": "country = 'DE'"}, "exclude.0.entity",
         "did you mean profiles?"),
        ({"source": None, "entity": "web_visits", "where": "device = 'x'"}, "exclude.0.entity",
         "there are orders, profiles"),
        ({"source": None, "entity": "profiles", "where": "contry = 'DE'"}, "exclude.0.where", "country"),
        ({"source": None, "entity": "profiles", "where": "country > 3"}, "exclude.0.where", ""),
        ({"source": None, "entity": "profiles", "where": "country"}, "exclude.0.where", "true or false"),
        ({"source": None, "entity": "profiles", "where": "income_amount > 3"}, "exclude.0.where",
         "amounts are converted only later"),
        ({"source": None, "where": None, "accounts": {}}, "exclude.0.accounts", "at least 1"),
        ({"source": None, "where": None, "accounts": {"shop": []}}, "exclude.0.accounts.shop", "at least 1"),
        ({"source": None, "where": None, "accounts": [17850]}, "exclude.0.accounts",
         "numbers are given by account space"),
        ({"source": None, "where": None, "accounts": {"shop": [True]}}, "exclude.0.accounts.shop.0",
         "text or a whole number"),
        ({"source": None, "where": None, "accounts": {"shop": [1.5]}}, "exclude.0.accounts.shop.0",
         "text or a whole number"),
        ({"source": None, "where": None, "accounts": {"shop": [" "]}}, "exclude.0.accounts.shop.0", "empty"),
        ({"source": None, "where": None, "accounts": {"shp": [1]}}, "exclude.0.accounts.shp",
         "did you mean shop?"),
        ({"source": None, "where": None, "accounts": {"crm": [1]}}, "exclude.0.accounts.crm",
         "source crm takes its accounts from the space shop; write shop"),
        ({"source": None, "accounts": {"shop": [1]}}, "exclude.0.where", "excluded by number"),
    ],
)  # fmt: skip
def test_a_wrong_one_is_refused_with_file_line_and_key(
    tmp_path: Path, wrong: dict[str, Any], key: str, said: str
) -> None:
    given = {name: one for name, one in (STAFF | wrong).items() if one is not None or name == "name"}
    text = written(tmp_path, [given])
    with pytest.raises(InputError) as caught:
        load_project(tmp_path)
    first = text.splitlines().index("exclude:") + 2
    place, _, named = caught.value.where.rpartition(", key ")
    assert named == key
    assert place.startswith(f"{tmp_path / 'project.yaml'}, line ")
    assert first <= int(place.rsplit(" ", 1)[1]) <= len(text.splitlines())
    assert said in caught.value.found


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    written(tmp_path, [STAFF, STAFF | {"where": "segment = 'intern'"}])
    with pytest.raises(InputError, match="another exclusion is called employees") as caught:
        load_project(tmp_path)
    assert caught.value.where.endswith("key exclude.1.name")


def test_the_example_of_the_page_is_what_it_says(tmp_path: Path) -> None:
    page = (Path(pipeline.__file__).parents[1] / "docs" / "exclusions.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    written(tmp_path, yaml.safe_load(example)["exclude"])
    project = load_project(tmp_path)
    assert [one.name for one in project.exclude] == ["employees", "test_accounts", "abroad"]
    assert project.exclude[1].accounts == {"shop": ["17850", "T-1"]}
    assert not project.exclude[1].holds_in("2024-02", project.calendar)
