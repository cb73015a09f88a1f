"""Digests of objects: declarations, contracts, settings.

Belongs here: one canonical text of a value. Does not belong here: code (``reach``).
"""

import hashlib
import json
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel

#: What frozen objects that live are as JSON, by identity and whether words count.
_known: dict[tuple[int, bool], tuple[weakref.ref[Any], dict[str, Any]]] = {}


def object_digest(value: object, words: bool = False) -> str:
    """Digest of a declaration: what computes values, and with ``words`` also what describes them.

    Fields that a class names in ``__texts__`` are words. Functions are left out: they are code.
    """
    return hashlib.sha256(json.dumps(_plain(value, words), sort_keys=True).encode()).hexdigest()[:16]


def _plain(value: Any, words: bool) -> Any:
    """``value`` as JSON can tell it, with the names of fields, in an order of its own."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return _declared(value, words)
    if isinstance(value, BaseModel):
        return _named(type(value), {name: getattr(value, name) for name in type(value).model_fields}, words)
    if isinstance(value, Mapping):
        return {str(key): _plain(one, words) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(_plain(one, words), sort_keys=True) for one in value)
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [_plain(one, words) for one in value]
    return None if callable(value) else str(value)


def _declared(value: Any, words: bool) -> dict[str, Any]:
    """A dataclass by its fields; a frozen one is read once: definitions are built several times a process."""
    key, kind = (id(value), words), type(value)
    of, known = _known.get(key, (None, {}))
    if of is not None and of() is value:
        return known
    found = _named(kind, {one.name: getattr(value, one.name) for one in fields(value)}, words)
    if kind.__dataclass_params__.frozen:
        _known[key] = (weakref.ref(value, lambda _: _known.pop(key, None)), found)
    return found


def _named(kind: type, values: Mapping[str, Any], words: bool) -> dict[str, Any]:
    texts = () if words else getattr(kind, "__texts__", ())
    return {name: _plain(one, words) for name, one in values.items() if name not in texts}


def settings_read(settings: Mapping[str, Any], reads: Iterable[str]) -> dict[str, str]:
    """Digest of every setting that one of ``reads`` names, by its path in ``settings``.

    A path names the keys down to a value or a whole part (``segments.tiers``); ``*`` stands for any
    key. Raises ``KeyError`` for one that names nothing: a setting that was renamed.
    """
    found: dict[str, str] = {}
    for path in reads:
        some = dict(_matching(settings, path.split(".")))
        if not some and "*" not in path:
            raise KeyError(f"no setting is named {path}")
        found |= {name: object_digest(value, True) for name, value in some.items()}
    return dict(sorted(found.items()))


def _matching(value: Any, keys: list[str], above: str = "") -> Iterable[tuple[str, Any]]:
    if not keys:
        yield above, value
        return
    if isinstance(value, Mapping):
        for name, one in value.items():
            if fnmatchcase(str(name), keys[0]):
                yield from _matching(one, keys[1:], f"{above}.{name}" if above else str(name))
