"""The project's modules as syntax trees: what each name of a module is bound by, or imported from.

Belongs here: finding, parsing and indexing modules below one root folder, which need not be the one
that runs. Does not belong here: what a stage reaches of them (``reach``).
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

#: Packages whose code is followed; everything else is a library.
PACKAGES = ("pipeline", "assets")
#: Suffixes of modules and of what Python makes of them: what else lies in a package is its data.
_NOT_DATA = {".py", ".pyc", ".typed"}


@dataclass(frozen=True)
class Module:
    """One module: statements by the names that they bind, imports, statements that bind nothing."""

    name: str
    path: Path
    tree: ast.Module
    bound: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    #: Modules of which all public names are imported.
    stars: list[str] = field(default_factory=list)
    effects: list[ast.stmt] = field(default_factory=list)

    @property
    def package(self) -> str:
        """Package that relative imports start from."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


@dataclass
class Tree:
    """Modules of the packages below ``root``, parsed when they are first asked for."""

    root: Path
    #: Folders of packages that a project declares in, by the package's name: their code is followed, too.
    extensions: Mapping[str, Path] = field(default_factory=dict)
    #: What ``reach`` makes of definitions, by module, node and whether words count.
    normalised: dict[Any, Any] = field(default_factory=dict)
    #: What ``remembered`` was told of them, by question.
    reached: dict[str, Any] = field(default_factory=dict)
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _data_folders: dict[Path, set[str]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Digest of every file of the packages, code or data, and of the Python that parses them."""
        digest = hashlib.sha256(sys.version.encode())
        places = [(self.root, name) for name in PACKAGES]
        places += [(root, name) for name, root in sorted(self.extensions.items())]
        for root, name in places:
            for path in [*sorted((root / name).rglob("*")), root / f"{name}.py"]:
                if path.parent.name != "__pycache__" and path.is_file():
                    digest.update(f"\0{path}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def module(self, name: str) -> Module | None:
        """The module or package of that name; none when it is a library's, or there is none."""
        if name not in self._modules:
            module = self._modules[name] = self._parsed(name)
            if module is not None:
                for source in module.stars:
                    self._starred(module, source)
        return self._modules[name]

    def _starred(self, module: Module, source: str) -> None:
        """Note what ``from source import *`` binds, name by name, where ``source`` is of the program."""
        other = self.module(source)
        for one in (*other.bound, *other.imported) if other else ():
            if not one.startswith("_"):
                module.imported.setdefault(one, (source, one))

    def _parsed(self, name: str) -> Module | None:
        top = name.partition(".")[0]
        root = self.root if top in PACKAGES else self.extensions.get(top)
        if root is None:
            return None
        place = root.joinpath(*name.split("."))
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return _indexed(name, path)
        return None

    def name_of(self, path: Path) -> str:
        """A data file by its path below the folder that its package lies in."""
        roots = (self.root, *self.extensions.values())
        return next(path.relative_to(one).as_posix() for one in roots if path.is_relative_to(one))

    def data(self, module: Module, text: str) -> list[Path]:
        """Data files beside ``module`` that ``text`` names: a file, a folder of them, or a pattern."""
        if (
            not text
            or len(text) > 100
            or any(one in text for one in " \n\\\0:")
            or text.startswith(("/", "."))
        ):
            return []
        folder = module.path.parent
        if "*" in text:
            try:
                found = list(folder.glob(text))
            except (ValueError, NotImplementedError):
                return []
            return sorted(one for one in found if _is_data(one))
        if "." not in text and text not in self._folders(folder):
            return []
        place = folder / text
        if place.is_dir():
            return sorted(one for one in place.rglob("*") if _is_data(one))
        return [place] if _is_data(place) else []

    def _folders(self, folder: Path) -> set[str]:
        if folder not in self._data_folders:
            self._data_folders[folder] = {
                one.name for one in folder.iterdir() if one.is_dir() and not (one / "__init__.py").exists()
            }
        return self._data_folders[folder]


def _is_data(path: Path) -> bool:
    return path.is_file() and path.suffix not in _NOT_DATA and "__pycache__" not in path.parts


def _indexed(name: str, path: Path) -> Module:
    module = Module(name, path, ast.parse(path.read_bytes(), str(path)))
    for node in _statements(module.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            _import(module, node)
    for statement in module.tree.body:
        names = names_bound(statement)
        for one in names:
            module.bound.setdefault(one, []).append(statement)
        if (
            not names
            and not isinstance(statement, ast.Import | ast.ImportFrom)
            and not is_docstring(statement)
        ):
            module.effects.append(statement)
    return module


#: Fields of a syntax tree that hold statements: expressions hold none.
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Statements in ``node``, however deep."""
    for name in _BLOCKS:
        block = getattr(node, name, None)
        for one in block if isinstance(block, list) else ():
            yield one
            yield from _statements(one)


def _import(module: Module, node: ast.Import | ast.ImportFrom) -> None:
    """Note what the names that an import binds stand for: a module, or a name in one."""
    if isinstance(node, ast.Import):
        for one in node.names:
            whole = one.name if one.asname else one.name.partition(".")[0]
            module.imported[one.asname or whole] = (whole, None)
        return
    source = node.module or ""
    if node.level:
        above = module.package.split(".")[: len(module.package.split(".")) - node.level + 1]
        source = ".".join([*above, *([node.module] if node.module else [])])
    for one in node.names:
        if one.name == "*":
            module.stars.append(source)
        else:
            module.imported[one.asname or one.name] = (source, one.name)


def names_bound(statement: ast.stmt) -> list[str]:
    """Names that a statement binds or adds to (``REGISTRY["x"] = …``)."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return list(dict.fromkeys(one for target in targets for one in _roots(target)))
    if isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
        inner = [one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt)]
        inner += [
            one
            for part in ast.iter_child_nodes(statement)
            if isinstance(part, ast.ExceptHandler)
            for one in part.body
        ]
        names = [name for one in inner for name in names_bound(one)]
        if isinstance(statement, ast.For):
            names += _roots(statement.target)
        return list(dict.fromkeys(names))
    return []


def _roots(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Tuple | ast.List):
        return [name for one in target.elts for name in _roots(one)]
    if isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        return _roots(target.value)
    return []


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a text that nothing is done with."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
