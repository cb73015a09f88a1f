"""The web server of a project's UI and its daemon, as processes, for tests and benchmarks."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from assets.lib.instance import instance_folder
from pipeline.settings import Project

REPOSITORY = Path(__file__).parents[1]
#: Starts a backfill of ``periods`` as the launchpad of the UI does.
BACKFILL_QUERY = """mutation Backfill($periods: [String!]!) {
  launchPartitionBackfill(backfillParams: {
    selector: {
      partitionSetName: "resegment_partition_set",
      repositorySelector: {
        repositoryName: "__repository__", repositoryLocationName: "customer-segments" } },
    partitionNames: $periods
  }) { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""


@contextmanager
def serving(project: Project, log: Path) -> Iterator[str]:
    """Where the web server of the project's instance answers; what it prints goes to ``log``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["dagster_webserver", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    with _process(project, arguments, log) as server:
        _wait_for(f"http://127.0.0.1:{port}/server_info", server, log)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def daemon(project: Project, log: Path) -> Iterator[None]:
    """The daemon, which starts the runs of a backfill."""
    with _process(project, ["dagster._daemon", "run", "-w", "workspace.yaml"], log):
        yield


@contextmanager
def _process(project: Project, arguments: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    settings = {"DAGSTER_HOME": str(instance_folder(project)), "SEGMENTS_PROJECT": str(project.folder)}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=REPOSITORY,
            env=os.environ | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < end:
        try:
            with urlopen(url):
                return
        except URLError:
            time.sleep(0.3)
    raise AssertionError(log.read_text(encoding="utf-8"))


def asked(address: str, query: str, **variables: Any) -> Any:
    """What the UI's server answers."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    with urlopen(Request(f"{address}/graphql", body, {"Content-Type": "application/json"})) as answer:
        found = json.loads(answer.read())
    assert "errors" not in found, found
    return found["data"]


def until(is_so: Callable[[], Any], seconds: float = 240) -> Any:
    """What ``is_so`` says once it says something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := is_so():
            return found
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} seconds")
