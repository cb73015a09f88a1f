"""The register of segments: every segment that ever lived, as it stood at the end of a period.

Belongs here: births, retirements, labels, and counting who is where. Does not belong here: the
rules of events (``events``), or giving ids to clusters (``clusters_fit``).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.models.events import NOWHERE, Crossing, Event, event_of, traced_event_of
from pipeline.models.parameters import from_json
from pipeline.schemes.clustering.labels import cluster_labels
from pipeline.settings import Project, Scheme
from pipeline.tables.zones import SEGMENT_REGISTER

_QUIET = Event("none")
#: Events after which a segment is what it was.
_LASTING = ("none", "continued")


def register(
    previous: ir.Table | pa.Table | None,
    versions: pa.Table,
    previous_versions: pa.Table | None,
    assignments: ir.Table,
    previous_version_assignments: ir.Table | None,
    period: str,
    project: Project,
    previous_assignments: ir.Table | None = None,
) -> pa.Table:
    """``SEGMENT_REGISTER`` at the end of ``period``, one row a segment that ever lived.

    ``previous`` is the register of the period before. At a refit the segments of the previous version and of
    the new one are compared on the same customers and features (``previous_version_assignments`` and
    ``assignments``). Named segments keep their ids for ever: they are continued or ambiguous. What happened
    to discovered ones is told by where their customers went since ``previous_assignments`` (``ASSIGNMENTS``
    of the period before; none: by the versions alone); they keep their labels until an event says that they
    are no longer what they were. Raises ``ValueError`` when a scheme was refitted and the previous version's
    assignments are missing.
    """
    rows = {row["segment_id"]: row | {"period": period} | _said(_QUIET) for row in _rows(previous)}
    old = _by_scheme(previous_versions)
    refitted = {one["scheme"] for one in versions.to_pylist() if one["is_refit"] and one["scheme"] in old}
    discovered = {name for name in refitted if not project.every_scheme[name].segments}
    crossings = _Crossings(
        _by_versions(assignments, previous_version_assignments, refitted),
        _by_customers(assignments, previous_assignments, discovered),
    )
    new = _by_scheme(versions)
    for scheme in project.every_scheme.values():
        if scheme.name in new:
            before = old.get(scheme.name) if scheme.name in refitted else None
            rows |= _of_scheme(scheme, rows, new[scheme.name], before, crossings, period, project)
    ordered = [rows[segment_id] for segment_id in sorted(rows)]
    return pa.Table.from_pylist(ordered, schema=SEGMENT_REGISTER.schema)


def _rows(table: ir.Table | pa.Table | None) -> list[dict[str, Any]]:
    if table is None:
        return []
    held = table if isinstance(table, pa.Table) else table.to_pyarrow()
    found: list[dict[str, Any]] = held.to_pylist()
    return found


def _by_scheme(versions: pa.Table | None) -> dict[str, dict[str, Any]]:
    """Versions that assign customers, by scheme."""
    return {row["scheme"]: row for row in _rows(versions) if row["status"] == "assigned"}


@dataclass(frozen=True)
class _Crossings:
    """Customers by old and new segment, for each refitted scheme; ``by_customers`` for discovered ones
    alone."""

    by_versions: Mapping[str, Crossing]
    by_customers: Mapping[str, Crossing]


def _by_versions(
    assignments: ir.Table, previous_version_assignments: ir.Table | None, refitted: set[str]
) -> dict[str, Crossing]:
    if not refitted:
        return {}
    if previous_version_assignments is None:
        raise ValueError(f"refitted, but without the previous version's assignments: {sorted(refitted)}")
    old = _segments(previous_version_assignments, refitted).rename(old_segment_id="segment_id")
    new = _segments(assignments, refitted).rename(new_segment_id="segment_id")
    return _counted(old.join(new, ["customer_id", "scheme"]))


def _by_customers(
    assignments: ir.Table, previous_assignments: ir.Table | None, discovered: set[str]
) -> dict[str, Crossing]:
    """From the period before to now, with who came and who went."""
    if not discovered or previous_assignments is None:
        return {}
    old = _segments(previous_assignments, discovered)
    new = _segments(assignments, discovered)
    # Each customer has at most one row of either side: the greater of a text and nothing is the text.
    both = old.mutate(old_segment_id=old.segment_id, new_segment_id=ibis.literal(NOWHERE)).union(
        new.mutate(old_segment_id=ibis.literal(NOWHERE), new_segment_id=new.segment_id)
    )
    pairs = both.group_by("customer_id", "scheme").agg(
        old_segment_id=both.old_segment_id.max(), new_segment_id=both.new_segment_id.max()
    )
    return _counted(pairs)


def _counted(pairs: ir.Table) -> dict[str, Crossing]:
    counts: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    counted = pairs.group_by("scheme", "old_segment_id", "new_segment_id").agg(count=pairs.count())
    for row in counted.to_pyarrow().to_pylist():
        counts[row["scheme"]][row["old_segment_id"], row["new_segment_id"]] = int(row["count"])
    return {scheme: Crossing(found) for scheme, found in counts.items()}


def _segments(assignments: ir.Table, schemes: set[str]) -> ir.Table:
    taken = assignments.filter(assignments.scheme.isin(sorted(schemes)), assignments.segment_id.notnull())
    return taken.select("customer_id", "scheme", "segment_id")


def _labels(scheme: Scheme, version: dict[str, Any], project: Project) -> dict[str, tuple[str, str]]:
    """English and Chinese label of every segment of a version: of discovered ones in the words that features
    have now, so that other words move nobody."""
    if scheme.segments:
        return {
            scheme.segment_id(name): (one.label.en, one.label.zh) for name, one in scheme.segments.items()
        }
    parameters = from_json(version["parameters"])
    features = [one["feature"] for one in parameters["scalings"]]
    centres = np.asarray(parameters["centres"], np.float64)
    labels = cluster_labels(features, centres, parameters["segment_ids"], project.readable)
    return {one: (label, label_zh) for one, (label, label_zh) in labels.items()}


def _of_scheme(
    scheme: Scheme,
    rows: dict[str, dict[str, Any]],
    version: dict[str, Any],
    before: dict[str, Any] | None,
    crossings: _Crossings,
    period: str,
    project: Project,
) -> dict[str, dict[str, Any]]:
    """Rows of one scheme's living segments, and of those that ended in this period."""
    labels = _labels(scheme, version, project)
    old_ids = set(_labels(scheme, before, project)) if before else set()
    events = {}
    for segment_id in sorted(old_ids | set(labels)):
        events[segment_id] = _QUIET if segment_id in rows else Event("born")
        if before:
            events[segment_id] = _event(scheme, segment_id, old_ids, set(labels), crossings, project)
    if not scheme.segments:
        labels = _lasting(labels, events, rows)
    found = {}
    for segment_id, event in events.items():
        known = rows.get(segment_id)
        label, label_zh = labels.get(segment_id) or (known["label"], known["label_zh"])  # type: ignore[index]
        is_living = segment_id in labels
        found[segment_id] = {
            "period": period,
            "segment_id": segment_id,
            "scheme": scheme.name,
            "label": label,
            "label_zh": label_zh,
            "born_period": known["born_period"] if known else period,
            "retired_period": None if is_living else period,
            "scheme_version": version["scheme_version"]
            if is_living or not known
            else known["scheme_version"],
        } | _said(event)
    return found


