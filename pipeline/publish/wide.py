"""The wide table: all schemes of a customer side by side, with the features that explain them.

Belongs here: putting assignments beside features, by their place. Does not belong here: any new measure.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.blocks import Along, Block
from pipeline.engine.coded import as_codes, codes_of, of_codes
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.model import Table


def features_told(features: ir.Table, table: Table, unknown: Collection[str] = ()) -> ir.Table:
    """The columns of ``features`` that the wide ``table`` has, in its types.

    Those that are ``unknown`` of everybody, as no source gives them, are null and not read.
    """
    schema, columns = table.schema, dict[str, ir.Value]()
    for name in table.columns:
        if name in unknown:
            columns[name] = ibis.null(ibis.dtype(schema.field(name).type))
        elif name in features.columns:
            is_float = pa.types.is_floating(schema.field(name).type)
            columns[name] = features[name].cast("float64") if is_float else features[name]
    return features.select(**columns)


def customer_segments(
    blocks: Iterable[Block], features: Along, labels: Mapping[str, str], table: Table
) -> Iterator[pa.RecordBatch]:
    """One row a customer of the population, by ``table`` (``customer_segments_table``), texts as codes.

    ``blocks`` are those of ``ASSIGNMENTS`` of the period by scheme, ``features`` what ``features_told``
    gives, in the same order of customers. For every scheme ``<scheme>_segment`` is the local name of the
    segment, or the status where there is none (``not_applicable`` for a scheme that the project does not
    use), ``<scheme>_label`` what ``labels`` call it by its id, and ``<scheme>_confidence`` the membership.
    Features that are quasi-identifiers stay inside.
    """
    for block in blocks:
        ids = next(iter(block.values())).column("customer_id")
        told = features.taken(ids)
        columns = dict(zip(told.schema.names, told.columns, strict=True))
        for scheme, rows in block.items():
            columns |= _beside(scheme, rows, labels)
        yield pa.RecordBatch.from_arrays([columns[one] for one in table.columns], names=table.columns)


def _beside(scheme: str, rows: pa.RecordBatch, labels: Mapping[str, str]) -> dict[str, pa.Array]:
    """The three columns of a scheme; a segment or status without a label is called by its name."""
    ids = [one for one in labels if one.startswith(f"{scheme}:")]
    stored = as_codes(rows.column("segment_id")).dictionary.to_pylist()
    ids = list(dict.fromkeys([*ids, *(one for one in stored if one and one.startswith(f"{scheme}:"))]))
    known = [*ids, *UNASSIGNED]
    segment, status = (codes_of(rows.column(one), pa.array(known)) for one in ("segment_id", "status"))
    state = np.where(rows.column("segment_id").is_null().to_numpy(zero_copy_only=False), status, segment)
    names = [one.removeprefix(f"{scheme}:") for one in known]
    called = [labels.get(one, name) for one, name in zip(known, names, strict=True)]
    texts = list(dict.fromkeys(called))
    places = np.array([texts.index(one) for one in called])
    return {
        f"{scheme}_segment": of_codes(state, names),
        f"{scheme}_label": of_codes(places[state], texts),
        f"{scheme}_confidence": rows.column("confidence"),
    }
