"""What an HTTP server may do wrong: what passes is tried again, the rest is said in words, once."""

import logging
import socket
import threading
import time
import traceback
from email.utils import formatdate
from itertools import pairwise
from typing import Any

import pytest

from pipeline.collect import http
from pipeline.errors import InputError
from pipeline.settings import HttpConnector
from tests.unit.collect.http_shop import Asked, Reply, Shop, replies, shop

GOOD = Reply([{"id": 1}, {"id": 2}])
SECRET = "s3cret-token"


def ids(connector: HttpConnector) -> list[str]:
    return [row["id"] for one in http.batches(connector, "source web") for row in one.to_pylist()]


def failure(connector: HttpConnector) -> InputError:
    with pytest.raises(InputError) as caught:
        ids(connector)
    return caught.value


PASSING = {
    "status 500": Reply("oops", status=500),
    "status 502": Reply(status=502),
    "status 503": Reply(status=503),
    "status 504": Reply(status=504),
    "status 429": Reply(status=429),
    "a body that is cut": Reply([{"id": 1}] * 500, cut_at=200),
    "a body that is cut and has no length": Reply([{"id": 1}] * 500, cut_at=200, with_length=False),
    "JSON that breaks off": Reply(b'[{"id": 1}, {"id"'),
    "an empty answer": Reply(b""),
    "a damaged compressed answer": Reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("case", PASSING)
def test_what_may_pass_is_asked_again(case: str) -> None:
    with shop(replies(PASSING[case], PASSING[case], GOOD)) as one:
        assert ids(one.connector()) == ["1", "2"]
    assert len(one.asked) == 3


def test_a_server_that_hangs_is_asked_again() -> None:
    with shop(replies(Reply(GOOD.body, delay_seconds=1), GOOD)) as one:
        assert ids(one.connector(timeout_seconds=0.3)) == ["1", "2"]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("status 500", "status 500"),
        ("JSON that breaks off", "not whole JSON"),
        ("a body that is cut", "cut before"),
    ],
)
def test_what_stays_is_one_error_after_the_last_try(case: str, said: str) -> None:
    with shop(replies(PASSING[case])) as one:
        error = failure(one.connector(attempts=3))
    assert len(one.asked) == 3
    assert said in error.found
    assert "3 times" in error.found
    assert "Nothing was collected" in error.remedy
    assert error.where == "source web, page 1"


def test_the_waits_between_tries_double() -> None:
    with shop(replies(PASSING["status 500"])) as one:
        failure(one.connector(attempts=4, backoff_seconds=0.05))
    at = [asked.at for asked in one.asked]
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert [wait >= least for wait, least in zip(waits, (0.05, 0.1, 0.2), strict=True)] == [True] * 3


LASTING = {
    400: "accept",
    401: "who asks",
    403: "allow",
    404: "nothing at this address",
    410: "410",
    422: "422",
}


@pytest.mark.parametrize("status", LASTING)
def test_what_cannot_pass_is_asked_once(status: int) -> None:
    with shop(replies(Reply({"error": "alice@example.com"}, status=status))) as one:
        error = failure(one.connector())
    assert len(one.asked) == 1
    assert LASTING[status] in error.found
    assert "alice" not in str(error), "what a server says may hold anything"


def test_a_redirect_is_not_followed_with_secrets() -> None:
    with shop(replies(GOOD)) as other:
        moved = Reply(status=302, headers={"Location": f"{other.url}/orders"})
        with shop(replies(moved)) as one:
            error = failure(one.connector(headers={"X-Key": SECRET}))
    assert "sends elsewhere" in error.found
    assert other.asked == []


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/xml"])
def test_another_content_type_is_an_error(kind: str) -> None:
    with shop(replies(Reply(b"<html>log in</html>", content_type=kind))) as one:
        error = failure(one.connector())
    assert kind.partition(";")[0] in error.found
    assert len(one.asked) == 1


@pytest.mark.parametrize("kind", ["application/vnd.api+json", None])
def test_json_by_another_name_is_read(kind: str | None) -> None:
    with shop(replies(Reply(GOOD.body, content_type=kind))) as one:
        assert ids(one.connector()) == ["1", "2"]


