"""Stages: what each asset computes from, as ``pipeline.lineage`` knows it, read off its definition.

Belongs here: the version of every asset and its place in the graph. Does not belong here: comparing
them with the lake (``lineage``).

What an asset reads is what Dagster knows: its dependencies with their windows. What its code reaches
is followed from its body. ``@stage`` below ``@asset`` says what neither can tell.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, TypeVar

from dagster import AssetsDefinition, TimeWindowPartitionMapping

import pipeline
from pipeline.lineage import (
    Input,
    Remembered,
    Root,
    Stage,
    Tree,
    Version,
    beside_bytecode,
    library_versions,
    object_digest,
    settings_read,
)
from pipeline.settings import Project
from pipeline.settings.base import Settings
from pipeline.tables.model import Table

#: Zone of what sources gave: collected once, never computed anew.
COLLECTED = "raw"
_ROOT = Path(pipeline.__file__).parents[1]
#: Settings behind every period: where it begins and ends.
EVERYWHERE = ("period", "time_zone", "first_period")
#: Code behind every file: its form and the order of its rows; the calendar.
BEHIND_ALL: tuple[Root, ...] = (
    "pipeline.engine.writing",
    "assets.lib.io_manager:in_order",
    "pipeline.periods",
)
#: Code that tells people what happened, and makes no value.
APART = (
    "assets.lib.metadata",
    "assets.lib.metrics",
    "assets.lib.checks",
    "assets.lib.lineage",
    "pipeline.errors",
)
#: Classes that stand in every signature: what is read of settings is told by value.
UNANNOTATED = ("pipeline.settings",)

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Told:
    """What an asset tells of itself.

    ``reads``: settings, by path. ``stands_for``: code behind names of the body that would otherwise
    reach too much. ``declared``: objects (an entity, a scheme) that decide what it computes.
    ``looks_at``: tables read from the lake without being inputs. ``words``: it writes texts of
    declarations. ``apart``: further modules that make no value of it.
    """

    reads: tuple[str, ...] = ()
    stands_for: Mapping[str, Sequence[Root]] = field(default_factory=dict)
    declared: Mapping[str, object] = field(default_factory=dict)
    looks_at: tuple[Input, ...] = ()
    words: bool = False
    apart: tuple[str, ...] = ()


def stage(
    *reads: str,
    stands_for: Mapping[str, Sequence[Root]] | None = None,
    declared: Mapping[str, object] | None = None,
    looks_at: Iterable[Input] = (),
    words: bool = False,
    apart: Iterable[str] = (),
) -> Callable[[_Function], _Function]:
    """Tell of an asset's body what ``Told`` holds."""
    told = Told(reads, stands_for or {}, declared or {}, tuple(looks_at), words, tuple(apart))

    def tell(function: _Function) -> _Function:
        function.told = told  # type: ignore[attr-defined]
        return function

    return tell


@dataclass(frozen=True)
class Stages:
    """Stages of a project in an order in which they can be done; by name their versions and the groups of
    assets that they belong to."""

    order: tuple[Stage, ...]
    versions: Mapping[str, Version]
    groups: Mapping[str, str]

    def of_table(self, table: str) -> Stage | None:
        """The stage that writes ``table``; none for one that is collected."""
        return next((one for one in self.order if table in one.tables), None)


def stages_of(
    definitions: Iterable[AssetsDefinition], project: Project, contracts: Mapping[str, Table]
) -> Stages:
    """Stages of all ``definitions`` but those that collect."""
    found: dict[str, Stage] = {}
    versions: dict[str, Version] = {}
    groups: dict[str, str] = {}
    for one in definitions:
        tables = tuple("/".join(spec.key.path) for spec in one.specs)  # of one step, and of one group
        if tables[0].startswith(f"{COLLECTED}/"):
            continue
        told, body = _told(one)
        inputs = (*_inputs(one), *told.looks_at)
        seen = {
            table: contracts[table] for table in (*tables, *(i.table for i in inputs)) if table in contracts
        }
        versions[one.op.name] = version_of(
            (body, *BEHIND_ALL), told, project, {f"table {name}": table for name, table in seen.items()}
        )
        found[one.op.name] = Stage(one.op.name, tables, inputs, versions[one.op.name].id)
        groups[one.op.name] = str(next(iter(one.specs)).group_name)
    return Stages(tuple(_in_order(found)), versions, groups)


