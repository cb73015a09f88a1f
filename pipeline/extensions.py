"""Ledgers and features of a company's own in Python: packages that a project names under ``extensions``.

Belongs here: finding and importing such packages, collecting what they declare, refusing what clashes.
Does not belong here: what a declaration means (``ledgers``, ``features``), or who uses it.

A package (or one module) lies in the project's folder, or is installed. One of a folder is imported for its
project alone: two projects may have packages of one name, and never see each other's. So its modules are
known to no later import: they import at their top what they need.
"""

import importlib
import importlib.util
import pkgutil
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from pipeline.discovery import declared, places
from pipeline.features import FEATURES, FIRST_AND_LAST, Feature
from pipeline.ledgers import LEDGERS, Ledger
from pipeline.lineage.modules import PACKAGES
from pipeline.tables import zones

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
#: A package of more modules is a library, not a company's declarations.
_MOST_MODULES = 200
_IMPORTING = threading.Lock()


class ExtensionError(Exception):
    """What is wrong with the extension at place ``at`` of those that a project names."""

    def __init__(self, at: int, found: str) -> None:
        self.at, self.found = at, found
        super().__init__(found)


@dataclass(frozen=True, eq=False)
class Extensions:
    """What the extensions of one project declare, by name, and where (``module:symbol``).

    ``roots`` are the folders that their packages lie in, by top name; ``digest`` is that of their files.
    """

    features: Mapping[str, Feature] = field(default_factory=dict)
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    ledger_places: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[tuple[str, Path], ...] = ()
    digest: str = ""


#: Of a project that names none.
NO_EXTENSIONS = Extensions()
_loaded: dict[tuple[tuple[str, ...], Path, str], Extensions] = {}


def extensions_of(names: Sequence[str], folder: Path) -> Extensions:
    """What the packages ``names`` of a project in ``folder`` declare.

    Imported once for each state of their files. Raises ``ExtensionError`` for a package that is not there,
    cannot be imported, declares nothing, or declares a name that is taken.
    """
    if not names:
        return NO_EXTENSIONS
    roots: dict[str, Path] = {}
    for at, name in enumerate(names):
        if name in roots:
            raise ExtensionError(at, f"{name} is named twice")
        roots[name] = _root(at, name, folder)
    digest = _digest(one for at, name in enumerate(names) for one in _files(at, name, roots[name]))
    key = (tuple(names), folder, digest)
    if key not in _loaded:
        with _IMPORTING, _importable(roots, folder):
            modules = [_modules(at, name, roots[name]) for at, name in enumerate(names)]
        _loaded[key] = _collected(names, modules, roots, digest)
    return _loaded[key]


def _root(at: int, name: str, folder: Path) -> Path:
    """The folder that holds the package ``name``: the project's, or where it is installed."""
    if not _NAME.fullmatch(name):
        raise ExtensionError(
            at, f"{name[:60]!r} is no name of a package: lower-case words, such as my_company"
        )
    if name in PACKAGES or name in sys.stdlib_module_names:
        raise ExtensionError(at, f"{name} is a package of the program or of Python: give yours another name")
    is_here = (folder / f"{name}.py").is_file() or (folder / name).is_dir()
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    installed = None
    if spec is not None and spec.origin:  # a folder without __init__.py that happens to be found is none
        file = Path(spec.origin)
        installed = file.parent.parent if spec.submodule_search_locations else file.parent
    if is_here and installed and installed.resolve() != folder.resolve():
        raise ExtensionError(
            at,
            f"{name} lies beside the settings, and is installed in {installed}, too: give yours another name",
        )
    if is_here:
        return folder
    if installed:
        return installed
    raise ExtensionError(
        at, f"there is no Python package {name}: neither {folder / name} (or {name}.py), nor an installed one"
    )


def _files(at: int, name: str, root: Path) -> list[Path]:
    """All files of a package. Raises ``ExtensionError`` for more modules than a company needs."""
    found = [root / f"{name}.py", *sorted((root / name).rglob("*"))]
    found = [one for one in found if one.is_file() and "__pycache__" not in one.parts]
    if sum(one.suffix == ".py" for one in found) > _MOST_MODULES:
        raise ExtensionError(
            at, f"{name} has more than {_MOST_MODULES} modules: name the package of your declarations alone"
        )
    return found


