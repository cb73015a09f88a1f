"""Reading a project's YAML; the only module that looks at the environment.

Belongs here: references to the environment, errors in words. Does not belong here: the settings.
"""

import os
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.settings.project import Project

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def _with_environment(value: Any, where: Path) -> Any:
    """``value`` with every ``${NAME}`` or ``${NAME:-default}`` replaced from the environment."""
    if isinstance(value, dict):
        return {key: _with_environment(one, where) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_environment(one, where) for one in value]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        name, default = match.groups()
        found = os.environ.get(name, default)
        if found is None:
            raise InputError(
                str(where),
                f"${{{name}}} is not set in the environment",
                f"an environment variable {name}",
                f"Set {name}, or write a default as ${{{name}:-value}}.",
            )
        return found

    return _REFERENCE.sub(replacement, value)


def _without_plain_secrets(content: dict[str, Any], where: Path) -> None:
    """Refuse a secret of ids that stands in the YAML itself, also as the default of a reference."""
    identity = content.get("identity")
    secret = identity.get("secret") if isinstance(identity, dict) else None
    if secret is None:
        return
    match = _REFERENCE.fullmatch(secret) if isinstance(secret, str) else None
    if match is None or match[2] is not None:
        raise InputError(
            f"{where}, key identity.secret",
            "it is no reference to the environment",
            "${NAME}, without a default: settings are copied and shared, and ids can be undone with it",
            "Take the secret out of the file, make another one, and set it as an environment variable.",
        )


def load_project(folder: Path) -> Project:
    """Read and validate ``project.yaml`` of ``folder`` (or the YAML file itself).

    Raises ``InputError`` that names the file, the key, what was expected and what to do.
    """
    path = folder if folder.suffix in (".yaml", ".yml") else folder / "project.yaml"
    if not path.is_file():
        raise InputError(
            str(path),
            "there is no such file",
            "a project's settings",
            "Name a folder with a project.yaml, as in data/complete_journey.",
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(
            str(path),
            f"it cannot be read as YAML ({error})",
            "valid YAML in UTF-8",
            "Correct the file at that place.",
        ) from error
    if not isinstance(content, dict):
        raise InputError(str(path), "it holds no settings", "a mapping of settings", "See docs/settings.md.")
    _without_plain_secrets(content, path)
    try:
        return Project(**_with_environment(content, path), folder=path.parent.resolve())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole file"
        rest = f" ({error.error_count() - 1} more problems)" if error.error_count() > 1 else ""
        raise InputError(
            f"{path}, key {key}",
            first["msg"] + rest,
            "settings as described in docs/settings.md",
            "Correct that key.",
        ) from error
