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
from pipeline.settings import problems, yaml_files
from pipeline.settings.own import declared_in
from pipeline.settings.project import Project

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def _plain_secrets(content: dict[str, Any], lines: Mapping[problems.Key, int]) -> list[problems.Problem]:
    """A secret of ids that stands in the YAML itself, also as the default of a reference."""
    identity = content.get("identity")
    secret = identity.get("secret") if isinstance(identity, dict) else None
    if secret is None:
        return []
    match = _REFERENCE.fullmatch(secret) if isinstance(secret, str) else None
    if match is not None and match[2] is None:
        return []
    key = ("identity", "secret")
    said = (
        "it is no reference to the environment; write ${NAME}, without a default: settings are copied and "
        "shared, and ids can be undone with it. Make another secret, and set it as an environment variable"
    )
    return [problems.Problem(key, lines.get(key), said)]


def load_project(folder: Path) -> Project:
    """Read and validate ``project.yaml`` of ``folder`` (or the YAML file itself).

    Raises ``InputError`` that names the file, line and key, what was expected and what to do; all
    independent problems together, unknown keys first.
    """
    path = folder if folder.suffix in (".yaml", ".yml") else folder / "project.yaml"
    if not path.is_file():
        raise InputError(
            str(path),
            "there is no such file",
            "a project's settings",
            "Name a folder with a project.yaml, as in data/complete_journey.",
        )
    read = yaml_files.read(path)
    unset: dict[problems.Key, str] = {}
    content = _with_environment(read.content, (), unset)
    found = [
        *read.problems,
        *_plain_secrets(read.content, read.lines),
        *(problems.Problem(key, read.lines.get(key), unset[key]) for key in unset),
    ]
    hidden = [one.key for one in found if one.key]
    if "folder" in content:  # not a setting: where the project lies
        line = read.lines.get(("folder",))
        found.append(problems.Problem(("folder",), line, "unknown key folder", is_typo=True))
    project = None
    try:
        project = Project.model_validate(
            content | {"folder": path.parent.resolve()}, context=declared_in(content).as_context()
        )
    except ValidationError as error:
        given = problems.of_validation(error, Project, content, read.lines)
        found += [one for one in given if not problems.is_at_or_below(one.key, hidden)]
    if project is None or found:
        raise problems.refusal(path, found)
    return project


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
