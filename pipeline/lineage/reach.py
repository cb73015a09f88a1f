"""What a piece of code reaches: names followed from definition to definition, across modules.

Belongs here: the closure of names, and its digest module by module. Does not belong here: parsing
(``modules``), or what a stage starts from (``assets.lib.stages``).

A definition counts without comments, docstrings and annotations, and without the words of
declarations: arguments that a class or function takes for people to read, not to compute with. Which
these are a class says in ``__texts__``; a function that returns such a class is one that declares.
Annotations do count for what is reached: a method has no other way to be found than its class.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeAlias

from pipeline.discovery import yaml_of
from pipeline.lineage.modules import PACKAGES, Module, Tree, names_bound
from pipeline.lineage.reading import Reading, chains, distinct, texts_listed

#: Where to start: a function (nested, lambda), a class, a module, or ``module:name``.
Root: TypeAlias = "Callable[..., Any] | type | ModuleType | str"
#: Words of documents (YAML, JSON): keys whose values are for people to read.
DOCUMENT_TEXTS = frozenset({"label", "labels", "meaning", "description", "words", "playbook", "title"})
_Symbol: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Reached:
    """Digest of what is reached of each module or data file, by name; top names of libraries."""

    code: dict[str, str]
    libraries: frozenset[str]


def reached(
    tree: Tree,
    roots: Iterable[Root],
    *,
    words: bool = False,
    stands_for: Mapping[str, Iterable[Root]] | None = None,
    apart: Collection[str] = (),
    unannotated: Collection[str] = (),
) -> Reached:
    """All code that ``roots`` reach.

    With ``words`` the texts of declarations count, too: for stages that write them. ``stands_for``
    says what names free in a root mean, where they would reach too much. Modules ``apart``
    (by prefix) are not entered; classes of ``unannotated`` not for an annotation's sake alone.
    """
    walk = _Walk(tree, words, frozenset(stands_for or ()), tuple(apart), tuple(unannotated))
    for one in (*roots, *(one for some in (stands_for or {}).values() for one in some)):
        walk.start(one)
    walk.finish()
    code = {name: _digest(*sorted(parts)) for name, parts in sorted(walk.parts.items())}
    return Reached(code, frozenset(walk.libraries))


@dataclass(frozen=True)
class _Definition:
    """A definition as it counts: its digest, the names in its annotations and in the rest, data files."""

    digest: str
    annotated: list[list[str]]
    named: list[list[str]]
    data: list[Path]


@dataclass
class _Walk:
    tree: Tree
    words: bool
    skipped: frozenset[str]
    apart: tuple[str, ...]
    unannotated: tuple[str, ...]
    parts: dict[str, set[str]] = field(default_factory=dict)
    libraries: set[str] = field(default_factory=set)
    _seen: set[_Symbol] = field(default_factory=set)
    _waiting: list[_Symbol] = field(default_factory=list)

    # ---------------------------------------------------------------------------- roots

    def start(self, root: Root) -> None:
        """Add what a root is itself."""
        if isinstance(root, str):
            name, _, symbol = root.partition(":")
            self._name(name, symbol) if symbol else self._whole(name)
        elif isinstance(root, ModuleType):
            self._whole(root.__name__)
        elif isinstance(root, FunctionType):
            self._function(root)
        else:
            self._name(root.__module__, root.__qualname__.partition(".")[0])

    def _function(self, function: FunctionType) -> None:
        """A function; of one inside another also what binds the names that it takes from there."""
        module = self.tree.module(function.__module__)
        if module is None:
            self.libraries.add(function.__module__.partition(".")[0])
            return
        outer, *inner = function.__qualname__.replace("<locals>.", "").split(".")
        if not inner and outer != "<lambda>":
            self._name(module.name, outer)
            return
        scopes, found = _definition(module, [outer, *inner], function.__code__)
        if not found:
            raise LookupError(f"{function.__module__}.{function.__qualname__} is not in {module.path}")
        self._effects(module)
        for node in found:
            self._add(module, node, self.skipped)
            free = {one for one in _loaded(node) if one not in self.skipped}
            done: set[str] = set()
            while free - done:
                name = (free - done).pop()
                done.add(name)
                for statement in (one for scope in scopes for one in scope.body if name in names_bound(one)):
                    self._add(module, statement, self.skipped)
                    free |= set(_loaded(statement))

    # -------------------------------------------------------------------------- walking

    def finish(self) -> None:
        """Follow everything that waits."""
        while self._waiting:
            module_name, symbol = self._waiting.pop()
            module = self.tree.module(module_name)
            if module is None:
                continue
            for statement in module.bound.get(symbol, ()):
                self._add(module, statement)

    def _name(self, module_name: str, symbol: str, annotation: bool = False) -> None:
        """Reach ``symbol`` of a module: where it is defined, a submodule, or a library's."""
        if self._is_apart(f"{module_name}.{symbol}") or (
            annotation and self._inside(module_name, self.unannotated)
        ):
            return
        module = self.tree.module(module_name)
        if module is None:
            self._library(module_name)
            return
        if (module_name, symbol) in self._seen:
            return
        self._seen.add((module_name, symbol))
        if symbol in module.bound:
            self._effects(module)
            self._waiting.append((module_name, symbol))
        elif symbol in module.imported:
            self._imported(*module.imported[symbol], annotation=annotation)
        elif self.tree.module(f"{module_name}.{symbol}"):
            self._whole(f"{module_name}.{symbol}")

    def _imported(self, source: str, name: str | None, annotation: bool = False) -> None:
        if name is None:
            self._whole(source)
        elif name != "*" and self.tree.module(f"{source}.{name}") and not self._binds(source, name):
            self._whole(f"{source}.{name}")
        else:
            self._name(source, name, annotation)

    def _binds(self, module_name: str, name: str) -> bool:
        module = self.tree.module(module_name)
        return module is not None and (name in module.bound or name in module.imported)

    def _whole(self, name: str) -> None:
        """Every definition of a module."""
        module = self.tree.module(name)
        if module is None:
            self._library(name)
        elif not self._is_apart(name):
            self._effects(module)
            for symbol in (*module.bound, *(module.imported if module.path.name == "__init__.py" else ())):
                self._name(name, symbol)

    def _library(self, module_name: str) -> None:
        top = module_name.partition(".")[0]
        if top not in PACKAGES:
            self.libraries.add(top)

    def _is_apart(self, name: str) -> bool:
        return self._inside(name, self.apart)

    @staticmethod
    def _inside(name: str, prefixes: tuple[str, ...]) -> bool:
        return any(name == one or name.startswith(f"{one}.") for one in prefixes)

    def _effects(self, module: Module) -> None:
        """What importing the module does besides binding names."""
        if (module.name, "") not in self._seen:
            self._seen.add((module.name, ""))
            for statement in module.effects:
                self._add(module, statement)

    def _add(self, module: Module, node: ast.AST, skipped: Collection[str] = ()) -> None:
        """Digest a definition, and reach every name in it but those ``skipped``."""
        known = self.tree.normalised
        key = (module.name, node, self.words)
        if key not in known:
            known[key] = self._normal(module, node)
        one: _Definition = known[key]
        self.parts.setdefault(module.name, set()).add(one.digest)
        for chain in one.annotated:
            self._chain(module, chain, True)
        for chain in one.named:
            if chain[0] not in skipped:
                self._chain(module, chain, False)
        for path in one.data:
            self._data(path)

    def _normal(self, module: Module, node: ast.AST) -> "_Definition":
        reading = Reading(module, None if self.words else self.texts_of)
        text = reading.text(node)
        data = [path for one in dict.fromkeys(reading.strings) for path in self.tree.data(module, one)]
        return _Definition(_digest(text), distinct(reading.annotated), distinct(reading.named), data)

    def _chain(self, module: Module, chain: list[str], annotation: bool) -> None:
        """Reach ``a.b.c`` as far as ``a`` and ``a.b`` are modules."""
        first, *rest = chain
        if first not in module.imported or first in module.bound:
            if first in module.bound:
                self._name(module.name, first, annotation)
            return
        source, name = module.imported[first]
        place = source if name is None else f"{source}.{name}"
        if self.tree.module(place) is None or (name and self._binds(source, name)):
            self._imported(source, name, annotation)
            return
        while rest and self.tree.module(f"{place}.{rest[0]}") and not self._binds(place, rest[0]):
            place, rest = f"{place}.{rest[0]}", rest[1:]
        self._name(place, rest[0], annotation) if rest else self._whole(place)

    def _data(self, path: Path) -> None:
        name = self.tree.name_of(path)
        if name not in self.parts:
            self.parts[name] = {document(path, self.words)}

    # ---------------------------------------------------------------- words of declarations

    def texts_of(self, module: Module, called: ast.expr) -> tuple[list[str], frozenset[str]]:
        """Parameters of what is called, in order, and those of them that are words."""
        found = self._definition_of(module, called)
        if found is None:
            return [], frozenset()
        where, node = found
        if isinstance(node, ast.ClassDef):
            names = [
                one.target.id
                for one in node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
            return names, texts_listed(node)
        arguments = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
        if arguments[:1] == ["self"]:  # called on an instance
            del arguments[0]
        returned = node.returns
        declared = self._definition_of(where, returned) if isinstance(returned, ast.Name) else None
        if declared is None or not isinstance(declared[1], ast.ClassDef):
            return [], frozenset()
        return arguments, texts_listed(declared[1])

    def _definition_of(
        self, module: Module, called: ast.expr
    ) -> tuple[Module, ast.ClassDef | ast.FunctionDef] | None:
        named = list(chains(called))
        if len(named) != 1:
            return None
        where: Module | None = module
        for place, name in enumerate(named[0]):
            if where is None:
                return None
            here, seen = where, set()
            while name in here.imported and name not in here.bound:
                source, other = here.imported[name]
                inner = self.tree.module(source if other is None else f"{source}.{other}")
                if inner is not None:
                    break
                following = self.tree.module(source)
                if following is None or other is None or (source, other) in seen:
                    return None
                seen.add((source, other))
                here, name = following, other
            else:
                return self._bound_to(here, name, named[0][place + 1 :])
            where = inner
        return None

    def _bound_to(
        self, module: Module, name: str, further: list[str]
    ) -> tuple[Module, ast.ClassDef | ast.FunctionDef] | None:
        """The class or function that ``name`` is, or the method of an instance that it is."""
        for one in module.bound.get(name, ()):
            if isinstance(one, ast.ClassDef | ast.FunctionDef):
                return module, one
            made = one.value if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call) else None
            kind = self._definition_of(module, made.func) if made and len(further) == 1 else None
            if kind and isinstance(kind[1], ast.ClassDef):
                methods = [part for part in kind[1].body if isinstance(part, ast.FunctionDef)]
                return next(((kind[0], part) for part in methods if part.name == further[0]), None)
        return None


