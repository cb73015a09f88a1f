"""Files behind URLs: object stores through fsspec, http(s) through httpx; downloaded as a stream.

Belongs here: listing, states without reading, downloads into the engine's scratch folder, plain
messages without secrets. Does not belong here: local files (``files``), answers of an API (``http``).

A URL's user, password and query may be secret: they are never shown, nor part of names.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.collect.files import WILDCARDS, Result, Source, check_not_empty, is_of_format, not_there
from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector

_BLOCK = 1 << 20
#: What stores call the version of an object, the most telling first.
_VERSIONS = (
    "ETag", "etag", "e_tag", "md5Hash", "md5", "checksum", "versionId", "version_id", "generation", "sha256",
    "LastModified", "last_modified", "Last-Modified", "mtime", "updated", "modified", "created",
)  # fmt: skip
_ATTEMPTS = 4
_TIMEOUT_SECONDS = 60.0


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
        return [file.name, _patiently(content)]


def download(engine: Engine, file: RemoteFile, connector: FileConnector) -> Source:
    """The file in the engine's scratch folder. Raises ``InputError`` when it breaks off or changes."""
    suffix = "".join(PurePosixPath(file.name).suffixes[-1:])
    target = sources.scratch_file(engine, suffix)

    def write() -> None:
        with target.open("wb") as stream:
            for block in file.blocks():
                stream.write(block)

    with _reached(file.shown):
        _patiently(write)
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
        _store_file(store, one, PurePosixPath(one).relative_to(root).as_posix(), where)
        for one in sorted(paths)
    ]


def _store_file(store: Any, path: str, name: str, where: str) -> RemoteFile:
    def blocks() -> Iterator[bytes]:
        with store.open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                yield block

    info = store.info(path)
    version = next((f"{key}={info[key]}" for key in _VERSIONS if info.get(key)), None)

    def again() -> RemoteFile:
        with _reached(where):
            return _store_file(store, path, name, where)

    return RemoteFile(name, where, info.get("size"), version, blocks, again)


class _PassingError(Exception):
    """An answer that may be another one when asked again."""


def _http_file(connector: FileConnector, url: str, where: str) -> RemoteFile:
    import httpx

    if WILDCARDS & set(urlsplit(url).path):
        raise InputError(
            where,
            "http has no wildcards",
            "the URL of one file",
            "List the files' URLs in path, or use the store's own scheme, such as s3://.",
        )
    options = connector.storage_options.get_secret_value() if connector.storage_options else {}
    if unknown := sorted(set(options) - {"headers"}):
        raise InputError(
            where,
            f"storage_options has {', '.join(unknown)}",
            "only headers for http",
            "Correct storage_options.",
        )
    headers = {"Accept-Encoding": "identity", **options.get("headers", {})}

    def ask(method: str) -> Any:
        return httpx.stream(method, url, headers=headers, follow_redirects=True, timeout=_TIMEOUT_SECONDS)

    def blocks() -> Iterator[bytes]:
        with ask("GET") as answer:
            _check_answer(answer, where)
            yield from answer.iter_bytes(_BLOCK)

    def head() -> RemoteFile:
        with ask("HEAD") as answer:
            known = answer.headers if answer.status_code < 400 else {}
            if answer.status_code not in (403, 405, 501):  # some servers answer only GET
                _check_answer(answer, where)
        version = next((f"{key}={known[key]}" for key in ("etag", "last-modified") if known.get(key)), None)
        length = known.get("content-length")
        size = int(length) if length and "content-encoding" not in known else None
        name = unquote(PurePosixPath(urlsplit(url).path).name) or str(urlsplit(url).hostname)
        return RemoteFile(name, where, size, version, blocks, again)

    def again() -> RemoteFile:
        with _reached(where):
            return _patiently(head)

    return again()


def _patiently(ask: Callable[[], Result]) -> Result:
    """What ``ask`` gives, asked again after a while for what may pass over http."""
    import httpx
    import tenacity

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=0.25, max=8),
        retry=tenacity.retry_if_exception_type((_PassingError, httpx.TransportError)),
        reraise=True,
    )(ask)


def _check_answer(answer: Any, where: str) -> None:
    status = answer.status_code
    if status == 429 or status >= 500:
        raise _PassingError(f"the server answers {status}")
    if status in (401, 403):
        raise InputError(
            where,
            f"the server answers {status}: not allowed",
            "a URL that may be read with the headers of storage_options",
            "Check the headers (for instance Authorization) and the rights there.",
        )
    if status >= 400:
        raise InputError(
            where,
            f"the server answers {status}: no such file",
            "the URL of a file",
            "Correct the connector's path.",
        )


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
    except _PassingError as error:
        raise InputError(
            where, f"{error}, also when asked again", "a server that gives the file", "Run again later."
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


def shown(url: str) -> str:
    """A URL without user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
