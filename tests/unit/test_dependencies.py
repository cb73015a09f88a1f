"""What the packages import is declared: nothing is there only because another package happens to need it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN = {"pipeline", "assets"}


def _name(distribution: str) -> str:
    """A distribution's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [re.match(r"[\w.-]+", one) for one in project["dependencies"]]
    return {_name(one.group()) for one in found if one}


def _imported() -> dict[str, str]:
    """Every top-level module that is imported from outside, and a place that does."""
    found: dict[str, str] = {}
    for path in (one for top in sorted(OWN) for one in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for top in {one.split(".")[0] for one in names}:
                found[top] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return {top: place for top, place in found.items() if top not in OWN | sys.stdlib_module_names}


def test_every_import_is_declared() -> None:
    declared, distributions = _declared(), packages_distributions()
    undeclared = {
        top: place
        for top, place in _imported().items()
        if not declared & {_name(one) for one in distributions.get(top, [top])}
    }
    assert not undeclared


def test_the_lock_has_all_that_is_declared() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {_name(one) for one in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", lock, flags=re.M)}
    assert _declared() <= locked
