"""States: one row a customer, the state in every scheme side by side.

Belongs here: turning assignments from one row a scheme to one column a scheme, once, for all that compare,
describe and publish segments. Does not belong here: any of that.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine.blocks import Block
from pipeline.engine.coded import as_codes, coded_schema, codes_of, of_codes
from pipeline.segments.assignments import in_blocks
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.zones import states_table


class SideBySide:
    """Keeps the states of customers while their assignments pass by, to be written after them.

    They wait in a file of their own, which ``waiting`` is the place of: a million customers in thirty schemes
    are too much to hold.
    """

    def __init__(self, schemes: Iterable[str], waiting: Path) -> None:
        self._schemes, self._waiting = sorted(schemes), waiting
        self._schema = coded_schema(states_table(self._schemes).schema)

    def passing(self, assignments: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same rows of ``assignments``, which come as ``assign`` gives them, in the batches of
        ``in_blocks``."""
        with pq.ParquetWriter(self._waiting, self._schema, compression="lz4") as writer:
            for block in in_blocks(assignments, self._schemes):
                writer.write_batch(self._beside(block))
                yield from block.values()

    def _beside(self, block: Block) -> pa.RecordBatch:
        first = block[self._schemes[0]]
        columns = [as_codes(first.column(name)) for name in ("period", "customer_id")]
        columns += [_state(block[scheme], scheme) for scheme in self._schemes]
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)

    def kept(self) -> pa.RecordBatchReader:
        """``states_table`` of all customers that passed, in their order."""
        file = pq.ParquetFile(self._waiting)
        return pa.RecordBatchReader.from_batches(self._schema, file.iter_batches())


def _state(rows: pa.RecordBatch, scheme: str) -> pa.Array:
    """Local name of each segment, or the status where there is none."""
    segments = as_codes(rows.column("segment_id"))
    codes = segments.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    local = pc.utf8_slice_codeunits(segments.dictionary, len(scheme) + 1).to_pylist()
    statuses = codes_of(rows.column("status"), pa.array(UNASSIGNED))
    return of_codes(np.where(codes >= 0, codes, len(local) + statuses), [*local, *UNASSIGNED])
