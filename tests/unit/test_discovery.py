"""What is declared is found by standing in a folder: no list of it is kept by hand."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline.discovery import declared, modules_of
from pipeline.features import FAMILIES, FEATURES
from pipeline.ledgers import LEDGERS
from pipeline.schemes.kinds import KINDS


@dataclass(frozen=True)
class Thing:
    """Something declared under a name."""

    name: str
    worth: int = 0


def module(name: str, **values: Any) -> ModuleType:
    """A module with ``values`` at its top level."""
    one = ModuleType(name)
    vars(one).update(values)
    return one


def test_everything_of_a_kind_is_found_in_the_order_of_modules_and_lines() -> None:
    first = module("first", b=Thing("b"), a=Thing("a"), text="a", number=1)
    second = module("second", several=(Thing("d"), "no thing", Thing("c")))
    assert list(declared([first, second], Thing)) == ["b", "a", "d", "c"]


def test_what_a_module_imports_from_another_counts_once() -> None:
    shared = Thing("shared")
    assert declared([module("first", shared=shared), module("second", shared=shared)], Thing) == {
        "shared": shared
    }


@pytest.mark.parametrize("worth", [1, 2], ids=["equal", "different"])
def test_two_declarations_of_a_name_are_refused_even_where_they_are_equal(worth: int) -> None:
    modules = [module("first", one=Thing("twin", 1)), module("second", two=Thing("twin", worth))]
    with pytest.raises(ValueError, match="Thing 'twin' is declared at first:one and at second:two"):
        declared(modules, Thing)


def test_two_declarations_of_a_name_in_one_module_are_refused() -> None:
    with pytest.raises(ValueError, match="another name"):
        declared([module("first", one=Thing("twin"), two=(Thing("twin"),))], Thing)


def test_a_file_in_the_folder_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "found_by_folder"
    folder.mkdir()
    for name in ("__init__", "zebra", "ant"):
        (folder / f"{name}.py").write_text(f"NAME = {name!r}\n")
    (folder / "notes.txt").write_text("no module\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = modules_of("found_by_folder", [str(folder)])
    assert [one.NAME for one in found] == ["ant", "zebra"]


def test_features_come_by_the_place_of_their_family() -> None:
    places = [one.family.place for one in FEATURES.values()]
    assert places == sorted(places)
    assert [one.place for one in FAMILIES.values()] == sorted(one.place for one in FAMILIES.values())
    assert {one.family.name for one in FEATURES.values()} == set(FAMILIES)
    assert all(FAMILIES[one.family.name] is one.family for one in FEATURES.values())


def test_a_name_in_the_code_is_the_name_of_what_is_declared() -> None:
    for one in (FAMILIES, FEATURES, LEDGERS, KINDS):
        assert all(thing.name == name for name, thing in one.items())
    folder = Path(__file__).parents[2] / "pipeline"
    modules = {one.stem for one in (folder / "ledgers").glob("*.py")}
    # the keys of a module's rows are a ledger of their own beside it
    assert set(LEDGERS) <= modules | {"interview_keys", "sales_talks", "support_keys"}
    assert set(KINDS) == {one.stem for one in (folder / "schemes" / "kinds").glob("[a-z]*.py")}
