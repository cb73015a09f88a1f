"""Packages of a company's own: what they declare is the project's; what is wrong with one is told."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.features import FEATURES
from pipeline.ledgers import LEDGERS
from pipeline.settings import Project, load_project
from tests.conftest import shop_settings

PAGE = (Path(__file__).parents[2] / "docs" / "project.md").read_text(encoding="utf-8")
#: Modules of the example on the page, by path.
EXAMPLE = dict(re.findall(r"```python\n# (\S+\.py)\n(.*?)```", PAGE, re.DOTALL))
[SETTINGS] = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(extensions:.*?)```", PAGE, re.DOTALL)]
FEATURE = """
from pipeline.features.declaration import Family
FAMILY = Family("own", 200, ("Own", "自有"))
{symbol} = FAMILY.feature("{name}", "It.", ("Name", "名称"), "orders", lambda m, window: m[{read}], [{read}])
"""


def feature(name: str, symbol: str = "one", imports: str = "") -> str:
    """A module that declares a feature over orders."""
    read = "from pipeline.ledgers.orders import orders\n"
    return imports + read + FEATURE.format(symbol=symbol, name=name, read="orders.orders_count")


def write(folder: Path, extensions: Any, files: dict[str, str], **settings: Any) -> Callable[[], Project]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    given = shop_settings(extensions=extensions, **settings)
    (folder / "project.yaml").write_text(yaml.safe_dump(given, sort_keys=False), encoding="utf-8")
    return lambda: load_project(folder)


def test_the_example_of_the_page_declares_a_ledger_a_feature_and_a_scheme(tmp_path: Path) -> None:
    project = write(tmp_path, SETTINGS["extensions"], EXAMPLE, schemes=SETTINGS["schemes"])()
    assert project.extended.features.keys() == {"bulk_lines_count_12p"}
    assert project.extended.ledgers.keys() == {"bulk"}
    assert [*project.catalogue] == [*FEATURES, "bulk_lines_count_12p"]
    assert [*project.ledgers] == [*LEDGERS, "bulk"]
    assert "bulk_lines_count_12p" in project.givable
    assert project.every_scheme["bulk_buying"].score[0].feature == "bulk_lines_count_12p"


def test_one_module_and_a_package_with_folders_are_found(tmp_path: Path) -> None:
    files = {
        "single.py": feature("single_count"),
        "deep/__init__.py": "",
        "deep/inner/habits.py": feature("deep_count"),
        "deep/inner/__init__.py": "",
    }
    project = write(tmp_path, ["single", "deep"], files)()
    assert project.extended.places == {"single_count": "single:one", "deep_count": "deep.inner.habits:one"}


def test_an_installed_package_serves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "site"
    write(installed, [], {"an_installed_one.py": feature("installed_count")})
    monkeypatch.syspath_prepend(str(installed))
    assert "installed_count" in write(tmp_path / "shop", ["an_installed_one"], {})().catalogue


def test_projects_in_one_process_never_see_each_others_extensions(tmp_path: Path) -> None:
    path = list(sys.path)
    one = write(tmp_path / "one", ["my_company"], {"my_company/a.py": feature("of_one_count")})()
    other = write(tmp_path / "other", ["my_company"], {"my_company/a.py": feature("of_other_count")})()
    none = write(tmp_path / "none", [], {})()
    assert [set(project.catalogue) - set(FEATURES) for project in (one, other, none)] == [
        {"of_one_count"},
        {"of_other_count"},
        set(),
    ]
    assert not [name for name in sys.modules if name.startswith("my_company")]
    assert sys.path == path
    assert not list(tmp_path.rglob("__pycache__"))
    score = {"schemes": [SETTINGS["schemes"][0] | {"score": [{"feature": "of_one_count"}]}]}
    with pytest.raises(InputError, match="there is no feature 'of_one_count', did you mean of_other_count"):
        write(tmp_path / "other", ["my_company"], {}, **score)()


def test_a_changed_file_is_read_anew_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    load = write(tmp_path, ["own"], {"own.py": feature("first_count")})
    before = load().extended
    assert load().extended is before
    (tmp_path / "own.py").write_text(feature("other_count"), encoding="utf-8")
    assert load().extended.features.keys() == {"other_count"}


def test_what_an_extension_imports_of_those_that_come_along_is_not_its_own(tmp_path: Path) -> None:
    text = feature("own_count", imports="from pipeline.features.behaviour import *\n")
    assert write(tmp_path, ["own"], {"own.py": text})().extended.features.keys() == {"own_count"}


SHARE = {
    "feature": "bulk_share",
    "label": {"en": "Bulk share", "zh": "批量占比"},
    "meaning": "Share of lines bought in bulk.",
    "formula": "bulk.lines_count / NULLIF(orders.lines_count, 0) + 0 * bulk_lines_count_12p",
}


def test_formulae_of_the_settings_read_measures_and_features_of_extensions(tmp_path: Path) -> None:
    project = write(tmp_path, ["my_company"], EXAMPLE, features=[SHARE])()
    share = project.catalogue["bulk_share"]
    assert {one.ledger.name for one in share.reads} == {"bulk", "orders"}
    assert [one.name for one in share.uses] == ["bulk_lines_count_12p"]
    assert "bulk_share" in project.givable
    with pytest.raises(InputError, match="there is no ledger 'bulk'"):
        write(tmp_path, [], EXAMPLE, features=[SHARE])()


@pytest.mark.parametrize(
    "given",
    [
        {"features": [SHARE | {"feature": "bulk_lines_count_12p"}]},
        {
            "attributes": [
                {
                    "attribute": "bulk_lines_count_12p",
                    "label": SHARE["label"],
                    "meaning": "x",
                    "type": "text",
                }
            ]
        },
    ],
    ids=["feature", "attribute"],
)
def test_a_name_that_an_extension_declares_is_taken(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write(tmp_path, ["my_company"], EXAMPLE, **given)()
    assert "is a feature of an extension (my_company.features:bulk_lines_count_12p) already" in str(
        caught.value
    )


BULK = EXAMPLE["my_company/ledgers.py"]
WRONG: dict[str, tuple[Any, dict[str, str], str, str]] = {
    "no such package": (["nowhere"], {}, "extensions.0", "there is no Python package nowhere: neither"),
    "a second one that is not there": (
        ["own", "nowhere"], {"own.py": feature("own_count")}, "extensions.1", "there is no Python package",
    ),
    "a path": (["../own"], {"own.py": ""}, "extensions.0", "'../own' is no name of a package"),
    "a name with a dot": (["own.features"], {}, "extensions.0", "is no name of a package"),
    "a package of the program": (["pipeline"], {}, "extensions.0", "is a package of the program"),
    "a package of Python": (["json"], {}, "extensions.0", "is a package of the program"),
    "a library": (["yaml"], {}, "extensions.0", "declares neither a ledger nor a feature"),
    "a large library": (["pandas"], {}, "extensions.0", "more than 200 modules"),
    "beside the settings and installed": (
        ["yaml"], {"yaml.py": feature("own_count")}, "extensions.0", "and is installed in",
    ),
    "named twice": (["own", "own"], {"own.py": feature("own_count")}, "extensions.1", "own is named twice"),
    "no text": ([7], {"own.py": ""}, "extensions.0", "valid string"),
    "no list": ("own", {"own.py": ""}, "extensions", "a list belongs here"),
    "nothing declared": (["own"], {"own.py": "x = 1"}, "extensions.0", "declares neither a ledger nor"),
    "a syntax error": (
        ["own"], {"own/__init__.py": "", "own/a.py": "x = 1\ny = (\n"}, "extensions.0",
        "own/a.py, line 2: SyntaxError: '(' was never closed",
    ),
    "an import that fails": (
        ["own"], {"own.py": "\n\nimport not_there_at_all\n"}, "extensions.0",
        "own.py, line 3: ModuleNotFoundError: No module named 'not_there_at_all'",
    ),
    "an error in a function": (
        ["own"], {"own.py": "def f():\n    return 1 / 0\n\nf()\n"}, "extensions.0",
        "own.py, line 2: ZeroDivisionError",
    ),
    "an exit": (["own"], {"own.py": "import sys\nsys.exit(3)"}, "extensions.0", "line 2: SystemExit: 3"),
    "an unknown unit": (
        ["own"], {"own.py": feature("own_count").replace('"orders"', '"fathoms"')}, "extensions.0",
        "own.py, line 5: ValueError: feature own_count: unknown unit 'fathoms'",
    ),
    "an unknown entity": (
        ["own"], {"own.py": BULK.replace('("orders",)', '("ordrs",)')}, "extensions.0",
        "ValueError: ledger bulk: unknown entities ['ordrs']",
    ),
    "no measure of that name": (
        ["own"], {"own.py": feature("own_count").replace("orders_count", "order_count")}, "extensions.0",
        "AttributeError: ledger orders has no measure 'order_count'",
    ),
    "a feature that comes along": (
        ["own"], {"own.py": feature("recency_days")}, "extensions.0",
        "own:one: a feature recency_days comes along already",
    ),
    "a ledger that comes along": (
        ["own"], {"own.py": BULK.replace('"bulk"', '"orders"')}, "extensions.0",
        "own:bulk: a ledger orders comes along already",
    ),
    "two of one name in a package": (
        ["own"], {"own/a.py": feature("own_count"), "own/b.py": feature("own_count", "two")}, "extensions.0",
        "Feature 'own_count' is declared at own.a:one and at own.b:two",
    ),
    "two of one name in two packages": (
        ["a", "b"], {"a.py": feature("own_count"), "b.py": feature("own_count")}, "extensions.1",
        "b:one: a:one declares a feature own_count, too",
    ),
    "a column's name": (
        ["own"], {"own.py": feature("first_seen_at")}, "extensions.0", "first_seen_at is the name of",
    ),
    "a name of labels": (["own"], {"own.py": feature("own_label")}, "extensions.0", "is the name of"),
    "a name of schemes": (["own"], {"own.py": feature("own_segment")}, "extensions.0", "is the name of"),
    "no name": (["own"], {"own.py": feature("Own Count")}, "extensions.0", "is no name of a feature"),
    "a hidden ledger": (
        ["own"],
        {"own.py": (BULK.replace("bulk = Ledger", "hidden = [Ledger").replace("    },\n)", "    },\n)]")
                    .replace(">= 2)},\n)", ">= 2)},\n)]")
                    + FEATURE.format(symbol="one", name="own_count", read="hidden[0].lines_count"))},
        "extensions.0", "feature own_count reads the ledger bulk, which stands at no module's top level",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_an_extension_is_one_error_with_its_line(case: str, tmp_path: Path) -> None:
    names, files, key, said = WRONG[case]
    path, modules = list(sys.path), {one for one in sys.modules if one.partition(".")[0] in ("own", "a", "b")}
    with pytest.raises(InputError) as caught:
        write(tmp_path, names, files)()
    text = (tmp_path / "project.yaml").read_text(encoding="utf-8")
    first = text[: text.index("extensions:")].count("\n") + 1
    line = first + (1 + int(key[-1]) if key[-1].isdigit() else 0)
    assert caught.value.where == f"{tmp_path / 'project.yaml'}, line {line}, key {key}"
    assert said in caught.value.found
    assert caught.value.__cause__ is None
    assert sys.path == path
    assert {one for one in sys.modules if one.partition(".")[0] in ("own", "a", "b")} == modules


def test_a_broken_extension_of_a_base_is_named_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(shop_settings(extensions=["own"]), sort_keys=False))
    (tmp_path / "own.py").write_text("1 / 0\n")
    (tmp_path / "dev.yaml").write_text("extends: base.yaml\nlake: lake_dev\ncurency: EUR\n")
    with pytest.raises(InputError) as caught:
        load_project(tmp_path / "dev.yaml")
    assert "base.yaml, line" in caught.value.where
    assert "ZeroDivisionError" in caught.value.found
