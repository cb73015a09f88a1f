"""Playbooks: how to treat the customers of each segment, filled with the segment's own figures.

Belongs here: rows of ``PLAYBOOKS``. Does not belong here: the advice itself (documents of schemes, over which
a project may lay its own).
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.publish.contracts import PLAYBOOKS
from pipeline.settings import Scheme
from pipeline.settings.schemes import PLAYBOOK_PARTS, Playbook

#: Outcomes are told of the shortest time.
_NEXT = 1


def playbooks(
    register: pa.Table, sizes: pa.Table, outcomes: pa.Table, schemes: Mapping[str, Scheme]
) -> pa.Table:
    """``PLAYBOOKS`` of a period: a row for each segment that is alive in it, in the order of its id.

    ``register``, ``sizes`` and ``outcomes`` are rows of ``SEGMENT_REGISTER``, ``SEGMENT_SIZES`` and
    ``SEGMENT_OUTCOMES`` of the period. Advice is that of the document of the scheme; discovered segments, and
    others of which nobody has written, have none.
    """
    size = {row["state"]: row for row in sizes.to_pylist()}
    came = {row["state"]: row for row in outcomes.to_pylist() if row["horizon_periods"] == _NEXT}
    rows = []
    for one in register.to_pylist():
        segment_id, scheme = one["segment_id"], one["scheme"]
        if one["retired_period"] is not None or scheme not in schemes:
            continue
        name = segment_id.removeprefix(f"{scheme}:")
        document = schemes[scheme].segments.get(name)
        advice = Playbook() if document is None else document.playbook
        figures = (
            {"population_count": 0, "population_share": 0.0}
            | size.get(segment_id, {})
            | _of(came, segment_id)
        )
        rows.append(
            {name: figures.get(name) for name in PLAYBOOKS.columns}
            | {key: one[key] for key in ("period", "scheme", "segment_id", "label", "label_zh")}
            | {"segment": name}
            | _advice(advice)
        )
    rows.sort(key=lambda row: (row["scheme"], row["segment_id"]))
    return pa.Table.from_pylist(rows, schema=PLAYBOOKS.schema)


def _of(came: Mapping[str, Mapping[str, Any]], segment_id: str) -> dict[str, Any]:
    row = came.get(segment_id, {})
    return {name: row.get(name) for name in ("silent_share", "mean_net_amount")}


def _advice(playbook: Playbook) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for part in PLAYBOOK_PARTS:
        said = getattr(playbook, part)
        found |= {part: said and said.en, f"{part}_zh": said and said.zh}
    return found
