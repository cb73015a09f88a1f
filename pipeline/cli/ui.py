"""``segments ui``: the Dagster UI of one project, or of several.

Belongs here: which instance and workspace it opens. Does not belong here: what it shows (``assets``).
"""

import os
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.endings import readable_errors
from pipeline.cli.terminal import say_error, styled
from pipeline.errors import InputError
from pipeline.settings import load_project


def ui(
    project: Annotated[
        list[Path] | None,
        typer.Option("--project", help="Folder with a project.yaml; several times: all of them in one UI."),
    ] = None,
    instance: Annotated[
        Path | None,
        typer.Option(help="Folder of a Dagster instance for several projects; default: DAGSTER_HOME."),
    ] = None,
    port: int = 3000,
    host: str = "127.0.0.1",
) -> None:
    """Open the Dagster UI of the project, or of several in one instance.

    Runs of the command line stand in the same UI when DAGSTER_HOME names that instance.
    """
    with readable_errors():
        command = prepared(project or [Path()], instance)
        say_error(f"Dagster UI: http://{host}:{port}")
        if warning := beyond_this_machine(host, port):
            say_error(styled("Warning", "yellow"), f" {warning}")
        os.execv(command[0], [*command, "-p", str(port), "-h", host])


def beyond_this_machine(host: str, port: int) -> str:
    """What follows from letting others reach the UI; empty where only this machine does."""
    if host == "localhost" or _is_loopback(host):
        return ""
    return (
        f"whoever reaches port {port} of {host} can see and start runs, read what they print, and delete"
        " their history: the UI asks nobody for a password. Bind it to 127.0.0.1 and put a server with a"
        " login before it, or let a firewall choose who reaches it (docs/operations.md)."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def prepared(given: list[Path], instance: Path | None) -> list[str]:
    """What starts the UI; the environment names the instance, and a project that is alone."""
    import assets
    from assets.lib.instance import instance_folder, shared_home
    from assets.lib.workspace import write_workspace

    files = [(one / "project.yaml" if one.is_dir() else one).resolve() for one in given]
    projects = {file: load_project(file) for file in files}
    if instance is not None:
        os.environ["DAGSTER_HOME"] = str(instance.resolve())
    home = shared_home(next(iter(projects.values())))
    if home is not None:
        workspace = write_workspace(home, projects)
    elif len(projects) > 1:
        raise InputError(
            " and ".join(f"--project {one}" for one in given),
            "no instance is named that they could share",
            "one Dagster instance for all of them",
            "Name a folder by --instance, or set DAGSTER_HOME: then segments run tells its runs there, too.",
        )
    else:
        [(file, alone)] = projects.items()
        os.environ["DAGSTER_HOME"] = str(instance_folder(alone))
        os.environ["SEGMENTS_PROJECT"] = str(file)
        workspace = Path(assets.__file__).parents[1] / "workspace.yaml"
    command = str(Path(sys.executable).parent / "dg")
    return [command, "dev", "-w", str(workspace)]
