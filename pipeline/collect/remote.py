"""Files behind URLs: object stores through fsspec, http(s) by ``http_files``; downloaded as a stream.

Belongs here: listing, states without reading, downloads into the engine's scratch folder, plain
messages without secrets. Does not belong here: local files (``files``), answers of an API (``http``).

Stores are asked by the client of fsspec's package for them, with its own rules for time limits and
redirects (``storage_options``); the size of a file is bounded here. http(s) goes by ``network``.

A URL's user, password and query may be secret: they are never shown, nor part of names.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from pipeline.collect.addresses import shown, too_large
from pipeline.collect.files import WILDCARDS, Result, Source, check_not_empty, is_of_format, not_there
from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector
from pipeline.settings.sizes import in_bytes

_BLOCK = 1 << 20
#: What stores call the version of an object, the most telling first.
_VERSIONS = (
    "ETag", "etag", "e_tag", "md5Hash", "md5", "checksum", "versionId", "version_id", "generation", "sha256",
    "LastModified", "last_modified", "Last-Modified", "mtime", "updated", "modified", "created",
)  # fmt: skip


@dataclass(frozen=True)
class RemoteFile:
    """One file behind a URL, and how to reach it.

    ``version`` is what the store says about its state, none if it says nothing that is good for it.
    """

    name: str
    shown: str
    size: int | None
    version: str | None
    blocks: Callable[[], Iterator[bytes]]
    again: Callable[[], "RemoteFile"]


def is_remote(place: str) -> bool:
    """Whether a place of the settings is a URL of something that is not this machine's own files."""
    return "://" in place and not place.startswith("file://")


def find(connector: FileConnector, place: str) -> list[RemoteFile]:
    """Files of a URL (a file, a glob, a folder), by name. Raises ``InputError``."""
    where = shown(place)
    if urlsplit(place).scheme in ("http", "https"):
        found = [_http_file(connector, place, where)]
    else:
        with _reached(where):
            found = _store_files(connector, place, where)
    if not found:
        raise not_there(where, connector)
    for one in found:
        if one.size is not None:
            check_not_empty(one.name, one.size, connector)
            if one.size > in_bytes(connector.max_size):
                raise too_large(one.name, connector.max_size)
    return found


def state(file: RemoteFile) -> list[str | int]:
    """What changes when the file does; its content is read only if the store gives nothing better."""
    if file.version is not None:
        return [file.name, -1 if file.size is None else file.size, file.version]

    def content() -> str:
        digest = hashlib.sha256()
        for block in file.blocks():
            digest.update(block)
        return digest.hexdigest()

    with _reached(file.shown):
        return [file.name, _patiently(content, file.shown)]


def download(engine: Engine, file: RemoteFile, connector: FileConnector) -> Source:
    """The file in the engine's scratch folder. Raises ``InputError`` when it breaks off or changes."""
    suffix = "".join(PurePosixPath(file.name).suffixes[-1:])
    target = sources.scratch_file(engine, suffix)

    def write() -> None:
        with target.open("wb") as stream:
            for block in file.blocks():
                stream.write(block)

    try:
        with _reached(file.shown):
            _patiently(write, file.shown)
    except InputError:
        target.unlink(missing_ok=True)
        raise
    now = file.again()
    size = target.stat().st_size
    if (now.size, now.version) != (file.size, file.version) or (file.size is not None and size != file.size):
        target.unlink()
        raise InputError(
            file.name,
            "the file changed, or broke off, while it was downloaded",
            "a file that stays as it is until it has been read; nothing of it was collected",
            "Run again when its delivery is complete.",
        )
    check_not_empty(file.name, size, connector)
    return Source.of(target, file.name, is_copy=True)


def _store_files(connector: FileConnector, place: str, where: str) -> list[RemoteFile]:
    import fsspec

    options = connector.storage_options.get_secret_value() if connector.storage_options else {}
    # listings are asked anew: a run must see what lies there now
    store, path = fsspec.core.url_to_fs(place, **{"use_listings_cache": False, **options})
    if WILDCARDS & set(path):
        parts = PurePosixPath(path).parts
        root = PurePosixPath(*parts[: next(at for at, one in enumerate(parts) if WILDCARDS & set(one))])
        paths = [one for one in store.glob(path) if store.isfile(one)]
    elif store.isfile(path):
        root, paths = PurePosixPath(path).parent, [path]
    else:
        root = PurePosixPath(path)
        paths = [
            one
            for one in (store.find(path) if store.isdir(path) else [])
            if is_of_format(PurePosixPath(one).relative_to(root).parts, connector)
        ]
    return [
        _store_file(store, one, PurePosixPath(one).relative_to(root).as_posix(), where, connector.max_size)
        for one in sorted(paths)
    ]


def _store_file(store: Any, path: str, name: str, where: str, max_size: str) -> RemoteFile:
    def blocks() -> Iterator[bytes]:
        size, most = 0, in_bytes(max_size)
        with store.open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > most:
                    raise too_large(name, max_size)
                yield block

    info = store.info(path)
    version = next((f"{key}={info[key]}" for key in _VERSIONS if info.get(key)), None)

    def again() -> RemoteFile:
        with _reached(where):
            return _store_file(store, path, name, where, max_size)

    return RemoteFile(name, where, info.get("size"), version, blocks, again)


def _http_file(connector: FileConnector, url: str, where: str) -> RemoteFile:
    from pipeline.collect import http_files  # its client is not cheap to import

    http_files.check(connector, url, where)

    def again() -> RemoteFile:
        with _reached(where):
            known = _patiently(lambda: http_files.known(connector, url, where), where)
        return RemoteFile(
            *(known.name, where, known.size, known.version),
            blocks=lambda: http_files.blocks(connector, url, where),
            again=again,
        )

    return again()


def _patiently(ask: Callable[[], Result], where: str) -> Result:
    from pipeline.collect import http_files

    return http_files.patiently(ask, where)


@contextmanager
def _reached(where: str) -> Iterator[None]:
    """Turns whatever a store raises into ``InputError`` that shows neither URL nor its message,
    as both may hold secrets."""
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        raise InputError(
            where,
            f"the Python package that reaches such a store is not installed ({error.name or _needed(where)})",
            "fsspec's package for the store, for instance s3fs for s3://, gcsfs for gs://, adlfs for az://",
            f"Install {_needed(where)} beside customer-segments.",
        ) from None
    except FileNotFoundError:
        raise InputError(
            where, "there is no such file", "a file or folder in the store", "Correct the connector's path."
        ) from None
    except PermissionError:
        raise InputError(
            where,
            "the store does not allow to read it",
            "a path that may be read with the given storage_options",
            "Check key, secret and rights in storage_options.",
        ) from None
    except Exception as error:
        raise InputError(
            where,
            f"the store could not be read ({type(error).__name__})",
            "a store that answers to path and storage_options",
            "Check path, storage_options and the network; run again if it was the network.",
        ) from None


def _needed(where: str) -> str:
    from fsspec.registry import known_implementations

    said = str(known_implementations.get(urlsplit(where).scheme, {}).get("err", ""))
    known = (
        "s3fs",
        "gcsfs",
        "adlfs",
        "paramiko",
        "smbprotocol",
        "ossfs",
        "huggingface_hub",
        "webdav4",
        "aiohttp",
    )
    return next((one for one in known if one in said), "the store's package")
