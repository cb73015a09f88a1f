"""Assignments: every customer in every scheme, scored with frozen versions.

Belongs here: from batches of features to batches of ``ASSIGNMENTS``. Does not belong here: any
fitting (law L7), or the rules of a scheme.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.engine.blocks import STORED_KEYS, Block, blocks_of, evened
from pipeline.engine.coded import coded_schema, of_codes, repeated
from pipeline.models.frame import Flags, Floats, Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.models.rounding import told
from pipeline.schemes import serving
from pipeline.schemes.earned import is_earned
from pipeline.settings import Project, Scheme
from pipeline.tables import fields
from pipeline.tables.zones import ASSIGNMENTS

#: Customers scored at a time, scheme after scheme. In the file the rows of one scheme for so many customers
#: stand together, so that their columns pack well, and ids come again soon enough to be written once.
CUSTOMERS_AT_ONCE = STORED_KEYS
#: What ``assign`` gives: ``ASSIGNMENTS`` with codes in place of texts, which the file is written from.
ASSIGNED = coded_schema(ASSIGNMENTS.schema)
_STATUSES = ("insufficient_data", "assigned")


@dataclass(frozen=True)
class _Version:
    """A scheme with the version in force; no parameters when nothing can be assigned."""

    scheme: Scheme
    name: str | None
    status: str
    parameters: dict[str, Any] | None
    columns: list[str]


def assign(
    batches: Iterable[pa.RecordBatch],
    versions: pa.Table,
    period: str,
    project: Project,
    schemes: set[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """``ASSIGNED``: every customer of ``batches`` in every scheme, or in ``schemes`` only.

    ``batches`` hold ``CUSTOMER_FEATURES`` and, for each scheme, the text column ``previous_segment_<scheme>``
    (null where there is none), which a customer keeps unless there is evidence for another one.
    ``versions`` are ``SCHEME_VERSIONS``; give those of the
    period before to learn what they would have said. A customer's rows depend on that customer
    and the versions alone. Each batch that comes out is of one scheme, and followed by the same customers
    in the next, however ``batches`` are cut. Raises ``ValueError`` where a column is missing.
    """
    in_force = _in_force(versions, project, schemes)
    if not in_force:
        return
    names = dict.fromkeys(name for one in in_force for name in one.columns)
    remembered = [one.scheme.name for one in in_force if one.parameters]
    for batch in _blocks(batches):
        frame = frame_of(batch, names, remembered)
        for one in in_force:
            yield _scored(one, frame, period) if one.parameters else _unscored(one, frame, period, project)


def columns_read(versions: pa.Table, project: Project, schemes: set[str] | None = None) -> list[str]:
    """Features that ``assign`` reads with these ``versions``; its other parameters are the same."""
    in_force = _in_force(versions, project, schemes)
    return list(dict.fromkeys(name for one in in_force for name in one.columns))


def in_blocks(assignments: Iterable[pa.RecordBatch], schemes: Iterable[str]) -> Iterator[Block]:
    """What ``assign`` gave, however it is cut and however many workers it was called by: for each of
    ``schemes``, in their order by name, the rows of the same ``CUSTOMERS_AT_ONCE``, the last of fewer.

    So a file of assignments has its rows in one order on every engine (law L3). Raises ``ValueError`` where
    rows of a scheme are missing, or others' than wanted.
    """
    return evened(blocks_of(assignments, "scheme", sorted(schemes)), CUSTOMERS_AT_ONCE)


def _blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of ``CUSTOMERS_AT_ONCE``, the last with what is left."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            part = batch.slice(start, CUSTOMERS_AT_ONCE - rows)
            waiting.append(part)
            start, rows = start + part.num_rows, rows + part.num_rows
            if rows == CUSTOMERS_AT_ONCE:
                yield pa.concat_batches(waiting)
                waiting, rows = [], 0
    if waiting:
        yield pa.concat_batches(waiting)


def _in_force(versions: pa.Table, project: Project, schemes: set[str] | None) -> list[_Version]:
    rows = {row["scheme"]: row for row in versions.to_pylist()}
    declared = project.every_scheme
    wanted = sorted(one for one in declared if schemes is None or one in schemes)
    return [_version(declared[name], rows.get(name), project) for name in wanted]


def _version(scheme: Scheme, row: dict[str, Any] | None, project: Project) -> _Version:
    status = row["status"] if row else "insufficient_data"
    if row and status == "assigned":
        parameters = from_json(row["parameters"])
        columns = serving.scoring_reads(scheme, parameters)
        return _Version(scheme, row["scheme_version"], status, parameters, columns)
    givable = project.givable
    columns = serving.reads(scheme, project) if status == "insufficient_data" else []
    return _Version(scheme, None, status, None, [one for one in columns if one in givable])


def _unscored(version: _Version, frame: Frame, period: str, project: Project) -> pa.RecordBatch:
    """Rows of a scheme that assigns nobody: the status says why, the evidence what was there."""
    size = len(frame)
    is_unfitted = version.status == "insufficient_data"
    share = serving.unscored_evidence(version.scheme, project, frame) if is_unfitted else np.zeros(size)
    return _batch(
        frame,
        period,
        version,
        {"status": repeated(version.status, size), "evidence_share": pa.array(share)},
    )


def _scored(version: _Version, frame: Frame, period: str) -> pa.RecordBatch:
    assert version.parameters is not None
    scored = serving.score(version.scheme.name, version.parameters, frame)
    is_assigned = scored.segment >= 0
    is_sure = is_assigned & is_earned(version.parameters)
    return _batch(
        frame,
        period,
        version,
        {
            "segment_id": of_codes(scored.segment, scored.segment_ids),
            "status": of_codes(is_assigned, _STATUSES),
            "score": _numbers(scored.score, is_assigned),
            "confidence": _numbers(scored.confidence, is_sure),
            "runner_up_segment_id": of_codes(scored.runner_up, scored.segment_ids),
            "margin": _numbers(scored.margin, is_sure),
            "evidence_share": pa.array(told(scored.evidence_share, fields.evidence_share)),
            "reasons": scored.reasons.to_arrow(is_assigned),
        },
    )


def _batch(frame: Frame, period: str, version: _Version, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    """A batch of the contract; columns that are not given are null."""
    size = len(frame)
    given = columns | {
        "period": repeated(period, size),
        "customer_id": frame.coded_ids,
        "scheme": repeated(version.scheme.name, size),
        "scheme_version": repeated(version.name, size),
    }
    arrays = [given[field.name] if field.name in given else pa.nulls(size, field.type) for field in ASSIGNED]
    return pa.RecordBatch.from_arrays(arrays, schema=ASSIGNED)


def _numbers(values: Floats, is_assigned: Flags) -> pa.Array:
    return pa.array(values, mask=~is_assigned | np.isnan(values))
