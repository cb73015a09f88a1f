"""A web shop on this machine, for tests: a real HTTP server that fails as it is told to."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pipeline.settings import HttpConnector

JSON = "application/json; charset=utf-8"


@dataclass
class Reply:
    """What the shop answers: a value as JSON, or bytes as they are."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = JSON
    #: Bytes of the body that are sent before the connection is cut; none: all.
    cut_at: int | None = None
    #: Without a length the client cannot tell a cut body from a whole one.
    with_length: bool = True
    delay_seconds: float = 0
    #: What is sent instead of all this: bytes as they go over the line, status line and headers too.
    line: Callable[[], Iterable[bytes]] | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Asked:
    """One request that the shop got."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    at: float
    method: str = "GET"


class Shop:
    """The running server: ``answer`` says what to reply to the n-th request, counted from 1."""

    def __init__(self, url: str, answer: Callable[["Shop", Asked], Reply]) -> None:
        self.url, self.answer = url, answer
        self.asked: list[Asked] = []

    def connector(self, **settings: Any) -> HttpConnector:
        """A connector to it that does not wait long."""
        return HttpConnector(**{"url": f"{self.url}/orders", "backoff_seconds": 0.01} | settings)


@contextmanager
def shop(answer: Callable[[Shop, Asked], Reply]) -> Iterator[Shop]:
    """Serves on a free port of this machine until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    one = Shop(f"http://127.0.0.1:{server.server_address[1]}", answer)
    server.shop = one  # type: ignore[attr-defined]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dripping(start: bytes, drop: bytes, seconds: float = 30) -> Callable[[], Iterator[bytes]]:
    """``start`` at once, then a drop every 50 ms: never silent for long, and never done."""

    def line() -> Iterator[bytes]:
        yield start
        for _ in range(int(seconds / 0.05)):
            time.sleep(0.05)
            yield drop

    return line


def flood(start: bytes, block: bytes, mebibytes: int = 4096) -> Callable[[], Iterator[bytes]]:
    """``start``, then ``block`` again and again as fast as it goes."""

    def line() -> Iterator[bytes]:
        yield start
        for _ in range((mebibytes << 20) // len(block)):
            yield block

    return line


def replies(*some: Reply) -> Callable[[Shop, Asked], Reply]:
    """One reply after the other; the last one for ever."""
    return lambda shop, asked: some[min(len(shop.asked), len(some)) - 1]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = Asked(
            parts.path, dict(parse_qsl(parts.query)), dict(self.headers), time.monotonic(), self.command
        )
        one: Shop = self.server.shop  # type: ignore[attr-defined]
        one.asked.append(asked)
        reply = one.answer(one, asked)
        time.sleep(reply.delay_seconds)
        with suppress(BrokenPipeError, ConnectionResetError):  # the client may give up
            self._send(reply)

    do_HEAD = do_GET  # noqa: N815

    def _send(self, reply: Reply) -> None:
        if reply.line is not None:
            self.close_connection = True
            for some in reply.line():
                self.wfile.write(some)
            return
        content = reply.content
        self.send_response_only(reply.status)
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        if reply.with_length:
            self.send_header("Content-Length", str(len(content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(content if reply.cut_at is None else content[: reply.cut_at])

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