def version_of(
    roots: Sequence[Root], told: Told, project: Project, declared: Mapping[str, object]
) -> Version:
    """Version of what starts from ``roots``."""
    apart = (*APART, *told.apart)
    remembered = remembered_of(project)
    own = remembered.reached(
        roots,
        words=told.words,
        stands_for=told.stands_for,
        apart=apart,
        unannotated=UNANNOTATED,
    )
    behind = remembered.reached(_kinds(project, told.reads), apart=apart, unannotated=UNANNOTATED)
    names = sorted({*own.code, *behind.code})
    return Version(
        code={one: own.code.get(one, "") + behind.code.get(one, "") for one in names},
        libraries=library_versions(own.libraries | behind.libraries),
        settings=settings_read(project.model_dump(mode="json"), (*EVERYWHERE, *told.reads)),
        declared={
            name: object_digest(one, told.words) for name, one in {**told.declared, **declared}.items()
        },
    )


def _kinds(project: Project, reads: Iterable[str]) -> list[Root]:
    """Classes of whole parts of the settings that are read: their methods say more than their values."""
    found: dict[type, None] = {}
    for path in reads:
        value: Any = project
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else getattr(value, key, None)
        parts = value.values() if isinstance(value, dict) else [value]
        found |= dict.fromkeys(type(one) for one in parts if isinstance(one, Settings))
    return list(found)


def versioned(definition: AssetsDefinition, stages: Stages) -> AssetsDefinition:
    """The same asset with its code version, which Dagster compares with that of each materialization."""
    version = stages.versions.get(definition.op.name)
    if version is None:
        return definition
    return definition.map_asset_specs(lambda spec: spec.replace_attributes(code_version=version.id))


def _told(definition: AssetsDefinition) -> tuple[Told, Root]:
    """What the asset tells, and its body."""
    body = getattr(definition.op.compute_fn, "decorated_fn", None)
    if body is None:
        raise TypeError(f"{definition.op.name} is not made by a decorated function: its code cannot be found")
    return getattr(body, "told", Told()), body


def _inputs(definition: AssetsDefinition) -> list[Input]:
    """Tables that a step reads, with the periods, its own tables of earlier periods among them."""
    own = {spec.key for spec in definition.specs}
    found: dict[str, Input] = {}
    for spec in definition.specs:
        for one in spec.deps:
            mapping = one.partition_mapping or TimeWindowPartitionMapping()
            if not isinstance(mapping, TimeWindowPartitionMapping):
                raise TypeError(f"{definition.op.name} maps {one.asset_key} in a way that no plan can follow")
            name = "/".join(one.asset_key.path)
            if one.asset_key in own and mapping.end_offset == 0:
                continue
            found[name] = Input(name, mapping.start_offset, mapping.end_offset)
    return [found[name] for name in sorted(found)]


def _in_order(stages: Mapping[str, Stage]) -> list[Stage]:
    maker = {table: name for name, one in stages.items() for table in one.tables}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, one in stages.items():
        sorter.add(name, *(maker[i.table] for i in one.inputs if i.table in maker and i.last == 0))
    return [stages[name] for name in sorter.static_order()]


def remembered_of(project: Project) -> Remembered:
    """What code reaches, as it is kept in the lake of ``project``."""
    return _remembered(project.extended.roots, project.extended.digest, project.lake_path)


@cache
def _remembered(extensions: tuple[tuple[str, Path], ...], digest: str, lake: Path) -> Remembered:
    tree = _tree(extensions, digest)
    # A project's own code is nothing to others, and a copy of the program is not the one beside the bytecode.
    shared = None if extensions or tree.root != _ROOT else beside_bytecode()
    return Remembered(tree, lake / "lineage" / "reached.json", tree.reached, shared)


@cache
def _tree(extensions: tuple[tuple[str, Path], ...], digest: str) -> Tree:
    """The program as it was when this process first asked: what it runs; with a project's extensions as they
    were when their files had this ``digest``."""
    return Tree(_ROOT, extensions=dict(extensions))
