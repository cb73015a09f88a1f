"""One question to an HTTP server, asked until it is answered or cannot be.

Belongs here: pace, what may pass on another try, what a status means in words. Does not belong
here: where requests may go and what they may take (``network``), which page comes next and what a
record is (``http``).

Addresses, parameters and headers may hold secrets: no message shows them, and no error of the
client is chained.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from typing import Any

import httpx
import tenacity

from pipeline.collect.jsonlines import read_json
from pipeline.collect.network import Bounds, Client
from pipeline.errors import InputError, MayPassError
from pipeline.settings import HttpConnector

_MAY_PASS = frozenset((429, 500, 502, 503, 504))
_STATUS_WORDS = {
    400: ("the server does not accept the request (status 400)", "parameters that it knows"),
    401: ("the server does not know who asks (status 401)", "a key or token that it accepts"),
    403: ("the server does not allow this (status 403)", "a key or token that may read the records"),
    404: ("the server has nothing at this address (status 404)", "an address that exists"),
}
_STATUS_REMEDY = "Correct url, params or headers of the connector, or the environment variables they name."


@dataclass(frozen=True)
class Answer:
    """An answer's JSON: ``body`` as ``read_json`` reads it, ``text`` as it came, ``link`` the next
    page that its header names."""

    url: httpx.URL
    body: Any
    text: bytes
    link: str | None


class _MayPassError(Exception):
    """Something that may be gone at the next try; ``wait_seconds`` is how long the server asks to wait."""

    def __init__(self, found: str, wait_seconds: float | None = None) -> None:
        self.found, self.wait_seconds = found, wait_seconds
        super().__init__(found)


class Asker:
    """A client of one server that asks at the connector's pace."""

    def __init__(self, connector: HttpConnector, client: Client) -> None:
        self._connector, self._client = connector, client
        self._next_at = 0.0

    def ask(self, url: httpx.URL, where: str) -> Answer:
        """The answer of ``url``. Raises ``InputError``."""
        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._connector.attempts),
            wait=self._pause,
            retry=tenacity.retry_if_exception_type(_MayPassError),
            reraise=True,
        )
        try:
            return tries(self._once, url, where)
        except _MayPassError as error:
            raise MayPassError(
                where,
                f"{error.found}, {_times(self._connector.attempts)}",
                "an answer of the server",
                "Nothing was collected. Run again later; if it stays so, ask those who run the server, or"
                " set timeout_seconds, attempts or requests_per_second of the connector.",
            ) from None

    def _once(self, url: httpx.URL, where: str) -> Answer:
        self._keep_pace()
        try:
            with self._client.ask("GET", url, where) as response:
                self._judge(response, where)
                text = b"".join(self._client.body(response, where))
                link = response.links.get("next", {}).get("url")
        except httpx.TimeoutException:
            raise self._too_slow() from None
        except httpx.ConnectError as error:
            raise _MayPassError(_why_unreachable(error)) from None
        except httpx.TransportError:
            raise _MayPassError("the connection was cut before the answer was whole") from None
        except httpx.DecodingError:
            raise _MayPassError("the compressed answer is damaged") from None
        text = text or b"[]" if response.status_code == 204 else text
        return Answer(response.url, _parsed(text, where), text, link)

    def _judge(self, response: httpx.Response, where: str) -> None:
        status = response.status_code
        if status in _MAY_PASS:
            raise _MayPassError(
                f"the server answered with status {status}", self._asked_wait(response, where)
            )
        if response.is_redirect:
            raise InputError(
                where,
                f"the server sends elsewhere and does not say where (status {status})",
                "the address at which the records are",
                "Set url to that address; ask those who run the server.",
            )
        if not response.is_success:
            found, expected = _STATUS_WORDS.get(
                status, (f"the server answered with status {status}", "status 200 and JSON")
            )
            raise InputError(where, found, expected, _STATUS_REMEDY)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and "json" not in kind:
            raise InputError(
                where,
                f"the answer is {kind}, not JSON",
                "content type application/json",
                "Check url and headers: a page for people, or a page to log in, often stands there.",
            )

    def _asked_wait(self, response: httpx.Response, where: str) -> float | None:
        given = response.headers.get("retry-after", "").strip()
        seconds = _seconds(given, response.headers.get("date"))
        if seconds is not None and seconds > self._connector.max_wait_seconds:
            raise InputError(
                where,
                f"the server asks to come back in {seconds:.0f} seconds (status {response.status_code})",
                f"at most {self._connector.max_wait_seconds:g} (max_wait_seconds)",
                "Run again then, or set requests_per_second lower so that its limit is not reached.",
            )
        return seconds

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "wait_seconds", None)
        if asked is not None:
            return float(asked)
        doubled = self._connector.backoff_seconds * 2.0 ** (state.attempt_number - 1)
        return min(doubled, self._connector.max_wait_seconds)

    def _keep_pace(self) -> None:
        if self._connector.requests_per_second is None:
            return
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at = time.monotonic() + 1 / self._connector.requests_per_second

    def _too_slow(self) -> _MayPassError:
        return _MayPassError(f"there was no whole answer within {self._connector.timeout_seconds:g} seconds")


@contextmanager
def asker(connector: HttpConnector, where: str) -> Iterator[Asker]:
    """An ``Asker`` with the connector's headers; its connections are closed at the end."""
    headers = {key: value.get_secret_value() for key, value in connector.headers.items()}
    bounds = Bounds(connector.timeout_seconds, connector.max_size)
    url = address(connector, {}, where)
    with Client(url, {"Accept": "application/json"} | headers, bounds, where) as client:
        yield Asker(connector, client)


def address(connector: HttpConnector, params: dict[str, str], where: str) -> httpx.URL:
    """The connector's address with its own parameters and ``params``. Raises ``InputError``."""
    own = {key: value.get_secret_value() for key, value in connector.params.items()}
    try:
        url = httpx.URL(connector.url.get_secret_value())
        if not url.host:
            raise httpx.InvalidURL("no host")
        return url.copy_merge_params(own | params)
    except httpx.InvalidURL:
        raise InputError(
            where,
            "the url is no address (it is not shown here)",
            "https://host/path",
            "Correct url in the connector's settings, or the environment variables it names.",
        ) from None


def _parsed(text: bytes, where: str) -> Any:
    try:
        return read_json(text)
    except (JSONDecodeError, UnicodeDecodeError):
        # a cut answer looks like this when the server does not say how long it is
        raise _MayPassError("the answer is not whole JSON; it may be cut off") from None
    except (ValueError, RecursionError):
        raise InputError(
            where,
            "an object of the answer has a key twice, or is nested too deep",
            "JSON with every key once",
            "Ask those who run the server.",
        ) from None


def _seconds(retry_after: str, date: str | None) -> float | None:
    """What a ``Retry-After`` means (RFC 9110, 10.2.3); its date counts from the server's own clock."""
    if not retry_after:
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    until, now = _instant(retry_after), _instant(date or "")
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def _instant(written: str) -> float | None:
    try:
        return parsedate_to_datetime(written).timestamp()
    except ValueError:
        return None


def _why_unreachable(error: httpx.ConnectError) -> str:
    said = str(error).lower()
    if "certificate" in said or "ssl" in said:
        return "the server cannot be trusted: its certificate is not valid"
    if "name" in said or "address" in said or "resol" in said:
        return "the host of the url is not known"
    return "the server cannot be reached: nothing listens at the url's host and port"


def _times(attempts: int) -> str:
    return "once" if attempts == 1 else f"{attempts} times"
