"""Assignments: every customer in every scheme, scored with frozen versions.

Belongs here: from batches of features to batches of ``ASSIGNMENTS``. Does not belong here: any
fitting (law L7), or the rules of a scheme.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.segments import kinds
from pipeline.segments.frame import Flags, Floats, Frame, Integers, frame_of
from pipeline.segments.least_evidence import least_evidence, observed_share
from pipeline.segments.parameters import from_json
from pipeline.segments.scored import Scored, evidence
from pipeline.settings import Project
from pipeline.tables.schemes import SCHEMES, SchemeLabel
from pipeline.tables.zones import ASSIGNMENTS

#: Bounds memory: all schemes of so many customers are held together.
CUSTOMERS_AT_ONCE = 16_384


@dataclass(frozen=True)
class _Version:
    """A scheme with the version in force; no parameters when nothing can be assigned."""

    scheme: SchemeLabel
    name: str | None
    status: str
    parameters: dict[str, Any] | None
    inputs: list[tuple[str, float]]
    least: dict[str, int]

    @property
    def columns(self) -> list[str]:
        """Features that are read."""
        read = [*(feature for feature, _ in self.inputs), *self.least]
        return read if self.parameters is None else kinds.columns_of(self.scheme, self.parameters) + read


def assign(
    batches: Iterable[pa.RecordBatch],
    versions: pa.Table,
    period: str,
    project: Project,
    schemes: set[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """``ASSIGNMENTS`` of every customer of ``batches`` in every scheme, or in ``schemes`` only.

    ``batches`` hold ``CUSTOMER_FEATURES`` and, for each discovered scheme, the text column
    ``previous_segment_<scheme>`` (null where there is none), which a customer keeps unless
    another centre is clearly nearer. ``versions`` are ``SCHEME_VERSIONS``; give those of the
    period before to learn what they would have said. A customer's rows depend on that customer
    and the versions alone. Where ``batches`` come by customer, rows come by customer and scheme,
    however the batches are cut. Raises ``ValueError`` where a column is missing.
    """
    in_force = _in_force(versions, project, schemes)
    if not in_force:
        return
    names = dict.fromkeys(name for one in in_force for name in one.columns)
    discovered = [one.scheme.name for one in in_force if one.parameters and one.scheme.kind == "discovered"]
    for batch in batches:
        for start in range(0, batch.num_rows, CUSTOMERS_AT_ONCE):
            frame = frame_of(batch.slice(start, CUSTOMERS_AT_ONCE), names, discovered)
            parts = [
                _scored(one, frame, period) if one.parameters else _unscored(one, frame, period)
                for one in in_force
            ]
            yield _by_customer(parts, len(frame))


def _by_customer(parts: list[pa.RecordBatch], customers: int) -> pa.RecordBatch:
    """Batches of one scheme each, same customers, as one batch by customer and then scheme."""
    by_scheme = np.arange(len(parts) * customers).reshape(len(parts), customers)
    return pa.concat_batches(parts).take(pa.array(by_scheme.T.ravel()))


def _in_force(versions: pa.Table, project: Project, schemes: set[str] | None) -> list[_Version]:
    rows = {row["scheme"]: row for row in versions.to_pylist()}
    found = []
    for scheme in sorted(SCHEMES, key=lambda one: one.name):
        if schemes is not None and scheme.name not in schemes:
            continue
        row = rows.get(scheme.name, {"status": "insufficient_data"})
        is_assigned = row["status"] == "assigned"
        is_unfitted = row["status"] == "insufficient_data"
        found.append(
            _Version(
                scheme,
                row["scheme_version"] if is_assigned else None,
                row["status"],
                from_json(row["parameters"]) if is_assigned else None,
                kinds.inputs(scheme, project) if is_unfitted else [],
                least_evidence(scheme.name, project) if is_unfitted else {},
            )
        )
    return found


def _unscored(version: _Version, frame: Frame, period: str) -> pa.RecordBatch:
    """Rows of a scheme that assigns nobody: the status says why, the evidence what was there."""
    size = len(frame)
    share = np.minimum(evidence(frame, version.inputs), observed_share(frame, version.least))
    return _batch(
        frame,
        period,
        version,
        {
            "status": pa.repeat(version.status, size),
            "evidence_share": pa.array(np.round(share, 6)),
        },
    )


def _scored(version: _Version, frame: Frame, period: str) -> pa.RecordBatch:
    assert version.parameters is not None
    scored = kinds.score(version.scheme, version.parameters, frame)
    is_assigned = scored.segment >= 0
    statuses = pa.array(["insufficient_data", "assigned"])
    return _batch(
        frame,
        period,
        version,
        {
            "segment_id": _ids(scored, scored.segment),
            "status": statuses.take(pa.array(is_assigned.astype(np.int8))),
            "score": _numbers(scored.score, is_assigned),
            "confidence": _numbers(scored.confidence, is_assigned),
            "runner_up_segment_id": _ids(scored, scored.runner_up),
            "margin": _numbers(scored.margin, is_assigned),
            "evidence_share": pa.array(np.round(scored.evidence_share, 6)),
            "reasons": scored.reasons.to_arrow(is_assigned),
        },
    )


def _batch(frame: Frame, period: str, version: _Version, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    """A batch of the contract; columns that are not given are null."""
    size = len(frame)
    given = columns | {
        "period": pa.repeat(period, size),
        "customer_id": frame.customer_id.cast(pa.string()),
        "scheme": pa.repeat(version.scheme.name, size),
        "scheme_version": pa.repeat(pa.scalar(version.name, pa.string()), size),
    }
    schema = ASSIGNMENTS.schema
    arrays = [given[field.name] if field.name in given else pa.nulls(size, field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _ids(scored: Scored, positions: Integers) -> pa.Array:
    taken = pa.array(positions, mask=positions < 0)
    return pa.array(scored.segment_ids, pa.string()).take(taken)


def _numbers(values: Floats, is_assigned: Flags) -> pa.Array:
    return pa.array(np.round(values, 6) + 0.0, mask=~is_assigned | np.isnan(values))
