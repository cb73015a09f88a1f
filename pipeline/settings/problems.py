"""What is wrong with a project's settings, in words: key, line, what was meant.

Belongs here: problems of keys, those that pydantic finds among them; typos before all else.
Does not belong here: reading YAML (``yaml_files``), or what a setting may be.
"""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pipeline.errors import InputError

#: Where something stands in the settings: names of keys, numbers of items.
Key: TypeAlias = tuple[str | int, ...]

_WORDS = {
    "model_type": "a mapping belongs here (key: value, in lines of their own)",
    "model_attributes_type": "a mapping belongs here (key: value, in lines of their own)",
    "dict_type": "a mapping belongs here (key: value, in lines of their own)",
    "list_type": "a list belongs here ([a, b], or lines that begin with -)",
}
#: Where the project lies: a field, and no setting.
FOLDER = "folder"
#: What validators say of a name that was probably meant: a typo, too.
_TYPO = "(did you mean "
_MOST_SHOWN = 10
_LONGEST = 60


class Problem(NamedTuple):
    """What is wrong at a key; ``line``: none where none can be named, ``file``: none for the project's."""

    key: Key
    line: int | None
    found: str
    is_typo: bool = False
    file: Path | None = None


def shown_key(key: Key) -> str:
    """A key for messages: short, and of characters that can be shown."""
    parts = (str(part) for part in key)
    short = (part if len(part) <= _LONGEST else part[:_LONGEST] + "…" for part in parts)
    return ".".join("".join(_visible(one) for one in part) for part in short) or "the whole file"


def refusal(path: Path, problems: list[Problem]) -> InputError:
    """One error of all ``problems``: typos first, then by file (``path`` before those that it extends) and
    line; the first is the place of the error."""
    files = {one.file for one in problems} - {None, path}
    order: list[Path | None] = [None, path, *sorted(files, key=str)]
    ordered = sorted(
        dict.fromkeys(problems), key=lambda one: (not one.is_typo, order.index(one.file), one.line or 0)
    )
    first, rest = ordered[0], ordered[1:_MOST_SHOWN]
    where = first.file or path
    found = first.found
    if rest:
        count = len(ordered) - 1
        found += f"; and {count} more problem{'s' if count > 1 else ''}: "
        found += "; ".join(f"{_place(one, where, path)}: {one.found}" for one in rest)
        found += f"; and {len(ordered) - _MOST_SHOWN} more" if len(ordered) > _MOST_SHOWN else ""
    return InputError(
        f"{where}, {_place(first, where, path)}",
        found,
        "settings as described in docs/settings.md",
        "Correct these keys." if rest else "Correct that key.",
    )


def of_validation(
    error: ValidationError, kind: type[BaseModel], content: dict[str, Any], lines: dict[Key, int]
) -> list[Problem]:
    """Problems that pydantic found in ``content`` as settings of ``kind``.

    What is missing because its key is misspelt is left out. No value is shown.
    """
    problems: dict[Key, Problem] = {}
    meant: set[Key] = set()
    for one in error.errors(include_input=False, include_url=False):
        where, _ = _walked(kind, one["loc"])
        key = _key(where, content)
        words = _WORDS.get(one["type"], one["msg"].removeprefix("Value error, "))
        words += _near(one, key, content)
        match one["type"]:
            case "extra_forbidden":
                inner = (*key[:-1], str(where[-1]))
                problem, other = _unknown(inner, _names(kind, one["loc"][:-1]), lines)
                meant |= {(*inner[:-1], other)} if other else set()
                problems[inner] = problem
            case "missing":
                inner = (*key, str(where[-1]))
                problems[inner] = Problem(inner, lines.get(key) if key else None, "it is needed, and missing")
            case "union_tag_not_found":
                problem = _without_tag(key, one["ctx"]["discriminator"].strip("'"), content, lines)
                problems[problem.key] = problem
            case _ if key in problems:  # one of the forms that a setting may have
                known = problems[key]
                if words not in known.found:
                    problems[key] = known._replace(found=f"{known.found}, or {words}")
            case _:
                problems[key] = Problem(key, lines.get(key) if key else None, words, _TYPO in words)
    return [one for key, one in problems.items() if one.is_typo or key not in meant]


def shown(name: object) -> str:
    """A name in quotes, for messages: short, and of characters that can be shown."""
    return f"'{shown_key((str(name),))}'" if name != "" else "''"


