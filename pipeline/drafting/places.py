"""Which files of a folder belong together.

Belongs here: formats by name, files of one kind into one path with a wildcard, names of sources. Does
not belong here: what stands in the files (``tables``).
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from pipeline.collect.files import COMPRESSED, SUFFIXES
from pipeline.drafting.words import unaccented

Format = Literal["csv", "jsonl", "parquet", "excel"]
_SQLITE = b"SQLite format 3\0"
_DIGITS = re.compile(r"\d+(?:[-_.]?\d+)*")
#: Files that are no data, whatever their name ends with.
_NO_DATA = re.compile(r"(?i)^(readme|licen[cs]e|project|changelog)([._-]|$)|_licen[cs]e$")
#: So many files are named one by one in the settings; more need a wildcard.
_LISTED = 20


@dataclass(frozen=True)
class Files:
    """Files of one format that are one source: their paths below the folder, as the settings name them."""

    format: Format
    paths: tuple[str, ...]
    files: tuple[Path, ...]

    @property
    def words(self) -> str:
        """What the files are called, without numbers and dates."""
        stem = _DIGITS.sub(" ", _stem(self.files[0].name)).strip(" _-.")
        return stem or self.files[0].parent.name


@dataclass(frozen=True)
class Folder:
    """What stands in a folder: groups of files, SQLite databases, and files that are left out."""

    groups: tuple[Files, ...]
    databases: tuple[Path, ...]
    others: tuple[str, ...]


def found_in(folder: Path) -> Folder:
    """Every file below ``folder`` but those whose name, or that of whose folder, starts with ``.``, ``_``
    or ``~``, and those of a lake. Raises ``OSError`` for a folder that may not be read."""
    kinds: dict[tuple[Format, str], list[Path]] = defaultdict(list)
    databases, others = [], []
    for path in sorted(_files(folder)):
        form = format_of(path)
        if form is not None and not _NO_DATA.search(_stem(path.name)):
            kinds[form, _pattern(path.relative_to(folder))].append(path)
        elif _is_sqlite(path):
            databases.append(path)
        else:
            others.append(path.relative_to(folder).as_posix())
    groups = [_group(folder, form, pattern, paths) for (form, pattern), paths in kinds.items()]
    return Folder(tuple(groups), tuple(databases), tuple(others))


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for one in folder.iterdir():
        if one.name.startswith((".", "_", "~")):
            continue
        if one.is_dir():
            if not ((one / "raw").is_dir() and (one / "restricted").is_dir()):
                found += _files(one)
        elif one.is_file():
            found.append(one)
    return found


def format_of(path: Path) -> Format | None:
    """The format that the name of a file says, or none."""
    name = path.name.lower()
    bare = next((name.removesuffix(one) for one in COMPRESSED if name.endswith(one)), name)
    for form, endings in SUFFIXES.items():
        if (bare if form in ("csv", "jsonl") else name).endswith(endings):
            return form  # type: ignore[return-value]
    return None


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE


def _stem(name: str) -> str:
    while (suffix := PurePosixPath(name).suffix) and not re.fullmatch(r"\.\d+", suffix):
        name = name.removesuffix(suffix)
    return name


def _pattern(relative: Path) -> str:
    *folders, name = relative.parts
    stem = _stem(name)
    parts = [_DIGITS.sub("*", one) for one in folders]
    return "/".join([*parts, _DIGITS.sub("*", stem) + name[len(stem) :]])


def _group(folder: Path, form: Format, pattern: str, paths: Sequence[Path]) -> Files:
    return Files(form, _named(folder, pattern, paths), tuple(paths))


def _named(folder: Path, pattern: str, paths: Sequence[Path]) -> tuple[str, ...]:
    """The paths as the settings name them: a wildcard where it finds these files and no others."""
    wanted = set(paths)
    if len(paths) > 1:
        for one in (pattern, pattern.replace("*", "[0-9]*")):
            if set(folder.glob(one)) == wanted:
                return (one,)
    return tuple(one.relative_to(folder).as_posix() for one in paths)


def split(folder: Path, group: Files, columns: Sequence[frozenset[str]]) -> list[Files]:
    """``group`` in parts whose files have (mostly) the same ``columns``, those of each file."""
    parts: list[tuple[frozenset[str], list[Path]]] = []
    for path, names in zip(group.files, columns, strict=True):
        for seen, paths in parts:
            if len(seen & names) * 2 >= len(seen | names):
                paths.append(path)
                break
        else:
            parts.append((names, [path]))
    if len(parts) == 1:
        return [group]
    pattern = _pattern(group.files[0].relative_to(folder))
    return [_group(folder, group.format, pattern, paths) for _, paths in parts]


def joined(folder: Path, groups: Sequence[tuple[Files, frozenset[str]]]) -> list[Files]:
    """Groups of one file each, in one folder, with the very same columns and first word (``till_paris``,
    ``till_rome``) as one; all others as they are."""
    alike: dict[object, list[Files]] = defaultdict(list)
    for group, names in groups:
        first = re.split(r"[\W_]+", _stem(group.files[0].name).casefold())[0]
        key = (group.format, group.files[0].parent, names, first)
        alike[key if len(names) > 2 and len(group.files) == 1 else id(group)].append(group)
    found = []
    for some in alike.values():
        if len(some) == 1 or len(some) > _LISTED:
            found += some
            continue
        files = tuple(one for group in some for one in group.files)
        heads = {re.split(r"[\W_]+", _stem(one.name))[0] for one in files}
        pattern = (files[0].relative_to(folder).parent / f"{heads.pop()}*{files[0].suffix}").as_posix()
        found.append(Files(some[0].format, _named(folder, pattern, files), files))
    return found


def source_name(words: str, taken: Sequence[str]) -> str:
    """A name for a source that no other has: small letters, digits, underscores."""
    from pypinyin import lazy_pinyin  # slow to load

    bare = unaccented(words)
    latin = bare if bare.isascii() else " ".join(lazy_pinyin(bare))
    plain = re.sub(r"[^a-z0-9]+", "_", _snake(latin).casefold()).strip("_")
    base = plain if re.match("[a-z]", plain) else f"source_{plain}".rstrip("_")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _snake(words: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words)
