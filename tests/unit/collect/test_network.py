"""The one client of the network: no secret leaves its server, nothing lasts for ever, nothing is endless."""

import gzip
import logging
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import httpx
import pytest

from pipeline.collect import http, remote
from pipeline.collect.addresses import shown
from pipeline.collect.network import Bounds, Client, is_same_origin
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import FileConnector, HttpConnector
from tests.unit.collect.http_shop import Asked, Reply, Shop, dripping, flood, replies, shop

SECRET = "s3cret-token"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CSV = b"customer,order\n1,A1\n"


def file_of(url: str, **settings: Any) -> FileConnector:
    options = {"headers": {"X-Api-Key": SECRET}}
    return FileConnector(path=url, format="csv", storage_options=options, **settings)


def download(engine: Engine, connector: FileConnector) -> bytes:
    [place] = connector.paths
    [found] = remote.find(connector, place)
    return Path(remote.download(engine, found, connector).path).read_bytes()


def records(connector: HttpConnector) -> list[dict[str, Any]]:
    return [row for batch in http.batches(connector, "source web") for row in batch.to_pylist()]


def asks(engine: Engine, kind: str, one: Shop, **settings: Any) -> InputError:
    """The error of reading the shop by a connector of ``kind``, with a secret header."""
    headers = {"X-Api-Key": SECRET}
    with pytest.raises(InputError) as caught:  # noqa: PT012
        if kind == "file":
            download(engine, file_of(f"{one.url}/orders.csv", **settings))
        else:
            records(one.connector(headers=headers, attempts=1, **settings))
    return caught.value


KINDS = pytest.mark.parametrize("kind", ["file", "json"])


@KINDS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_is_refused_and_named(kind: str, status: int, engine: Engine) -> None:
    with shop(replies(Reply([]))) as other:
        target = f"{other.url.replace('//', '//user:hunter2@')}/elsewhere?signature={SECRET}#part"
        with shop(replies(Reply(status=status, headers={"Location": target}))) as one:
            error = asks(engine, kind, one)
    assert other.asked == []
    assert f"{other.url}/elsewhere" in error.found, "it says where it was sent"
    assert "another server" in error.expected
    assert "connector" in error.remedy
    assert SECRET not in str(error)
    assert "hunter2" not in str(error)
    assert len(one.asked) == 1, "asking again would change nothing"


def test_a_redirect_on_the_same_server_is_followed(engine: Engine) -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        moved = {"/orders": "/v2/orders", "/orders.csv": f"{shop.url}/v2/orders.csv"}.get(asked.path)
        if moved:
            return Reply(status=302, headers={"Location": moved})
        return Reply(CSV) if asked.path.endswith(".csv") else Reply([{"id": 1}])

    with shop(answer) as one:
        assert download(engine, file_of(f"{one.url}/orders.csv")) == CSV
        connector = one.connector(headers={"X-Api-Key": SECRET})
        assert [
            row["id"] for batch in http.batches(connector, "source web") for row in batch.to_pylist()
        ] == ["1"]
    assert {asked.headers.get("X-Api-Key") for asked in one.asked} == {SECRET}


@KINDS
def test_redirects_in_a_circle_end(kind: str, engine: Engine) -> None:
    with shop(replies(Reply(status=302, headers={"Location": "/orders"}))) as one:
        error = asks(engine, kind, one)
    assert "sends on and on" in error.found
    assert len(one.asked) < 10


