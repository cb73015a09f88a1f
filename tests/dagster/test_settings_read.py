"""What each stage says that it reads of the settings, against what it was seen to read in a run."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterInstance
from pydantic import BaseModel

from assets.definitions import DOCUMENTS, build_defs
from assets.lib.io_manager import LakeIOManager
from assets.lib.lineage import Lineage
from assets.lib.platform import Platform
from assets.lib.stages import EVERYWHERE
from pipeline import segments
from pipeline.settings import Project, load_project
from tests.dagster.test_runs import PERIODS, with_identifiers

#: Where the lake lies and what the engine may use: no value depends on them.
PLACES = ("folder", "lake", "engine")


def watched(
    settings: BaseModel, note: Callable[[str], None], above: str = "", made: dict[str, Any] | None = None
) -> Any:
    """The same settings, which call ``note`` with the path of every value that is read of them.

    A part is made once and kept in ``made``, by path: classes of settings take milliseconds to make.
    """
    kind: Any = type(settings)
    parts = {} if made is None else made

    def read(self: Any, name: str) -> Any:
        value = kind.__getattribute__(self, name)
        if name not in kind.model_fields:
            if name in ("model_dump", "model_dump_json"):
                note(above.rstrip("."))
            return value
        return inner(value, f"{above}{name}")

    def inner(value: Any, path: str) -> Any:
        if isinstance(value, BaseModel):
            if path not in parts:
                parts[path] = watched(value, note, f"{path}.", parts)
            return parts[path]
        if isinstance(value, dict) and any(isinstance(one, BaseModel) for one in value.values()):
            return {key: inner(one, f"{path}.{key}") for key, one in value.items()}
        note(path)
        return value

    copy = object.__new__(
        type(kind.__name__, (kind,), {"__getattribute__": read, "__module__": kind.__module__})
    )
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__"):
        object.__setattr__(copy, name, object.__getattribute__(settings, name))
    return copy


#: Told by value, not by path: schemes, attributes and features are declared; another secret of ids is an
#: error, not other ids.
BY_VALUE = ("schemes", "attributes", "features", "identity.secret")


def is_declared(path: str, reads: tuple[str, ...]) -> bool:
    keys = path.split(".")
    return any(
        len(one.split(".")) <= len(keys)
        and all(fnmatchcase(key, part) for key, part in zip(keys, one.split("."), strict=False))
        for one in (*reads, *EVERYWHERE, *PLACES, *BY_VALUE)
    )


def excluding(folder: Path) -> Project:
    """A company that reads every part of its settings: with identifiers, somebody excluded in each form, and
    an action."""
    with_identifiers(folder)
    settings = yaml.safe_load((folder / "project.yaml").read_text(encoding="utf-8"))
    settings["exclude"] = [
        {"name": "staff", "source": "crm", "where": "mail LIKE 'Dora1@%'"},
        {"name": "test_accounts", "accounts": {"shop": ["k4"]}, "from_period": PERIODS[1]},
        {"name": "away", "entity": "profiles", "where": "city = 'Paris'"},
    ]
    settings["action_plan"] = {
        "actions": [
            {
                "action": "thank",
                "label": {"en": "Thank", "zh": "感谢"},
                "segments": {"loyalty": ["high", "medium", "low"]},
                "capacity": 10,
                "sent_as": {"campaigns": ["c1"]},
            }
        ]
    }
    (folder / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(folder)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Paths of settings that each stage read, over two periods."""
    project = excluding(tmp_path_factory.mktemp("watched"))
    found: dict[str, set[str]] = {}
    current: list[str] = []
    platform = Platform(
        watched(project, lambda path: found.setdefault(current[-1], set()).add(path) if current else None)
    )
    patch = pytest.MonkeyPatch()

    def entering(owner: Any, name: str, stage: Callable[..., str]) -> None:
        original = getattr(owner, name)

        def enter(self: Any, *given: Any) -> Any:
            current[:] = [stage(*given)]
            return original(self, *given)

        patch.setattr(owner, name, enter)

    entering(LakeIOManager, "load_partitions", lambda context: context.op_def.name)
    entering(LakeIOManager, "handle_output", lambda context, _: context.op_def.name)
    entering(Lineage, "refuse_stale", lambda _: "publication")
    # a stage without inputs, which nothing is loaded for
    entering(segments, "version_requests", lambda *_: "models__version_requests")
    try:
        with DagsterInstance.ephemeral() as instance:
            for period in PERIODS:
                for job in ("collect", "prepare", "segment"):
                    current.clear()
                    definitions = build_defs(project, platform)
                    definitions.resolve_job_def(job).execute_in_process(
                        instance=instance, partition_key=period
                    )
    finally:
        patch.undo()
    return {name: paths for name, paths in found.items() if not name.startswith("raw__")}


def test_no_stage_reads_a_setting_that_it_does_not_declare(seen: dict[str, set[str]], tmp_path: Path) -> None:
    project = excluding(tmp_path)
    platform = Platform(project)
    definitions = build_defs(project, platform)
    undeclared = {}
    for one in definitions.assets or ():
        told: Any = getattr(one.op.compute_fn.decorated_fn, "told", None)  # type: ignore[union-attr]
        reads = (told.reads if told else ()) + (DOCUMENTS.reads if one.op.name == "publication" else ())  # type: ignore[union-attr]
        if left := sorted(path for path in seen.get(one.op.name, ()) if not is_declared(path, reads)):  # type: ignore[union-attr]
            undeclared[one.op.name] = left  # type: ignore[union-attr]
    assert not undeclared, "\n".join(f"{name}: {', '.join(paths)}" for name, paths in undeclared.items())
    assert len(seen) > 15, "most stages were watched"
    assert "plans__planned" in seen
