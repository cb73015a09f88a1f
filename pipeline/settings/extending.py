"""Settings in several files: what ``extends`` names, laid under the file that names it.

Belongs here: following ``extends``, laying one document over another, remembering where each key
stands. Does not belong here: reading one file (``yaml_files``), or what a setting means (``project``).

Mappings are laid over key by key; everything else is replaced. What would mean nothing when half of it
came from each file is replaced as a whole: a column, a mapping of another ``kind``, and what schemes
replace as a whole, too. Entries of a list that bear its word as their name (``schemes``: ``scheme``) are
laid over those of the same name; others are added.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import InputError
from pipeline.settings import yaml_files
from pipeline.settings.problems import Key, Problem, refusal, shown
from pipeline.settings.schemes.documents import WHOLE

EXTENDS = "extends"
#: Mappings whose entries are forms that exclude one another: each is replaced as a whole.
_OF_WHOLES = "columns"
#: More files than anyone can follow: an error is likelier.
_MOST_FILES = 30


class Origin(NamedTuple):
    """Where a value was written: file, line, and its key there, which may be another in a list."""

    file: Path
    line: int | None
    key: Key


@dataclass
class Laid:
    """All files of a project as one: values, where each comes from, what is wrong in single files.

    ``documents`` are the files as they were read, the project's own first.
    """

    content: dict[str, Any]
    origins: dict[Key, Origin]
    documents: dict[Path, yaml_files.Document]

    @property
    def lines(self) -> dict[Key, int]:
        """Lines of all keys, in whichever file they stand."""
        return {key: one.line for key, one in self.origins.items() if one.line is not None}

    def placed(self, problem: Problem) -> Problem:
        """A problem of the whole, with the file and the key in it where it was written."""
        for length in range(len(problem.key), -1, -1):
            origin = self.origins.get(problem.key[:length])
            if origin is not None:
                return problem._replace(key=(*origin.key, *problem.key[length:]), file=origin.file)
        return problem

    def places_of(self, file: Path, key: Key) -> list[Key]:
        """Keys of the whole that come from ``key`` of ``file``: none when another file replaced it."""
        return [one for one, origin in self.origins.items() if (origin.file, origin.key) == (file, key)]


@dataclass(frozen=True)
class _Placed:
    """A value with its origin; mappings and lists hold such values."""

    value: Any
    origin: Origin


def read(path: Path) -> Laid:
    """The settings in ``path`` over those of the files that it extends.

    Raises ``InputError`` with file and line for a file that cannot be read, is not there, or extends
    itself.
    """
    reading = _Reading()
    whole = reading.whole(path, ())
    origins: dict[Key, Origin] = {}
    content = _unfolded(whole, (), origins)
    return Laid(content, origins, reading.documents)


@dataclass
class _Reading:
    """Files of one project, each read once."""

    documents: dict[Path, yaml_files.Document] = field(default_factory=dict)
    _wholes: dict[Path, _Placed] = field(default_factory=dict)

    def whole(self, path: Path, above: tuple[Path, ...]) -> _Placed:
        """The file over its bases; ``above`` are the files that led to it."""
        identity = path.resolve()
        if identity in self._wholes:
            return self._wholes[identity]
        document = yaml_files.read(path)
        self.documents[path] = document
        found: _Placed | None = None
        for key, base in _bases(path, document):
            line = document.lines.get(key)
            if base.resolve() in (identity, *above):
                chain = " extends ".join(one.name for one in (*above, identity, base))
                raise _wrong(path, line, key, f"{chain}: it never ends")
            if len(self.documents) >= _MOST_FILES:
                raise _wrong(path, line, key, f"more than {_MOST_FILES} files extend one another")
            below = self.whole(base, (*above, identity))
            found = below if found is None else _laid(found, below, (), False)
        own = {key: value for key, value in document.content.items() if key != EXTENDS}
        top = _of_document(own, (), path, document)
        self._wholes[identity] = top if found is None else _laid(found, top, (), False)
        return self._wholes[identity]


def _bases(path: Path, document: yaml_files.Document) -> list[tuple[Key, Path]]:
    """Files that a document extends, the lowest first, each with its key. Raises ``InputError``."""
    given = document.content.get(EXTENDS)
    if EXTENDS not in document.content or any(one.key == (EXTENDS,) for one in document.problems):
        return []
    names: list[tuple[Key, Any]] = [((EXTENDS,), given)]
    if isinstance(given, list) and given:
        names = [((EXTENDS, at), one) for at, one in enumerate(given)]
    found: list[tuple[Key, Path]] = []
    for key, name in names:
        line = document.lines.get(key)
        if not isinstance(name, str) or not name:
            raise _wrong(
                path, line, key, "a file belongs here (base.yaml), or a list of files ([a.yaml, b.yaml])"
            )
        base = path.parent / Path(name).expanduser()
        try:
            is_file, is_folder = base.is_file(), base.is_dir()
        except OSError:  # a name that no file can have
            is_file = is_folder = False
        if is_folder:
            raise _wrong(path, line, key, f"{shown(name)} is a folder: name the YAML file in it")
        if not is_file:
            raise _wrong(
                path, line, key, f"there is no file {shown(name)} in {path.parent}, which it is relative to"
            )
        if any(base.resolve() == known.resolve() for _, known in found):
            raise _wrong(path, line, key, f"{shown(name)} is named twice")
        found.append((key, base))
    return found


def _wrong(path: Path, line: int | None, key: Key, found: str) -> InputError:
    return refusal(path, [Problem(key, line, found)])


def _of_document(value: Any, key: Key, file: Path, document: yaml_files.Document) -> _Placed:
    origin = Origin(file, document.lines.get(key) if key else None, key)
    if isinstance(value, dict):
        inner = {name: _of_document(one, (*key, name), file, document) for name, one in value.items()}
        return _Placed(inner, origin)
    if isinstance(value, list):
        return _Placed(
            [_of_document(one, (*key, at), file, document) for at, one in enumerate(value)], origin
        )
    return _Placed(value, origin)


def _laid(below: _Placed, above: _Placed, key: Key, is_whole: bool) -> _Placed:
    """``above`` over ``below``, which stand at the same ``key``; what is of both has the place of above."""
    if is_whole:
        return above
    if isinstance(below.value, dict) and isinstance(above.value, dict):
        if not _is_of_kind(below.value, above.value):
            return above
        entries = dict(below.value)
        for name, one in above.value.items():
            known = entries.get(name)
            whole = name in WHOLE or (bool(key) and key[-1] == _OF_WHOLES)
            entries[name] = one if known is None else _laid(known, one, (*key, name), whole)
        return _Placed(entries, above.origin)
    if isinstance(below.value, list) and isinstance(above.value, list) and len(key) == 1:
        return _Placed(_joined(below.value, above.value, key), above.origin)
    return above


def _is_of_kind(below: Mapping[str, _Placed], above: Mapping[str, _Placed]) -> bool:
    kinds = [one["kind"].value for one in (below, above) if "kind" in one]
    return len(kinds) < 2 or kinds[0] == kinds[1]


def _joined(below: list[_Placed], above: list[_Placed], key: Key) -> list[_Placed]:
    """Two lists: entry by entry where all of both have names, else the one above alone."""
    word = str(key[-1]).removesuffix("s")
    names = [_name(one, word) for one in below]
    if not all([*names, *(_name(one, word) for one in above)]):
        return above
    found = list(below)
    for one in above:
        name = _name(one, word)
        if name in names:
            at = names.index(name)
            names[at] = None  # a second entry of the name is not laid over the first: it is told
            found[at] = _laid(found[at], one, (*key, at), False)
        else:
            found.append(one)
    return found


def _name(entry: _Placed, word: str) -> str | None:
    name = entry.value.get(word) if isinstance(entry.value, dict) else None
    return name.value if name is not None and isinstance(name.value, str) else None


def _unfolded(placed: _Placed, key: Key, origins: dict[Key, Origin]) -> Any:
    origins[key] = placed.origin
    if isinstance(placed.value, dict):
        return {name: _unfolded(one, (*key, name), origins) for name, one in placed.value.items()}
    if isinstance(placed.value, list):
        return [_unfolded(one, (*key, at), origins) for at, one in enumerate(placed.value)]
    return placed.value
