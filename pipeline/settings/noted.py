"""What operations said by hand, remembered in the lake beside what the settings say.

Belongs here: small files of names. Does not belong here: what names mean (``accepting``, ``requested``).

They count as settings do: who notes something changes what is published, and nothing else tells that it has
changed.
"""

import json
from collections.abc import Iterable
from pathlib import Path


def noted(path: Path) -> list[str]:
    """Names in the file; none where there is none."""
    names: list[str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return names


def note(path: Path, names: Iterable[str]) -> None:
    """Add ``names`` to the file: it holds all of them, or what it held before."""
    every = list(dict.fromkeys([*noted(path), *names]))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(every, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