def _lasting(
    labels: Mapping[str, tuple[str, str]], events: Mapping[str, Event], rows: Mapping[str, dict[str, Any]]
) -> dict[str, tuple[str, str]]:
    """Labels of discovered segments: one that nothing happened to, or that was continued, is called as
    before, wherever its centre went; others by their centres, with their id where the name is taken."""
    kept = {
        one: (rows[one]["label"], rows[one]["label_zh"])
        for one in labels
        if one in rows and events[one].kind in _LASTING
    }
    taken = {english for english, _ in kept.values()}
    named = {}
    for one, (english, chinese) in labels.items():
        name = one.partition(":")[2]
        own = (f"{english} ({name})", f"{chinese}（{name}）") if english in taken else (english, chinese)
        named[one] = kept.get(one, own)
    return named


def _event(
    scheme: Scheme,
    segment_id: str,
    old_ids: set[str],
    new_ids: set[str],
    crossings: _Crossings,
    project: Project,
) -> Event:
    settings = project.segments
    limits = settings.continued_overlap, settings.related_overlap
    crossing = crossings.by_versions.get(scheme.name, Crossing({}))
    if scheme.name in crossings.by_customers:
        traced = crossings.by_customers[scheme.name]
        return traced_event_of(segment_id, old_ids, new_ids, traced, crossing, *limits)
    if scheme.segments and not crossing.either(segment_id, segment_id):
        return Event("continued")  # nobody was in it and nobody is: no doubt, and no overlap
    event = event_of(segment_id, old_ids, new_ids, crossing, *limits)
    if scheme.segments and event.kind != "continued":  # a name lives on, whoever bears it
        return Event("ambiguous", (), event.overlap_share)
    return event


def _said(event: Event) -> dict[str, Any]:
    share = None if event.overlap_share is None else round(event.overlap_share, 6)
    return {"event": event.kind, "related_segment_ids": list(event.related), "overlap_share": share}
