"""One file behind an http(s) address: what its server says of it, and its content as a stream.

Belongs here: what a status means for a file, what is asked again. Does not belong here: where
requests may go and what they may take (``network``), object stores and downloads (``remote``).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httpx
import tenacity

from pipeline.collect.files import WILDCARDS, Result
from pipeline.collect.network import Bounds, Client, length_of
from pipeline.errors import InputError
from pipeline.settings import FileConnector

_ATTEMPTS = 4
#: What a server may take to say what it knows of a file.
_HEAD_SECONDS = 60.0


class PassingError(Exception):
    """An answer that may be another one when asked again."""


class Known(NamedTuple):
    """What a server says of a file: ``size`` as it will be written, ``version`` what changes with it."""

    name: str
    size: int | None
    version: str | None


def check(connector: FileConnector, url: str, where: str) -> None:
    """``InputError`` for a URL or options that make no sense over http."""
    if WILDCARDS & set(urlsplit(url).path):
        raise InputError(
            where,
            "http has no wildcards",
            "the URL of one file",
            "List the files' URLs in path, or use the store's own scheme, such as s3://.",
        )
    options = _options(connector)
    if unknown := sorted(set(options) - {"headers"}):
        raise InputError(
            where,
            f"storage_options has {', '.join(unknown)}",
            "only headers for http",
            "Correct storage_options.",
        )
    if not isinstance(options.get("headers", {}), dict):
        raise InputError(
            where,
            "headers of storage_options is no mapping",
            "names of headers with their values",
            "Write headers: {NAME: value}.",
        )


def known(connector: FileConnector, url: str, where: str) -> Known:
    """What the server says of the file. Raises ``InputError``, ``PassingError``, errors of httpx."""
    with _client(connector, url, where) as one:
        try:
            with one.ask("HEAD", httpx.URL(url), where, _HEAD_SECONDS) as answer:
                said = answer.headers if answer.status_code < 400 else {}
                if answer.status_code not in (403, 405, 501):  # some servers answer only GET
                    _check_answer(answer.status_code, where)
                size = None if "content-encoding" in said or not said else length_of(answer)
        except httpx.TimeoutException:
            if one.is_late:
                raise _too_slow(where, min(_HEAD_SECONDS, connector.timeout_seconds)) from None
            raise
    version = next((f"{key}={said[key]}" for key in ("etag", "last-modified") if said.get(key)), None)
    name = unquote(PurePosixPath(urlsplit(url).path).name) or str(urlsplit(url).hostname)
    return Known(name, size, version)


def blocks(connector: FileConnector, url: str, where: str) -> Iterator[bytes]:
    """The file's content. Raises as ``known`` does."""
    with _client(connector, url, where) as one:
        try:
            with one.ask("GET", httpx.URL(url), where) as answer:
                _check_answer(answer.status_code, where)
                yield from one.body(answer, where)
        except httpx.TimeoutException:
            if one.is_late:
                raise _too_slow(where, connector.timeout_seconds) from None
            raise


def patiently(ask: Callable[[], Result], where: str) -> Result:
    """What ``ask`` gives, asked again after a while for what may pass over http.

    Raises ``InputError`` when the server's answer stays as it is, and what else ``ask`` raises.
    """
    tries = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=0.25, max=8),
        retry=tenacity.retry_if_exception_type((PassingError, httpx.TransportError)),
        reraise=True,
    )
    try:
        return tries(ask)
    except PassingError as error:
        raise InputError(
            where, f"{error}, also when asked again", "a server that gives the file", "Run again later."
        ) from None


@contextmanager
def _client(connector: FileConnector, url: str, where: str) -> Iterator[Client]:
    given = {str(name): str(value) for name, value in _options(connector).get("headers", {}).items()}
    # unpacked by the one who reads the file, if at all: sizes can be compared
    headers = {"Accept-Encoding": "identity"} | given
    bounds = Bounds(connector.timeout_seconds, connector.max_size)
    with Client(httpx.URL(url), headers, bounds, where) as one:
        yield one


def _options(connector: FileConnector) -> dict[str, Any]:
    return connector.storage_options.get_secret_value() if connector.storage_options else {}


def _too_slow(where: str, seconds: float) -> InputError:
    return InputError(
        where,
        f"there was no whole answer within {seconds:g} seconds",
        "a server that gives the file in time; nothing of it was collected",
        "Run again later. If the file is that large, or the line that slow, raise timeout_seconds of the"
        " connector.",
    )


def _check_answer(status: int, where: str) -> None:
    if status == 429 or status >= 500:
        raise PassingError(f"the server answers {status}")
    if status in (401, 403):
        raise InputError(
            where,
            f"the server answers {status}: not allowed",
            "a URL that may be read with the headers of storage_options",
            "Check the headers (for instance Authorization) and the rights there.",
        )
    if status >= 300:
        raise InputError(
            where,
            f"the server answers {status}: no such file",
            "the URL of a file",
            "Correct the connector's path.",
        )
