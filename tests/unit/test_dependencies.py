"""What the packages import is declared: nothing is there only because another package happens to need it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OWN = {"pipeline", "assets"}
#: Imported only where a project asks for it: its packages are an extra.
SPARK = ROOT / "pipeline" / "engine" / "spark"


def _name(distribution: str) -> str:
    """A distribution's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _declared(extra: str | None = None) -> set[str]:
    """Distributions that the program needs; with an ``extra`` that it names, those of it alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    found = [re.match(r"[\w.-]+", one) for one in wanted]
    return {_name(one.group()) for one in found if one}


def _imported(in_spark: bool) -> dict[str, str]:
    """Every top-level module that is imported from outside, and a place that does: by the engine on Spark,
    or by all else."""
    found: dict[str, str] = {}
    for path in (one for top in sorted(OWN) for one in (ROOT / top).rglob("*.py")):
        if path.is_relative_to(SPARK) is not in_spark:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for top in {one.split(".")[0] for one in names}:
                found[top] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return {top: place for top, place in found.items() if top not in OWN | sys.stdlib_module_names}


@pytest.mark.parametrize("in_spark", [False, True])
def test_every_import_is_declared(in_spark: bool) -> None:
    declared = _declared() | (_declared("spark") if in_spark else set())
    distributions = packages_distributions()
    undeclared = {
        top: place
        for top, place in _imported(in_spark).items()
        if not declared & {_name(one) for one in distributions.get(top, [top])}
    }
    assert not undeclared


def test_the_lock_has_all_that_is_declared() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {_name(one) for one in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", lock, flags=re.M)}
    assert _declared() <= locked