def _digest(files: Iterable[Path]) -> str:
    found = sha256()
    for file in files:
        found.update(f"{file}\0".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


@contextmanager
def _importable(roots: Mapping[str, Path], folder: Path) -> Iterator[None]:
    """Let packages of ``folder`` be imported; afterwards no other import finds them."""
    here = [name for name, root in roots.items() if root == folder]
    path, wrote = list(sys.path), sys.dont_write_bytecode
    before = _taken_out(here)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True  # compiled files are told apart by seconds: a quick change would be lost
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, wrote
        _taken_out(here)
        sys.modules.update(before)


def _taken_out(names: Sequence[str]) -> dict[str, ModuleType]:
    """Take packages out of the modules that are imported; what was taken out."""
    inside = [one for one in sys.modules if one.partition(".")[0] in names]
    return {one: sys.modules.pop(one) for one in inside}


def _modules(at: int, name: str, root: Path) -> list[ModuleType]:
    """All modules of the package, imported."""
    try:
        whole = importlib.import_module(name)
        inner = pkgutil.walk_packages(getattr(whole, "__path__", ()), f"{name}.")
        return [whole, *(importlib.import_module(one.name) for one in inner)]
    except (Exception, SystemExit) as error:
        raise ExtensionError(at, _said(name, error, root)) from None


def _said(name: str, error: BaseException, root: Path) -> str:
    """Why a package cannot be imported, with the file and line of it where that came out."""
    frames = [
        one for one in traceback.extract_tb(error.__traceback__) if _is_of(Path(one.filename), name, root)
    ]
    place = (frames[-1].filename, frames[-1].lineno) if frames else None
    if isinstance(error, SyntaxError) and error.filename:
        place = (error.filename, error.lineno)
    where = f"{place[0]}, line {place[1]}: " if place else ""
    text = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{name} cannot be imported: {where}{type(error).__name__}: {text[:300]}"


def _is_of(file: Path, name: str, root: Path) -> bool:
    return file == root / f"{name}.py" or file.is_relative_to(root / name)


def _collected(
    names: Sequence[str], modules: Sequence[list[ModuleType]], roots: Mapping[str, Path], digest: str
) -> Extensions:
    """What ``modules`` of each package declare. Raises ``ExtensionError`` for names that are taken."""
    features: dict[str, Feature] = {}
    ledgers: dict[str, Ledger] = {}
    places_: dict[str, str] = {}
    ledger_places: dict[str, str] = {}
    for at, (name, some) in enumerate(zip(names, modules, strict=True)):
        try:
            own_features, own_ledgers = declared(some, Feature), declared(some, Ledger)
        except ValueError as error:
            raise ExtensionError(at, f"{name}: {error}") from None
        where, ledgers_where = places(some, Feature), places(some, Ledger)
        new = {key: one for key, one in own_features.items() if one is not FEATURES.get(key)}
        new_ledgers = {key: one for key, one in own_ledgers.items() if one is not LEDGERS.get(key)}
        for key in (one for one in new if new[one] is not features.get(one)):
            _check(at, "feature", key, where[key], FEATURES, places_)
        for key in (one for one in new_ledgers if new_ledgers[one] is not ledgers.get(one)):
            _check(at, "ledger", key, ledgers_where[key], LEDGERS, ledger_places)
        if not new and not new_ledgers:
            raise ExtensionError(
                at, f"{name} declares neither a ledger nor a feature at the top level of its modules"
            )
        features |= {key: features.get(key, one) for key, one in new.items()}
        ledgers |= {key: ledgers.get(key, one) for key, one in new_ledgers.items()}
        places_ = {**{key: where[key] for key in new}, **places_}
        ledger_places = {**{key: ledgers_where[key] for key in new_ledgers}, **ledger_places}
    known = {*LEDGERS, *ledgers}
    for at, some in enumerate(modules):
        for key, one in declared(some, Feature).items():
            if unknown := {reading.ledger.name for reading in one.reads} - known:
                raise ExtensionError(
                    at,
                    f"feature {key} reads the ledger {min(unknown)}, which stands at no module's top level",
                )
    return Extensions(features, ledgers, places_, ledger_places, tuple(roots.items()), digest)


def _check(
    at: int, kind: str, name: str, place: str, built_in: Mapping[str, object], others: Mapping[str, str]
) -> None:
    """Raises ``ExtensionError`` for a declaration whose name is taken, or is none."""
    if not _NAME.fullmatch(name):
        raise ExtensionError(
            at, f"{place}: {name[:60]!r} is no name of a {kind}: lower-case words joined by _"
        )
    if name in built_in:
        raise ExtensionError(at, f"{place}: a {kind} {name} comes along already: give yours another name")
    if name in others:
        raise ExtensionError(at, f"{place}: {others[name]} declares a {kind} {name}, too: rename one")
    columns = {*zones.CUSTOMERS.columns, *(one.name for one in FIRST_AND_LAST)}
    if kind == "feature" and (name in columns or name.endswith(zones.OF_SCHEMES)):
        raise ExtensionError(at, f"{place}: {name} is the name of a column already: give yours another")
