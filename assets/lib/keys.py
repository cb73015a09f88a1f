"""Asset keys and tables of the lake: ``zone/name``, in a shared instance below the project's name.

Belongs here: from one to the other. Does not belong here: which instance is shared (``instance``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from dagster import AssetKey, AssetsDefinition

_Definition = TypeVar("_Definition", bound=AssetsDefinition)


def table_of(key: AssetKey) -> str:
    """Table, as ``zone/name``, that an asset key stands for, with or without a prefix."""
    return "/".join(key.path[-2:])


def key_of(table: str, prefix: Sequence[str] = ()) -> AssetKey:
    """Asset key of a table."""
    return AssetKey([*prefix, *table.split("/")])


def prefixed(definitions: Iterable[_Definition], prefix: Sequence[str]) -> list[_Definition]:
    """The same assets, or checks, with keys below ``prefix``, in what they depend on, too."""
    if not prefix:
        return list(definitions)
    return [_below(one, prefix) for one in definitions]


def _below(one: _Definition, prefix: Sequence[str]) -> _Definition:
    named = {key for spec in one.specs for key in (spec.key, *(dep.asset_key for dep in spec.deps))}
    named |= {*one.node_keys_by_input_name.values(), *(spec.asset_key for spec in one.check_specs)}
    below: Mapping[AssetKey, AssetKey] = {key: key_of(table_of(key), prefix) for key in named}
    return one.with_attributes(asset_key_replacements=below)  # type: ignore[return-value]
