"""The IO manager: tables go to the lake by contract, whole or not at all, with provenance.

Belongs here: loading and writing of partitions. Does not belong here: the publication, which
is swapped as a whole (``pipeline.publish``).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeAlias

import pyarrow as pa
from dagster import InputContext, MetadataValue, OutputContext, UPathIOManager
from ibis.expr import types as ir
from upath import UPath

from assets.lib.collected_state import BEGAN_EMPTY, COLLECTED_FROM
from assets.lib.metadata import column_schema
from assets.lib.platform import Platform
from pipeline.engine.lake import PART
from pipeline.engine.writing import Written, content_digest, write_partitions
from pipeline.publish.plan import code_digest
from pipeline.tables.model import Table

#: What an asset may return.
Rows: TypeAlias = ir.Table | pa.Table | pa.RecordBatchReader


class LakeIOManager(UPathIOManager):
    """Reads and writes tables of the lake; ``contracts`` are keyed by ``zone/name``.

    A table without a contract belongs to the raw zone: its columns are the source's own.
    """

    def __init__(self, platform: Platform, contracts: Mapping[str, Table]) -> None:
        self.platform, self.contracts = platform, contracts
        self._inputs: dict[str, dict[str, str]] = {}
        super().__init__(UPath(platform.lake.root))
        platform.lake.secure()

    def get_path_for_partition(
        self, context: InputContext | OutputContext, path: UPath, partition: str
    ) -> UPath:
        """``zone/table/period=…/part-0.parquet``."""
        return path / f"period={partition}" / PART

    def load_partitions(self, context: InputContext) -> ir.Table:
        """One table expression over all the partitions that the input maps to."""
        name = "/".join(context.asset_key.path)
        keys = list(context.asset_partition_keys)
        files = self.platform.lake.files(name, keys)
        if len(files) < len(keys):
            missing = [key for key in keys if not self.platform.lake.file(name, key).is_file()]
            raise FileNotFoundError(f"{name} has no {', '.join(missing)}: materialize these periods first")
        digests = [content_digest(path) for path in files]
        self._inputs.setdefault(context.op_def.name, {})[name] = _combined(digests)
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
        name = "/".join(context.asset_key.path)
        periods = list(context.asset_partition_keys)
        provenance = self._provenance(context.op_def.name)
        for entry in (COLLECTED_FROM, BEGAN_EMPTY):
            if said := context.output_metadata.get(entry):
                provenance[entry] = str(said.value if isinstance(said, MetadataValue) else said)
        written = self._write(name, periods, obj, provenance)
        if contract := self.contracts.get(name):
            context.add_output_metadata({"dagster/column_schema": column_schema(contract)})
        for period, one in written.items():
            metadata: dict[str, Any] = {
                "dagster/row_count": one.rows,
                "path": MetadataValue.path(str(self.platform.lake.file(name, period))),
                "provenance": MetadataValue.json({"content": one.digest[:16], **provenance}),
            }
            context.step_context.add_asset_metadata(metadata, context.asset_key, period)
        self.platform.progress(name, periods, sum(one.rows for one in written.values()))

    @cached_property
    def _code(self) -> str:
        """The program as it was when this process wrote its first table: what it runs."""
        return code_digest()

    def _provenance(self, op: str) -> dict[str, str]:
        inputs = {f"input {name}": digest for name, digest in sorted(self._inputs.get(op, {}).items())}
        project = self.platform.project
        return {"settings": project.digest(), "code": self._code, "seed": str(project.seed), **inputs}

    def _write(self, name: str, periods: list[str], obj: Rows, footer: dict[str, str]) -> dict[str, Written]:
        contract = self.contracts.get(name)
        batches, schema = self._sorted(obj, contract)
        paths = {period: self.platform.lake.file(name, period) for period in periods}
        inner = pa.schema([one for one in schema if one.name != "period"])
        return write_partitions(batches, inner, paths, footer)

    def _sorted(self, obj: Rows, contract: Table | None) -> tuple[Iterable[pa.RecordBatch], pa.Schema]:
        """Rows by period and key, with their schema. A stream is written in the order it comes."""
        if isinstance(obj, pa.RecordBatchReader):
            return obj, obj.schema
        engine = self.platform.engine
        expression = engine.from_arrow(obj) if isinstance(obj, pa.Table) else obj
        order = contract.key if contract else ("_collected_at", "_file", "_row", "_withdraws_at")
        expression = expression.order_by(["period", *[one for one in order if one != "period"]])
        return engine.batches(expression), contract.schema if contract else expression.schema().to_pyarrow()


def _combined(digests: Sequence[str]) -> str:
    """One short digest of many."""
    return sha256("".join(digests).encode()).hexdigest()[:16]
