"""The one client of the network: what is asked over http(s), whoever asks, and by which rules.

Belongs here: one server and no other, the deadline of a request, the largest answer, unpacking,
proxies, the client's silence in logs. Does not belong here: what a status means and what is asked
again (``http_asking``, ``http_files``). Object stores (``remote``) are reached by the clients of
fsspec's packages, which have rules of their own; only the size of their files is bounded there.

Addresses and headers may hold secrets. So they go to one origin (scheme, host, port) alone: a
redirect, or a page, elsewhere is an error that shows where without user, password and query.
"""

import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from pipeline.collect.addresses import shown, too_large
from pipeline.collect.deadlines import Deadline, DeadlineBackend
from pipeline.errors import InputError
from pipeline.settings.sizes import in_bytes

_BLOCK = 1 << 20
#: A server that says nothing for so long says nothing more.
_SILENT_SECONDS = 60.0
_MOST_REDIRECTS = 5
_ERRORS = {
    getattr(httpcore, name): getattr(httpx, name)
    for name in (
        "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout", "ConnectError", "ReadError",
        "WriteError", "ProxyError", "UnsupportedProtocol", "LocalProtocolError", "RemoteProtocolError",
    )
}  # fmt: skip


@dataclass(frozen=True)
class Bounds:
    """What one request may take: seconds from connecting to the last byte, and the size of its
    unpacked body, as the settings write it."""

    timeout_seconds: float
    max_size: str

    @property
    def max_bytes(self) -> int:
        """``max_size`` in bytes."""
        return in_bytes(self.max_size)


class Client:
    """Asks one server, that of ``url``, with the same headers, one request at a time.

    Raises ``InputError`` for headers that cannot be sent.
    """

    def __init__(self, url: httpx.URL, headers: Mapping[str, str], bounds: Bounds, where: str) -> None:
        for name in ("httpx", "httpcore"):  # they log whole addresses
            logging.getLogger(name).setLevel(logging.WARNING)
        self._url, self._bounds = url, bounds
        self._deadline = Deadline()
        own = {"User-Agent": "customer-segments", "Accept-Encoding": "gzip"}
        try:
            given = httpx.Headers(own | dict(headers))
        except (UnicodeEncodeError, ValueError, TypeError):
            raise _unsendable(where) from None
        transport = _Transport(_pool(url, self._deadline, where))
        self._client = httpx.Client(
            headers=given,
            auth=(url.username, url.password) if url.userinfo else None,
            timeout=min(bounds.timeout_seconds, _SILENT_SECONDS),
            transport=transport,
        )

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.__exit__(kind, error, trace)

    @property
    def is_late(self) -> bool:
        """Whether the last request has used up its time."""
        return self._deadline.is_over

    @contextmanager
    def ask(
        self, method: str, url: httpx.URL, where: str, timeout_seconds: float | None = None
    ) -> Iterator[httpx.Response]:
        """The answer of ``url``, its body not yet read, after redirects within the server.

        ``timeout_seconds``: less time than the bounds give. Raises ``InputError`` when it leads to
        another server, ``httpx.TimeoutException`` when it takes too long, other errors of httpx.
        """
        self._check_origin(url, where, "the address is of another server")
        bound = self._bounds.timeout_seconds
        self._deadline.start(bound if timeout_seconds is None else min(timeout_seconds, bound))
        request = self._client.build_request(method, url)
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                answer = self._client.send(request, stream=True)
            except httpx.LocalProtocolError:
                raise _unsendable(where) from None
            try:
                if answer.next_request is None:
                    yield answer
                    return
                request = answer.next_request
                self._check_origin(
                    request.url, where, f"the server sends elsewhere (status {answer.status_code})"
                )
            finally:
                answer.close()
        raise InputError(
            where,
            f"the server sends on and on ({_MOST_REDIRECTS} redirects)",
            "the address at which the content is",
            "Write that address in the connector, or ask those who run the server.",
        )

    def body(self, answer: httpx.Response, where: str) -> Iterator[bytes]:
        """The unpacked body, block by block; no more of it than the bounds say is ever made.

        Raises ``InputError`` when there is more, ``httpx.TimeoutException`` when it takes too long.
        """
        most = self._bounds.max_bytes
        if (length_of(answer) or 0) > most:
            raise too_large(where, self._bounds.max_size)
        size = 0
        for block in _unpacked(answer, where):
            size += len(block)
            if size > most:
                raise too_large(where, self._bounds.max_size)
            if self._deadline.is_over:
                raise httpx.ReadTimeout("the deadline is over")
            yield block

    def _check_origin(self, url: httpx.URL, where: str, found: str) -> None:
        if is_same_origin(self._url, url):
            return
        raise InputError(
            where,
            f"{found}: {shown(str(url))}",
            f"addresses of {shown(str(self._url.copy_with(path='/')))}: headers may hold secrets, and are not"
            " sent to another server",
            "If that address is meant and may be sent the headers, write it in the connector (url, path).",
        )