@pytest.mark.parametrize(
    ("there", "is_same"),
    [
        ("https://shop.example/other?a=1", True),
        ("https://SHOP.example:443/", True),
        ("http://shop.example/", False),
        ("https://shop.example:8443/", False),
        ("https://shop.example.evil/", False),
        ("https://evil/?https://shop.example/", False),
        ("https://shop.example@evil/", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(there: str, is_same: bool) -> None:
    assert is_same_origin(httpx.URL("https://shop.example/orders"), httpx.URL(there)) is is_same


@pytest.mark.parametrize("paging", ["next_url", "link"])
def test_the_next_page_on_another_server_is_refused_and_named(paging: str, engine: Engine) -> None:
    with shop(replies(Reply([]))) as other:
        following = f"{other.url}/more?token={SECRET}"
        body = {"items": [{"id": 1}], "next": following}
        with shop(replies(Reply(body, headers={"Link": f'<{following}>; rel="next"'}))) as one:
            error = asks(engine, "json", one, records="items", paging={"kind": paging})
    assert other.asked == []
    assert f"{other.url}/more" in error.found
    assert SECRET not in str(error)


def test_no_address_but_those_of_the_server_is_ever_asked() -> None:
    with shop(replies(Reply([]))) as one, shop(replies(Reply([]))) as other:
        bounds = Bounds(timeout_seconds=5, max_size="1MB")
        with (
            Client(httpx.URL(one.url), {}, bounds, "here") as client,
            pytest.raises(InputError, match="another server"),
            client.ask("GET", httpx.URL(other.url), "here"),
        ):
            pass
    assert other.asked == []


#: Seconds after which a server that drips for ever was waited for, however busy this machine is.
PATIENCE = 60

SLOW = {
    "headers": dripping(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
    "one header after the other": dripping(b"HTTP/1.1 200 OK\r\n", b"X-More: a\r\n"),
    "interim answers": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "interim answers without a pause": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "the body": dripping(HEAD + b"\r\n[", b" "),
    "a body of known length": dripping(HEAD + b"Content-Length: 100000\r\n\r\n[", b" "),
    "chunks": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n", b"1\r\n \r\n"),
    "a compressed body": dripping(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], b""),
}


@KINDS
@pytest.mark.parametrize("case", SLOW)
def test_a_server_that_drips_is_left_at_the_deadline(kind: str, case: str, engine: Engine) -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        return Reply(CSV, status=405) if asked.method == "HEAD" else Reply(line=SLOW[case])

    with shop(answer) as one:
        started = time.monotonic()
        error = asks(engine, kind, one, timeout_seconds=0.5)
        assert time.monotonic() - started < PATIENCE
    assert "within 0.5 seconds" in error.found
    assert "timeout_seconds" in error.remedy


def test_a_head_that_drips_is_left_at_the_deadline(engine: Engine) -> None:
    with shop(replies(Reply(line=SLOW["headers"]))) as one:
        started = time.monotonic()
        error = asks(engine, "file", one, timeout_seconds=0.5)
        assert time.monotonic() - started < PATIENCE
    assert "within 0.5 seconds" in error.found


def test_redirects_share_one_deadline(engine: Engine) -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        return Reply(status=302, headers={"Location": f"/{len(shop.asked)}"}, delay_seconds=0.3)

    with shop(answer) as one:
        error = asks(engine, "json", one, timeout_seconds=0.5)
    assert "within 0.5 seconds" in error.found


def bomb(unpacked: int) -> bytes:
    """A gzip stream of a list of so many spaces, made without holding them."""
    packing = zlib.compressobj(9, wbits=31)
    parts = [packing.compress(b"[")]
    parts += [packing.compress(b" " * (1 << 20)) for _ in range(unpacked >> 20)]
    return b"".join((*parts, packing.flush()))


BOMB = bomb(200 << 20)
LARGE = {
    "endless": flood(HEAD + b"\r\n[", b" " * 65536),
    "endless chunks": flood(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"
    ),
    "said to be long": flood(HEAD + b"Content-Length: 99999999999\r\n\r\n", b" " * 65536),
    "a bomb": lambda: iter([HEAD + b"Content-Encoding: gzip\r\n\r\n" + BOMB]),
}


@KINDS
@pytest.mark.parametrize("case", LARGE)
def test_more_than_the_cap_is_refused_before_it_is_held(kind: str, case: str, engine: Engine) -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        return Reply(CSV, status=405) if asked.method == "HEAD" else Reply(line=LARGE[case])

    with shop(answer) as one:
        tracemalloc.start()
        try:
            error = asks(engine, kind, one, max_size="4MB")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert "4MB" in error.found
    assert "max_size" in error.remedy
    assert peak < 40e6
    assert sum(asked.method == "GET" for asked in one.asked) == 1, "asking again would change nothing"


@KINDS
@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd"])
def test_a_compression_that_was_not_asked_for_is_refused(kind: str, coding: str, engine: Engine) -> None:
    content = gzip.compress(BOMB) if coding == "gzip, gzip" else b"anything"
    with shop(replies(Reply(content, headers={"Content-Encoding": coding}))) as one:
        error = asks(engine, kind, one)
    assert coding in error.found


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_gzip_is_unpacked_also_in_several_members(coding: str, engine: Engine) -> None:
    packed = gzip.compress(CSV[:9]) + gzip.compress(CSV[9:])
    with shop(replies(Reply(packed, headers={"Content-Encoding": coding}))) as one:
        assert download(engine, file_of(f"{one.url}/orders.csv")) == CSV


def test_a_gzip_answer_that_is_cut_is_not_taken_for_whole() -> None:
    packed = gzip.compress(b"[]" + b" " * 99)[:-12]
    cut = Reply(packed, headers={"Content-Encoding": "gzip"})
    with shop(replies(cut)) as one, pytest.raises(InputError, match="compressed answer is damaged"):
        records(one.connector(attempts=1))


def test_a_file_of_a_store_is_capped_too(engine: Engine) -> None:
    fsspec.filesystem("memory").pipe("/capped/a.csv", b"x" * 2000)
    with pytest.raises(InputError, match="larger than 1KB"):
        download(engine, FileConnector(path="memory://capped/a.csv", format="csv", max_size="1KB"))


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop that is the environment's proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with shop(replies(Reply([{"id": 1}]))) as one:
        monkeypatch.setenv("HTTP_PROXY", one.url)
        monkeypatch.setenv("http_proxy", one.url)
        yield one


def test_the_proxy_of_the_environment_is_used_but_for_its_exceptions(
    proxied: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = proxied.connector(url="http://shop.invalid/orders", attempts=1)
    assert len(records(connector)) == 1
    assert [asked.headers["Host"] for asked in proxied.asked] == ["shop.invalid"]
    monkeypatch.setenv("no_proxy", "shop.invalid")
    with pytest.raises(InputError, match="host of the url is not known"):
        records(connector)
    assert len(proxied.asked) == 1


def test_the_log_of_the_client_names_no_address(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with shop(replies(Reply(CSV))) as one:
        download(engine, file_of(f"{one.url}/orders.csv?token={SECRET}"))
    assert SECRET not in caplog.text


@pytest.mark.parametrize("headers", [{"X-Api-Key": f"{SECRET}\n"}, {"X-Api-Key": f"{SECRET}é"}, "no mapping"])
def test_headers_of_a_file_that_cannot_be_sent_are_told(headers: Any, engine: Engine) -> None:
    with shop(replies(Reply(CSV))) as one:
        connector = FileConnector(path=f"{one.url}/a.csv", format="csv", storage_options={"headers": headers})
        with pytest.raises(InputError, match="header") as caught:
            download(engine, connector)
    assert SECRET not in str(caught.value)


def test_what_is_shown_of_a_url_holds_no_secret() -> None:
    assert shown(f"https://u:{SECRET}@a.example:8443/b?c={SECRET}#d") == "https://a.example:8443/b"
