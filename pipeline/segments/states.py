"""States: one row a customer, the state in every scheme side by side.

Belongs here: turning assignments from one row a scheme to one column a scheme, once, for all that compare,
describe and publish segments. Does not belong here: any of that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.tables.zones import states_table


class SideBySide:
    """Keeps the states of customers while their assignments pass by, to be written after them.

    They wait in a file of their own, which ``waiting`` is the place of: a million customers in thirty schemes
    are too much to hold.
    """

    def __init__(self, schemes: Iterable[str], waiting: Path) -> None:
        self._schemes, self._waiting = sorted(schemes), waiting
        self._schema = states_table(self._schemes).schema

    def passing(self, assignments: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same batches of ``assignments``, whose rows come as ``assign`` gives them: scheme after scheme
        for the same customers, then others; however they are cut."""
        with pq.ParquetWriter(self._waiting, self._schema, compression="lz4") as writer:
            block: dict[str, list[pa.RecordBatch]] = {}
            last = None
            for batch in assignments:
                for scheme, rows in _runs(batch):
                    if scheme in block and (scheme != last or len(self._schemes) == 1):
                        writer.write_batch(self._beside(block))
                        block = {}
                    block.setdefault(scheme, []).append(rows)
                    last = scheme
                yield batch
            if block:
                writer.write_batch(self._beside(block))

    def _beside(self, block: Mapping[str, Sequence[pa.RecordBatch]]) -> pa.RecordBatch:
        schemes = {scheme: pa.concat_batches(block[scheme]) for scheme in self._schemes}
        columns = [schemes[self._schemes[0]].column(name) for name in ("period", "customer_id")]
        for scheme, rows in schemes.items():
            columns += [_state(rows, scheme), rows.column("confidence")]
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)

    def kept(self) -> pa.RecordBatchReader:
        """``states_table`` of all customers that passed, in their order."""
        file = pq.ParquetFile(self._waiting)
        return pa.RecordBatchReader.from_batches(self._schema, file.iter_batches())


def _runs(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Consecutive rows of one scheme, with what is needed of them."""
    runs = pc.run_end_encode(batch.column("scheme"))
    rows = batch.select(["period", "customer_id", "segment_id", "status", "confidence"])
    start = 0
    for end, scheme in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
        yield scheme, rows.slice(start, end - start)
        start = end


def _state(batch: pa.RecordBatch, scheme: str) -> pa.Array:
    """Local name of each segment, or the status where there is none."""
    segments = batch.column("segment_id").dictionary_encode()
    local = pc.utf8_slice_codeunits(segments.dictionary, len(scheme) + 1)
    return pc.coalesce(local.take(segments.indices), batch.column("status"))
