"""The secret of a project's ids: where it is, and that it is the one the lake's ids were made with.

Belongs here: finding, making and checking the secret. Does not belong here: what is digested with
it (``keyed``, ``accounts``).
"""

import hmac
import os
import secrets
from itertools import chain
from pathlib import Path

from pipeline.engine.keyed import Key
from pipeline.engine.lake import Lake
from pipeline.engine.partitions import PARTS
from pipeline.errors import InputError
from pipeline.settings import LEAST_SECRET, Project

SECRET = "id_secret"
#: Stands in the lake's own folder, not in the restricted zone: who loses that zone shall be told.
CHECK = "id_secret.check"
_RANDOM_BYTES = 32
_CHECKED = "customer-segments: check of the secret of ids"
#: Folders of the lake that hold no id made with the secret.
_WITHOUT_IDS = ("raw", "dagster", "models")
#: Folders of what is published, whose files are named by their period.
_TOLD = ("publications", "history")
_EXPECTED = "the secret that the lake's ids were made with: other ids would be other customers"


def secret_file(lake: Lake) -> Path:
    """Place of a secret that the project made itself; in the restricted zone."""
    return lake.root / "restricted" / SECRET


def id_key(project: Project, lake: Lake) -> Key:
    """The key of the project's ids: of ``identity.secret``, else of the lake's own secret.

    A lake without ids gets a secret (32 random bytes, in a file for its owner alone) and a check value.
    Raises ``InputError`` when it holds ids and the secret is lost or another one; then nothing is
    written.
    """
    if wrong := problem(project, lake):
        raise wrong
    given = project.identity.secret
    text = _made(lake) if given is None else given.get_secret_value()
    key, check = Key(text), lake.root / CHECK
    if not check.is_file() or not _fits(key, check):
        _write(check, f"{key.digest(_CHECKED)}\n", 0o644)
    return key


def problem(project: Project, lake: Lake) -> InputError | None:
    """Why ids cannot be made, or none; looks and changes nothing."""
    if not _holds_ids(lake):
        return None
    path, check = secret_file(lake), lake.root / CHECK
    given = project.identity.secret
    where = "identity.secret" if given is not None else str(path)
    if given is None and not path.is_file():
        return _unusable(where, "the secret of ids is gone, and the lake holds ids made with it", lake)
    if not check.is_file():
        return _unusable(where, f"the lake holds ids, but not {CHECK}, by which their secret is known", lake)
    text = path.read_text(encoding="utf-8").strip() if given is None else given.get_secret_value()
    if not _fits(Key(text), check):
        return _unusable(where, "it is not the secret that the lake's ids were made with", lake)
    return None


def _unusable(where: str, found: str, lake: Lake) -> InputError:
    return InputError(
        where,
        found,
        _EXPECTED,
        f"Put {SECRET} back into {lake.root / 'restricted'} and {CHECK} into {lake.root} from your backup,"
        " or give the secret's text as identity.secret. If it is lost for good: remove all of the lake but"
        " raw; everything is made again, with new ids.",
    )


def _holds_ids(lake: Lake) -> bool:
    if not lake.root.is_dir():
        return False
    zones = [one for one in lake.root.iterdir() if one.is_dir() and one.name not in _WITHOUT_IDS]
    inner = (path for zone in sorted(zones) for path in zone.rglob(PARTS))  # what else is there is scratch
    told = (path for zone in _TOLD for path in (lake.root / zone).rglob("*.parquet"))
    return any(True for _ in chain(inner, told))


def _fits(key: Key, check: Path) -> bool:
    return hmac.compare_digest(key.digest(_CHECKED), check.read_text(encoding="utf-8").strip())


def _made(lake: Lake) -> str:
    """Text of the lake's own secret, made where there is none: hexadecimal, so that it can be given
    as ``identity.secret`` elsewhere and means the same."""
    path = secret_file(lake)
    lake.secure()
    if not path.is_file():
        _write(path, f"{secrets.token_hex(_RANDOM_BYTES)}\n", 0o600, replace=False)
    path.chmod(0o600)  # a copy from a backup may be readable by others
    text = path.read_text(encoding="utf-8").strip()
    if len(text) < LEAST_SECRET:
        raise _unusable(str(path), f"it holds no secret of at least {LEAST_SECRET} characters", lake)
    return text


def _write(path: Path, text: str, mode: int, replace: bool = True) -> None:
    """Write ``path`` whole or not at all; without ``replace`` a file that is there by now stays."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
            return
        try:
            os.link(partial, path)
        except FileExistsError:
            return
    finally:
        partial.unlink(missing_ok=True)
