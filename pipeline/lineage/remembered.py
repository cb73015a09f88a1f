"""What code reaches, kept from one start of the program to the next: following it takes a second.

Belongs here: files of results, and when they hold. Does not belong here: following code (``reach``).

A result holds for one state of the program: of every file of its packages, those of a project's extensions
among them, and of the Python that parses them.
"""

import json
import os
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from pipeline.lineage.modules import Tree
from pipeline.lineage.reach import Reached, Root, reached


@dataclass
class Remembered:
    """Results for the program as ``tree`` has it, in ``file``; those of another program are forgotten.

    ``known`` may be shared by all that remember the same tree in a process, ``shared`` is a file of all
    lakes: the first run of a lake need not follow what another's has followed.
    """

    tree: Tree
    file: Path
    known: dict[str, Reached] = field(default_factory=dict)
    shared: Path | None = None
    _found: dict[str, Reached] | None = None
    _is_new: bool = False
    _is_followed: bool = False

    def reached(
        self,
        roots: Iterable[Root],
        *,
        words: bool = False,
        stands_for: Mapping[str, Iterable[Root]] | None = None,
        apart: Collection[str] = (),
        unannotated: Collection[str] = (),
    ) -> Reached:
        """What ``reach.reached`` says, which is asked only where nobody asked before."""
        some = list(roots)
        instead = {name: list(one) for name, one in (stands_for or {}).items()}
        key = _key(some, words, instead, apart, unannotated)
        if self._found is None:
            self._found = self._kept(self.file)
        if key not in self._found:
            if key not in self.known and self.shared is not None:
                self.known.update(self._kept(self.shared))
            if key not in self.known:
                self._is_followed = True
                self.known[key] = reached(
                    self.tree, some, words=words, stands_for=instead, apart=apart, unannotated=unannotated
                )
            self._found[key], self._is_new = self.known[key], True
        return self._found[key]

    def keep(self) -> None:
        """Write what was found out, where the folders are there and may be written."""
        if self._is_new and self.file.parent.parent.is_dir():
            self._is_new = not self._written(self.file, self._found or {})
        if self._is_followed and self.shared is not None and not sys.dont_write_bytecode:
            self._is_followed = not self._written(self.shared, self.known)

    def _written(self, file: Path, results: Mapping[str, Reached]) -> bool:
        found = {key: [one.code, sorted(one.libraries)] for key, one in results.items()}
        partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
        try:
            file.parent.mkdir(exist_ok=True)
            partial.write_text(json.dumps({"program": self.tree.digest, "found": found}), encoding="utf-8")
            partial.replace(file)
        except OSError:  # a folder that others write: the next start follows the code again
            return False
        return True

    def _kept(self, file: Path) -> dict[str, Reached]:
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            if kept["program"] != self.tree.digest:
                return {}
            return {key: Reached(code, frozenset(names)) for key, (code, names) in kept["found"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}


def beside_bytecode() -> Path:
    """The file of all lakes, where Python keeps what it made of this module."""
    return Path(cache_from_source(__file__)).with_name("reached.json")


def _key(roots: Iterable[Root], words: bool, *more: Any) -> str:
    """One text for equal questions; a function is what its file, its name and its line say."""
    return json.dumps([[_named(one) for one in roots], words, *more], default=_plain, sort_keys=True)


def _named(root: Root) -> str:
    if isinstance(root, str):
        return root
    if isinstance(root, ModuleType):
        return f"module {root.__name__}"
    line = root.__code__.co_firstlineno if isinstance(root, FunctionType) else 0
    return f"{root.__module__} {root.__qualname__} {line}"


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set | frozenset) else _named(value)