def meant(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that was probably meant by ``name``."""
    return next(iter(difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.7)), None)


def is_at_or_below(key: Key, places: Iterable[Key]) -> bool:
    """Whether ``key`` is one of ``places``, or within one."""
    return any(key[: len(place)] == place for place in places)


def _place(problem: Problem, where: Path, path: Path) -> str:
    """Key and line; the file, too, where it is not ``where``. One without a file is of ``path``."""
    file = problem.file or path
    words = [file.name] if file != where else []
    words += [f"line {problem.line}"] if problem.line else []
    return ", ".join([*words, f"key {shown_key(problem.key)}"])


def _unknown(key: Key, names: set[str], lines: dict[Key, int]) -> tuple[Problem, str | None]:
    name = str(key[-1])
    close = meant(name, names)
    known = ", ".join(sorted(names)[:12]) + (" …" if len(names) > 12 else "")
    words = f", did you mean {close}?" if close else f"; known here: {known}" if known else ""
    found = f"unknown key {shown_key((name,))}{words}"
    return Problem(key, lines.get(key), found, is_typo=True), close


def _without_tag(key: Key, tag: str, content: dict[str, Any], lines: dict[Key, int]) -> Problem:
    """A part whose ``kind`` is missing, or misspelt: then nothing else of it can be told."""
    there: Any = content
    for part in key:
        there = there[part]
    names = [str(one) for one in there] if isinstance(there, dict) else []
    if close := difflib.get_close_matches(tag, names, n=1, cutoff=0.6):
        return _unknown((*key, close[0]), {tag}, lines)[0]._replace(
            found=f"unknown key {close[0]}, did you mean {tag}?"
        )
    return Problem((*key, tag), lines.get(key), "it is needed, and missing")


def _near(error: Any, key: Key, content: Any) -> str:
    """The one of the words that a setting may be which is like the one given, or nothing."""
    context = error.get("ctx", {})
    named = {"literal_error": "expected", "union_tag_invalid": "expected_tags"}.get(error["type"])
    given = content
    for part in key:
        given = given[part]
    if error["type"] == "union_tag_invalid" and isinstance(given, dict):
        given = given.get(str(context["discriminator"]).strip("'"))
    if named is None or not isinstance(given, str):
        return ""
    words = re.findall(r"'([^']+)'", str(context[named]))
    close = difflib.get_close_matches(given, words, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _key(where: tuple[int | str, ...], content: Any) -> Key:
    """The part of pydantic's place that stands in ``content``: it names the chosen form, too."""
    key: list[int | str] = []
    here: Any = content
    for part in where:
        is_item = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if is_item or (isinstance(here, dict) and part in here):
            here = here[part]
            key.append(part)
    return tuple(key)


def _names(kind: type[BaseModel], where: tuple[int | str, ...]) -> set[str]:
    """Names of the settings that exist at pydantic's place ``where``."""
    _, kinds = _walked(kind, where)
    models = [one for one in kinds if _is_model(one)]
    return {it.alias or name for one in models for name, it in one.model_fields.items()} - {FOLDER}


def _walked(kind: type[BaseModel], where: tuple[int | str, ...]) -> tuple[tuple[int | str, ...], list[Any]]:
    """Pydantic's place without the kinds that it names, and what the settings there may be.

    A kind may have the name of a key (``rules``): it is one only where there are several to choose from.
    """
    kinds: list[Any] = [kind]
    keys: list[int | str] = []
    for part in where:
        tagged = [one for one in kinds if _is_tagged(one, part)] if len(kinds) > 1 else []
        if not tagged:
            keys.append(part)
        kinds = tagged or [inner for one in kinds for inner in _inner(one, part)]
    return tuple(keys), kinds


def _inner(kind: Any, part: int | str) -> list[Any]:
    """What the settings at ``part`` of ``kind`` may be."""
    if _is_model(kind):
        named = (it for name, it in kind.model_fields.items() if (it.alias or name) == part)
        field = next(named, None)
        return _forms(field.annotation) if field else []
    if get_origin(kind) in (dict, list, tuple):
        return _forms(get_args(kind)[-1])
    return [kind]


def _forms(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _forms(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [form for one in get_args(annotation) for form in _forms(one)]
    return [annotation]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_tagged(kind: Any, part: int | str) -> bool:
    return _is_model(kind) and "kind" in kind.model_fields and kind.model_fields["kind"].default == part


def _visible(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
