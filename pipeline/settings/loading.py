"""A project's YAML as settings; the only module that looks at the environment.

Belongs here: the way from a file to a project, references to the environment. Does not belong
here: reading YAML (``yaml_files``), errors in words (``problems``), the settings.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.extensions import NO_EXTENSIONS, ExtensionError, Extensions, extensions_of
from pipeline.settings import extending, problems
from pipeline.settings.accepting import with_accepted
from pipeline.settings.own import declared_in
from pipeline.settings.project import Project
from pipeline.settings.requested import with_requested

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def _plain_secrets(content: dict[str, Any], lines: Mapping[problems.Key, int]) -> list[problems.Problem]:
    """Secrets that stand in the YAML itself, also as the default of a reference: that of ids, and addresses
    of receivers, which hold passwords and tokens."""
    told: list[tuple[problems.Key, Any, str]] = []
    identity, notify = content.get("identity"), content.get("notify")
    if isinstance(identity, dict) and identity.get("secret") is not None:
        told.append(
            (("identity", "secret"), identity["secret"], "ids can be undone with it. Make another secret")
        )
    urls = notify.get("urls") if isinstance(notify, dict) else None
    if isinstance(urls, list):
        why = "who has it can write to the receiver. Make another address or token"
        told += [(("notify", "urls", at), one, why) for at, one in enumerate(urls)]
    return [
        problems.Problem(
            key,
            lines.get(key),
            "it is no reference to the environment; write ${NAME}, without a default: settings are copied"
            f" and shared, and {why}, and set it as an environment variable",
        )
        for key, value, why in told
        if not _is_reference(value, may_be_empty=key[0] == "notify")
    ]


def _is_reference(value: Any, may_be_empty: bool) -> bool:
    """Whether ``value`` is ``${NAME}``; with an empty default, where it may be empty."""
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return match is not None and (match[2] is None or (may_be_empty and not match[2]))


def load_project(folder: Path) -> Project:
    """Read and validate ``project.yaml`` of ``folder`` (or the YAML file itself).

    What the file ``extends`` is laid under it (``extending``). Raises ``InputError`` that names the file,
    line and key, what was expected and what to do; all independent problems together, unknown keys first.
    """
    path = folder if folder.suffix in (".yaml", ".yml") else folder / "project.yaml"
    if not path.is_file():
        raise InputError(
            str(path),
            "there is no such file",
            "a project's settings",
            "Name a folder with a project.yaml, as in data/complete_journey.",
        )
    laid = extending.read(path)
    unset: dict[problems.Key, str] = {}
    content = _with_environment(laid.content, (), unset)
    lines = laid.lines
    found, hidden = _of_files(laid)
    found += [problems.Problem(key, lines.get(key), unset[key]) for key in unset]
    hidden += list(unset)
    if problems.FOLDER in content:
        key = (problems.FOLDER,)
        found.append(problems.Problem(key, lines.get(key), "unknown key folder", is_typo=True))
    found += _without_own_lake(path, laid)
    extended, broken = _extended(content, path.parent.resolve(), lines)
    if broken:  # what it would declare is missing everywhere: no more can be said
        raise problems.refusal(path, [one if one.file else laid.placed(one) for one in (*found, *broken)])
    project = None
    try:
        own = {
            "folder": path.parent.resolve(),
            "extends": laid.documents[path].content.get(extending.EXTENDS),
        }
        project = Project.model_validate(content | own, context=declared_in(content, extended).as_context())
    except ValidationError as error:
        given = problems.of_validation(error, Project, content, lines)
        found += [one for one in given if not problems.is_at_or_below(one.key, hidden)]
    if project is None or found:
        raise problems.refusal(path, [one if one.file else laid.placed(one) for one in found])
    return with_requested(with_accepted(project))


def with_environment(text: str, where: str) -> str:
    """``text`` of a command line with its ``${NAME}`` and ``${NAME:-default}`` from the environment.

    Raises ``InputError`` for one that is not set there; ``where`` says what the text is.
    """
    unset: dict[problems.Key, str] = {}
    found: str = _with_environment(text, (), unset)
    if unset:
        name = unset[()].partition(" ")[0]
        raise InputError(where, f"{name} is not set in the environment", "a value for it", "Set it first.")
    return found


def _extended(
    content: Mapping[str, Any], folder: Path, lines: Mapping[problems.Key, int]
) -> tuple[Extensions, list[problems.Problem]]:
    """What the extensions that ``content`` names declare, or what is wrong with one of them."""
    names = content.get("extensions")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        return NO_EXTENSIONS, []
    try:
        return extensions_of(names, folder), []
    except ExtensionError as error:
        key = ("extensions", error.at)
        return NO_EXTENSIONS, [problems.Problem(key, lines.get(key), error.found)]


def _of_files(laid: extending.Laid) -> tuple[list[problems.Problem], list[problems.Key]]:
    """What is wrong in single files, and the keys of the whole about which nothing more is to be said."""
    found = [
        one._replace(file=file)
        for file, document in laid.documents.items()
        for one in (*document.problems, *_plain_secrets(document.content, document.lines))
    ]
    keys = [place for one in found if one.key and one.file for place in laid.places_of(one.file, one.key)]
    return found, keys


def _without_own_lake(path: Path, laid: extending.Laid) -> list[problems.Problem]:
    """A file that extends others and says no lake: it would write into that of another."""
    own = laid.documents[path]
    if extending.EXTENDS not in own.content or "lake" in own.content:
        return []
    said = (
        "it is needed beside extends: each of dev, prod … writes into a lake of its own, such as "
        f"lake: lake_{path.stem}"
    )
    return [problems.Problem(("lake",), own.lines.get((extending.EXTENDS,)), said, file=path)]


def _with_environment(value: Any, key: problems.Key, unset: dict[problems.Key, str]) -> Any:
    """``value`` with every ``${NAME}`` or ``${NAME:-default}`` replaced from the environment; what is
    not set there is added to ``unset``."""
    if isinstance(value, dict):
        return {name: _with_environment(one, (*key, name), unset) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_environment(one, (*key, at), unset) for at, one in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        name, default = match.groups()
        found = os.environ.get(name, default)
        if found is None:
            unset[key] = (
                f"${{{name}}} is not set in the environment: set {name}, or write a default as"
                f" ${{{name}:-value}}"
            )
            return ""
        return found

    return _REFERENCE.sub(replacement, value)