def is_same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two addresses are of one server: scheme, host and port are equal."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def length_of(answer: httpx.Response) -> int | None:
    """Bytes of the body before it is unpacked, if the server says so in earnest."""
    said = answer.headers.get("content-length", "")
    return int(said) if said.isdecimal() and len(said) < 20 else None


def _unpacked(answer: httpx.Response, where: str) -> Iterator[bytes]:
    coding = answer.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        yield from answer.iter_raw()
    elif coding in ("gzip", "x-gzip"):
        yield from _gunzipped(answer.iter_raw())
    else:
        raise InputError(
            where,
            f"the answer is compressed as {coding}, which was not asked for",
            "an answer that is not compressed, or by gzip",
            "Ask those who run the server; take Accept-Encoding off the connector's headers if it is there.",
        )


def _gunzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of a gzip stream, each of at most 1 MiB however well it was packed."""
    one = None
    try:
        for given in parts:
            part = given
            while part:
                if one is None or one.eof:
                    one = zlib.decompressobj(wbits=31)
                yield one.decompress(part, _BLOCK)
                part = one.unused_data if one.eof else one.unconsumed_tail
        while one is not None and not one.eof:
            block = one.decompress(b"", _BLOCK)
            if not block:
                raise httpx.DecodingError("the compressed body is cut")
            yield block
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from None


def _pool(url: httpx.URL, deadline: Deadline, where: str) -> httpcore.ConnectionPool:
    """Connections to the server of ``url``, by the proxy that the environment names for it, if any."""
    backend = DeadlineBackend(deadline)
    context = httpx.create_ssl_context() if url.scheme == "https" else None
    known = getproxies()
    named = known.get(url.scheme) or known.get("all")
    if not named or proxy_bypass(url.host):
        return httpcore.ConnectionPool(ssl_context=context, network_backend=backend)
    try:
        proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
    except (ValueError, httpx.InvalidURL):
        proxy = None
    if proxy is None or proxy.url.scheme not in ("http", "https"):
        raise InputError(
            where,
            f"the proxy that the environment names for {url.scheme} is no http proxy",
            "http://host:port",
            f"Correct {url.scheme}_proxy or all_proxy, or name the host in no_proxy.",
        )
    return httpcore.HTTPProxy(
        str(proxy.url),
        proxy_auth=proxy.raw_auth,
        proxy_headers=proxy.headers.raw,
        ssl_context=context,
        proxy_ssl_context=httpx.create_ssl_context() if proxy.url.scheme == "https" else None,
        network_backend=backend,
    )


class _Transport(httpx.BaseTransport):
    """httpx over connections of our own: httpx's has no place for a deadline."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with _as_httpx():
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method, url, headers=request.headers.raw, extensions=request.extensions
                )
            )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(_ERRORS) as error:
        raise _ERRORS[type(error)](str(error)) from None


def _unsendable(where: str) -> InputError:
    return InputError(
        where,
        "a header holds characters that HTTP does not allow (it is not shown here)",
        "plain letters and digits in one line",
        "Check the environment variables that headers name: often a line break stands at the end.",
    )