def document(path: Path, words: bool) -> str:
    """Digest of a data file; of YAML and JSON only what is computed with, unless ``words`` count."""
    if words or path.suffix not in (".yaml", ".yml", ".json"):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return _digest(
        json.dumps(_wordless(yaml_of(path.read_text(encoding="utf-8"))), sort_keys=True, default=str)
    )


def _wordless(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _wordless(one) for key, one in value.items() if key not in DOCUMENT_TEXTS}
    return [_wordless(one) for one in value] if isinstance(value, list) else value


def _loaded(node: ast.AST) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name))


def _definition(
    module: Module, names: list[str], code: CodeType
) -> tuple[list[ast.FunctionDef], list[ast.AST]]:
    """Where a nested function or a lambda is defined: the functions around it, and its nodes."""
    scopes: list[ast.FunctionDef] = []
    body: ast.AST = module.tree
    for name in names:
        if name == "<lambda>":
            lambdas = [
                one
                for one in ast.walk(body)
                if isinstance(one, ast.Lambda) and one.lineno == code.co_firstlineno
            ]
            return scopes, list(lambdas)
        inner = [
            one
            for one in ast.walk(body)
            if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name == name and one is not body
        ]
        if not inner:
            return scopes, []
        body = inner[0]
        if isinstance(body, ast.FunctionDef):
            scopes.append(body)
    bare = ast.parse(ast.unparse(body)).body[0]
    if isinstance(bare, ast.FunctionDef):
        bare.decorator_list = []  # what the shell says of it is no part of what it computes
    return scopes[:-1], [bare]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


#: Part of every version: digests of syntax trees, and Unicode's tables, are a Python version's own.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
