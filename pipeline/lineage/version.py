"""The version of a stage: everything beside its inputs that decides what it computes.

Belongs here: the parts of a version, its id, how two versions differ in words, keeping versions.
Does not belong here: computing the parts (``reach``, ``values``, ``libraries``).

Files name a version by its id; what it consists of is kept once, in ``<folder>/<id>.json``.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Version:
    """Digests of code by module or data file, versions of libraries, digests of settings by path,
    digests of what is declared (contracts, entities …) by name."""

    code: Mapping[str, str]
    libraries: Mapping[str, str]
    settings: Mapping[str, str]
    declared: Mapping[str, str]

    @cached_property
    def id(self) -> str:
        """Short digest of all parts."""
        return hashlib.sha256(self._text().encode()).hexdigest()[:16]

    def _text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, indent=1)

    def part(self, name: str) -> str:
        """Digest of one of the parts alone."""
        return hashlib.sha256(json.dumps(getattr(self, name), sort_keys=True).encode()).hexdigest()[:16]


def save_version(folder: Path, version: Version) -> None:
    """Keep ``version`` in ``folder``, unless it is there."""
    path = folder / f"{version.id}.json"
    if path.is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(version._text() + "\n", encoding="utf-8")
    partial.replace(path)


def load_version(folder: Path, id: str) -> Version | None:
    """The version of that id; none when it was never kept, or cannot be read."""
    try:
        return Version(**json.loads((folder / f"{id}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def changes(before: Version | None, now: Version) -> list[str]:
    """What differs between two versions, one phrase a difference; most telling first."""
    if before is None:
        return ["made by a version that is not known here"]
    said = [f"setting {name} {word}" for name, word in _differences(before.settings, now.settings)]
    said += [f"declaration of {name} {word}" for name, word in _differences(before.declared, now.declared)]
    said += [f"code of {name} {word}" for name, word in _differences(before.code, now.code)]
    for name in sorted({*before.libraries, *now.libraries}):
        then, today = before.libraries.get(name, "absent"), now.libraries.get(name, "absent")
        if then != today:
            said.append(f"library {name} {then} -> {today}")
    return said


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            word = "changed" if name in before and name in now else "is new" if name in now else "is gone"
            found.append((name, word))
    return found
