"""The IO manager: tables go to the lake by contract, whole or not at all, with provenance.

Belongs here: loading and writing of partitions. Does not belong here: the publication, which
is swapped as a whole (``pipeline.publish``).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

import pyarrow as pa
from dagster import DataVersion, InputContext, MetadataValue, OutputContext, UPathIOManager
from ibis.expr import types as ir
from upath import UPath

from assets.lib.captured import forget_outputs
from assets.lib.collected_state import BEGAN_EMPTY, COLLECTED_FROM
from assets.lib.keys import table_of
from assets.lib.metadata import TOLD_BY_METADATA, column_schema
from assets.lib.platform import Platform
from pipeline.engine import Engine
from pipeline.engine.linking import share_equal
from pipeline.engine.partitions import PART
from pipeline.engine.unknown import in_batches
from pipeline.engine.writing import Written, write_partitions
from pipeline.tables.model import Table

#: Zones of states (profiles, products) by period, among other tables.
STATES = ("raw", "clean", "restricted")
#: What an asset may return.
Rows: TypeAlias = ir.Table | pa.Table | pa.RecordBatchReader


class LakeIOManager(UPathIOManager):
    """Reads and writes tables of the lake; ``contracts`` are keyed by ``zone/name``.

    A table without a contract belongs to the raw zone: its columns are the source's own. Files of ``linked``
    tables hold their period, which otherwise stands in the path alone. ``blocks`` has the rows of a block of
    tables that are written in blocks (``write_partitions``).
    """

    def __init__(
        self,
        platform: Platform,
        contracts: Mapping[str, Table],
        linked: Collection[str] = (),
        blocks: Mapping[str, int] | None = None,
    ) -> None:
        self.platform, self.contracts, self.linked = platform, contracts, linked
        self.blocks = blocks or {}
        super().__init__(UPath(platform.lake.root))
        platform.lake.secure()

    def get_path_for_partition(
        self, context: InputContext | OutputContext, path: UPath, partition: str
    ) -> UPath:
        """``zone/table/period=…/part-0.parquet``."""
        return path / f"period={partition}" / PART

    def load_partitions(self, context: InputContext) -> ir.Table:
        """One table expression over all the partitions that the input maps to."""
        self.platform.engine.rest()
        name = table_of(context.asset_key)
        keys = list(context.asset_partition_keys)
        files = self.platform.lake.files(name, keys)
        if missing := [key for key in keys if not self.platform.lake.holds(name, key)]:
            raise FileNotFoundError(f"{name} has no {', '.join(missing)}: materialize these periods first")
        contract = self.contracts.get(name)
        engine = self.platform.engine
        return engine.read(files, contract) if contract else engine.read_any(files)

    def load_from_path(self, context: InputContext, path: UPath) -> Any:
        """Unused: partitions are loaded together."""
        raise TypeError(f"{context.asset_key.to_user_string()} is not partitioned by period")

    def dump_to_path(self, context: OutputContext, obj: Any, path: UPath) -> None:
        """Unused: partitions are written together."""
        raise TypeError(f"{context.asset_key.to_user_string()} is not partitioned by period")

    def handle_output(self, context: OutputContext, obj: Rows) -> None:
        """Write every partition of the run in one pass over ``obj``."""
        name = table_of(context.asset_key)
        periods = list(context.asset_partition_keys)
        said: dict[str, str] = {}
        for entry in (COLLECTED_FROM, BEGAN_EMPTY):
            if value := context.output_metadata.get(entry):
                said[entry] = str(value.value if isinstance(value, MetadataValue) else value)
        footers = {one: self._origin(context.op_def.name, one) | said for one in periods}
        written = self._write(name, periods, obj, footers)
        self._share(name, periods)
        if (contract := self.contracts.get(name)) and name not in TOLD_BY_METADATA:
            context.add_output_metadata({"dagster/column_schema": column_schema(contract)})
        for period, one in written.items():
            metadata: dict[str, Any] = {
                "dagster/row_count": one.rows,
                "path": MetadataValue.path(str(self.platform.lake.file(name, period))),
                "provenance": MetadataValue.json({"content": one.digest[:16], **footers[period]}),
            }
            context.step_context.add_asset_metadata(metadata, context.asset_key, period)
        # Equal rows, equal version: nothing after it is stale. Dagster has one for all periods of a run.
        version = DataVersion(_combined(one.digest for one in written.values()))
        context.step_context.set_data_version(context.asset_key, version)
        forget_outputs(context)
        self.platform.progress(name, periods, sum(one.rows for one in written.values()))

    def _origin(self, op: str, period: str) -> dict[str, str]:
        """What the footer says of where the rows come from: nothing of rows that were collected."""
        lineage = self.platform.lineage
        return lineage.footer(op, period) if lineage and op in lineage.stages.versions else {}

    def _share(self, name: str, periods: Sequence[str]) -> None:
        """Store a state that is as it was in the period before, or in another one just written, once."""
        if name.partition("/")[0] not in STATES:
            return
        before = self.platform.project.calendar.previous(min(periods))
        share_equal(self.platform.lake.files(name, [before, *sorted(periods)]), _but_its_state)

    def _write(
        self, name: str, periods: list[str], obj: Rows, footers: Mapping[str, Mapping[str, str]]
    ) -> dict[str, Written]:
        batches, schema = in_order(self.platform.engine, obj, self.contracts.get(name))
        paths = {period: self.platform.lake.file(name, period) for period in periods}
        if name not in self.linked:
            schema = pa.schema([one for one in schema if one.name != "period"])
        return write_partitions(batches, schema, paths, footers, self.blocks.get(name))


def _but_its_state(footer: Mapping[str, str]) -> dict[str, str]:
    """A footer without the state of the source that equal rows were collected from: its mapping counts."""
    origin = {one: value.partition(":")[0] for one, value in footer.items() if one == COLLECTED_FROM}
    return {**footer, **origin}


def in_order(engine: Engine, obj: Rows, contract: Table | None) -> tuple[Iterable[pa.RecordBatch], pa.Schema]:
    """Rows by period and key, with their schema. A stream is written in the order it comes."""
    if isinstance(obj, pa.RecordBatchReader):
        return obj, contract.schema if contract else obj.schema
    expression = engine.from_arrow(obj) if isinstance(obj, pa.Table) else obj
    order = contract.key if contract else ("_collected_at", "_file", "_row", "_withdraws_at")
    schema = contract.schema if contract else expression.schema().to_pyarrow()
    return in_batches(engine, expression, ["period", *[one for one in order if one != "period"]]), schema


def _combined(digests: Iterable[str]) -> str:
    """One short digest of many."""
    some = list(digests)
    return some[0][:16] if len(some) == 1 else sha256("".join(some).encode()).hexdigest()[:16]
