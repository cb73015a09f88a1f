"""Finding declarations by folder: no hand-kept list of what exists.

Belongs here: importing the modules of a package and collecting what they declare, reading a YAML document
that comes along. Does not belong here: what a declaration means (``ledgers``, ``features``), or YAML of
people (``settings.yaml_files``, which tells them their lines).
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, Protocol, TypeVar

import yaml


class Named(Protocol):
    """Anything declared under a name."""

    @property
    def name(self) -> str:
        """Its name, unique among its kind."""
        ...


One = TypeVar("One", bound=Named)
#: The C library reads the built-in schemes in an eighth of the time: a third of a second of each start.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def yaml_of(text: str) -> Any:
    """Plain values of a YAML document of the program's own."""
    return yaml.load(text, Loader=_Loader)


def modules_of(package: str, path: Iterable[str]) -> list[ModuleType]:
    """Modules directly in the folder ``path`` of ``package``, by name."""
    names = sorted(one.name for one in pkgutil.iter_modules(path))
    return [importlib.import_module(f"{package}.{name}") for name in names]


def declared(modules: Iterable[ModuleType], kind: type[One]) -> dict[str, One]:
    """Everything of ``kind`` at the top level of ``modules``, by name, in the order of modules and lines.

    What one module imports from another is the same object, and counts once. Raises ``ValueError``
    when two declarations share a name.
    """
    found: dict[str, tuple[One, str]] = {}
    for place, one in _declarations(modules, kind):
        known, where = found.setdefault(one.name, (one, place))
        if known is not one:
            raise ValueError(
                f"{kind.__name__} {one.name!r} is declared at {where} and at {place}: "
                "give one of them another name"
            )
    return {name: one for name, (one, _) in found.items()}


def places(modules: Iterable[ModuleType], kind: type[One]) -> dict[str, str]:
    """Where each declaration of ``kind`` stands, by its name: ``module:symbol``."""
    found: dict[str, str] = {}
    for place, one in _declarations(modules, kind):
        found.setdefault(one.name, place)
    return found


def _declarations(modules: Iterable[ModuleType], kind: type[One]) -> Iterator[tuple[str, One]]:
    for module in modules:
        for symbol, value in vars(module).items():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, kind):
                    yield f"{module.__name__}:{symbol}", one
