"""A deadline for whatever happens on a connection: connecting, TLS, headers, body.

Belongs here: the network backend that keeps to it. Does not belong here: what is asked (``network``).

httpx bounds each wait for bytes. A server that sends a byte now and then is never silent for so
long, and lasts for ever; so here every step has only the time that is left of the whole request.
"""

import math
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class Deadline:
    """The instant at which a request must be over; one request at a time."""

    def __init__(self) -> None:
        self._at = math.inf

    def start(self, seconds: float) -> None:
        """Begins a request that may take so long."""
        self._at = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._at

    def left(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
        """Seconds that one step may take: ``timeout``, or less. Raises ``error`` when none is left."""
        seconds = self._at - time.monotonic()
        if seconds <= 0:
            raise error("the deadline is over")
        return seconds if timeout is None else min(seconds, timeout)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connections that keep to a deadline.

    Looking up a name has the resolver's own time limits, and each address of a host may take what
    is left.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline, self._inner = deadline, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection, as httpcore's own backend makes it."""
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        stream = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        return _DeadlineStream(stream, self._deadline)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
