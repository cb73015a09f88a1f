"""Names, places and phrases, from ``lexicon.json`` beside this module.

Belongs here: reading them. Does not belong here: which person bears which name.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def lexicon() -> dict[str, Any]:
    """Everything in the file: by language (de, en, fr, zh), and phrases (tickets, searches, posts)."""
    content = files("pipeline.simulate").joinpath("lexicon.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(content)
    return found


def traditional(name: str) -> str:
    """A Chinese name in traditional characters."""
    table = lexicon()["zh"]["traditional"]
    return "".join(table.get(one, one) for one in name)


def phrase(theme: str, language: str, number: int, kind: str | None = None) -> str:
    """One of the phrases of a theme, in a language or else in English."""
    found = lexicon()[theme] if kind is None else lexicon()[theme][kind]
    some: list[str] = found.get(language) or found["en"]
    return some[number % len(some)]