def in_a_second() -> dict[str, str]:
    now = time.time()
    return {"Retry-After": formatdate(int(now) + 1, usegmt=True), "Date": formatdate(int(now), usegmt=True)}


@pytest.mark.parametrize("headers", [{"Retry-After": "1"}, in_a_second()])
def test_retry_after_is_kept_to(headers: dict[str, str]) -> None:
    with shop(replies(Reply(status=429, headers=headers), GOOD)) as one:
        assert ids(one.connector()) == ["1", "2"]
    assert one.asked[1].at - one.asked[0].at >= 0.95


def test_a_retry_after_beyond_patience_is_an_error_at_once() -> None:
    with shop(replies(Reply(status=429, headers={"Retry-After": "3600"}), GOOD)) as one:
        error = failure(one.connector())
    assert "3600 seconds" in error.found
    assert len(one.asked) == 1


def test_the_pace_is_kept() -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        return Reply([{"id": len(shop.asked)}] if len(shop.asked) < 5 else [])

    with shop(answer) as one:
        ids(one.connector(paging={"kind": "page"}, requests_per_second=20))
    assert one.asked[-1].at - one.asked[0].at >= 0.95 * 4 / 20


def test_a_server_that_drips_is_stopped() -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listening.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        try:
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)
        except OSError:
            pass  # the client gave up

    threading.Thread(target=drip, daemon=True).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    error = failure(HttpConnector(url=url, timeout_seconds=0.4, attempts=1))
    listening.close()
    assert "within 0.4 seconds" in error.found


def test_a_closed_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(HttpConnector(url=f"http://127.0.0.1:{port}/", attempts=2, backoff_seconds=0))
    assert "nothing listens" in error.found
    assert "2 times" in error.found


def test_an_unknown_host_is_told() -> None:
    error = failure(HttpConnector(url="http://no-such-host.invalid/", attempts=1))
    assert "host of the url is not known" in error.found


def test_nothing_after_a_failed_page_is_given() -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        page = int(asked.params["page"])
        return Reply([{"id": page}]) if page < 3 else Reply(status=500)

    with shop(answer) as one:
        given: list[Any] = []
        with pytest.raises(InputError, match="page 3"):
            given.extend(http.batches(one.connector(paging={"kind": "page"}, attempts=2), "source web"))
    assert given == []


FAILURES: dict[str, tuple[Reply, dict[str, Any]]] = {
    "refused": (Reply(status=401), {}),
    "broken for ever": (Reply(status=500), {}),
    "hangs": (Reply([], delay_seconds=0.5), {"timeout_seconds": 0.1}),
    "cut": (Reply([{"id": 1}] * 500, cut_at=9), {}),
    "repeats": (Reply([{"id": 1}]), {"paging": {"kind": "page"}}),
    "no list": (Reply({"id": 1}), {}),
    "moved": (Reply(status=301, headers={"Location": f"/?key={SECRET}"}), {}),
    "header with a line break": (Reply([]), {"headers": {"X-Key": f"{SECRET}\n"}}),
    "header beyond ASCII": (Reply([]), {"headers": {"X-Key": f"{SECRET}é"}}),
    "no address": (Reply([]), {"url": f"https://{SECRET}:x/"}),
}


@pytest.mark.parametrize("case", FAILURES)
def test_no_secret_is_in_what_is_shown_or_logged(
    case: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    reply, changes = FAILURES[case]
    with shop(replies(reply)) as one:
        secrets = {"headers": {"Authorization": f"Bearer {SECRET}"}, "params": {"api_key": SECRET}}
        error = failure(one.connector(**(secrets | {"attempts": 2} | changes)))
    shown = "".join(traceback.format_exception(error)) + caplog.text + "".join(capfd.readouterr())
    assert SECRET not in shown
    assert error.__cause__ is None


def test_secrets_are_sent() -> None:
    with shop(replies(GOOD)) as one:
        headers, params = {"Authorization": f"Bearer {SECRET}"}, {"key": SECRET}
        ids(one.connector(headers=headers, params=params, url=f"{one.url}/orders?fixed=1"))
    assert one.asked[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert one.asked[0].params == {"fixed": "1", "key": SECRET}
