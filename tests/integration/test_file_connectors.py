"""File connectors against real servers and real sizes: http, memory that does not grow with a file."""

import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.collect import fingerprint, read_source
from pipeline.engine import Engine
from tests.benchmarks.big_csv import measured, write_csv
from tests.unit.collect.test_files_csv import EXPECTED, ROWS, error_of, project_with, rows_of


@dataclass
class Served:
    """What the server answers: a body, how often it fails first, headers it asks for."""

    url: str = ""
    body: bytes = b""
    failures: int = 0
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, str] | None = None
    methods: tuple[str, ...] = ("GET", "HEAD")
    cut: int = 0
    asked: list[str] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.command)
        if request.command not in self.methods:
            return self._fail(request, 405)
        if self.needs and request.headers.get(self.needs[0]) != self.needs[1]:
            return self._fail(request, 401)
        if self.failures:
            self.failures -= 1
            return self._fail(request, self.status)
        request.send_response(200)
        for name, value in {"Content-Length": str(len(self.body)), **self.headers}.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(self.body[: len(self.body) - self.cut])
        return None

    def _fail(self, request: BaseHTTPRequestHandler, status: int) -> None:
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()


@pytest.fixture
def served() -> Iterator[Served]:
    """A real server on a free port of this machine."""
    what = Served(body=ROWS.encode())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            what.answer(self)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    what.url = f"http://127.0.0.1:{server.server_port}/exports/orders.csv"
    yield what
    server.shutdown()
    server.server_close()


def test_a_file_over_http(served: Served, engine: Engine, write_project: Any) -> None:
    assert rows_of(engine, project_with(write_project, path=served.url)) == EXPECTED


def test_an_archive_over_http(served: Served, engine: Engine, write_project: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("2024/january.csv", ROWS)
    served.body = packed.getvalue()
    project = project_with(write_project, path=served.url.replace(".csv", ".zip"))

    assert rows_of(engine, project) == EXPECTED
    files = read_source(engine, project, "till").select("_file").distinct().to_pyarrow()["_file"].to_pylist()
    assert files == ["orders.zip/2024/january.csv"]


def test_500_then_200_is_a_clean_result(served: Served, engine: Engine, write_project: Any) -> None:
    served.failures = 2

    assert rows_of(engine, project_with(write_project, path=served.url)) == EXPECTED


def test_a_server_that_answers_only_get(served: Served, engine: Engine, write_project: Any) -> None:
    served.methods = ("GET",)

    assert rows_of(engine, project_with(write_project, path=served.url)) == EXPECTED


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "500 for ever": ({"failures": 99}, "answers 500, also when asked again"),
    "no such file": ({"failures": 99, "status": 404}, "answers 404: no such file"),
    "wrong password": ({"needs": ("Authorization", "Bearer right")}, "answers 401: not allowed"),
    "cut in mid-body": ({"cut": 20}, "could not be read"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_fails_over_http_is_one_clear_error(
    case: str, served: Served, engine: Engine, write_project: Any
) -> None:
    changes, found = FAILURES[case]
    for name, value in changes.items():
        setattr(served, name, value)
    options = {"headers": {"Authorization": "Bearer hunter2"}}

    error = error_of(
        engine, project_with(write_project, path=f"{served.url}?token=hunter2", storage_options=options)
    )

    assert error.where == served.url
    assert found in error.found
    assert "hunter2" not in str(error)
    if case in ("no such file", "wrong password"):
        assert served.asked == ["HEAD"], "what cannot pass is not asked again"


def test_headers_of_the_settings_are_sent(served: Served, engine: Engine, write_project: Any) -> None:
    served.needs = ("Authorization", "Bearer right")
    options = {"headers": {"Authorization": "Bearer right"}}

    assert rows_of(engine, project_with(write_project, path=served.url, storage_options=options)) == EXPECTED


def test_a_server_that_is_not_there_is_one_clear_error(engine: Engine, write_project: Any) -> None:
    error = error_of(engine, project_with(write_project, path="http://127.0.0.1:9/orders.csv"))

    assert error.found == "the store could not be read (ConnectError)"


@pytest.mark.parametrize("headers", [{"ETag": '"1"'}, {}])
def test_the_fingerprint_follows_the_etag_or_else_the_content(
    headers: dict[str, str], served: Served, write_project: Any
) -> None:
    served.headers = headers
    project = project_with(write_project, path=served.url)
    first = fingerprint(project, "till")

    assert fingerprint(project, "till") == first
    assert ("GET" in served.asked) == (not headers)
    if headers:
        served.headers = {"ETag": '"2"'}
    else:
        served.body = served.body.replace(b"A2", b"A3")
    assert fingerprint(project, "till") != first


@pytest.mark.slow
def test_memory_does_not_grow_with_a_csv_file(tmp_path: Path) -> None:
    """Read only: what is done with the rows afterwards is measured by ``tests.benchmarks.big_csv``."""
    peaks = []
    for size in (20_000_000, 120_000_000):
        folder = tmp_path / str(size)
        folder.mkdir()
        write_csv(folder, size)
        before, peak = map(float, measured(folder, "--read-only")[-2:])
        peaks.append(peak - before)

    assert peaks[1] < 300, "MiB on top of the interpreter, with an engine of 512 MB"
    assert peaks[1] < peaks[0] + 100
