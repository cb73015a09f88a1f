"""The noise floor of moves: the share of customers that would move in a period if nobody changed.

Belongs here: what the versions in force say of some customers, had their periods come in another order. Does
not belong here: how they are put in another order (``features.reordered``), or who really moved
(``drift.movement``).

Some customers are taken into a course that is as likely as the one that came, as they are now: in the segment
in which they are, which takes evidence to leave. They are scored as of the end of the period before, then as
of the end of this one; who has another segment, or status, then than before, has moved by chance alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.engine.dialect import md5
from pipeline.engine.protocol import engine_of
from pipeline.features import FeatureInputs, Window, customer_features
from pipeline.features.reordered import PERIODS, reordered
from pipeline.segments.assignments import assign
from pipeline.segments.inputs import remembering
from pipeline.settings import Project

#: Customers looked at: a floor of a tenth is then known to 1.3 points (95%).
CUSTOMERS = 2_000


@dataclass(frozen=True)
class ByChance:
    """Of ``customers_count`` customers ``moved_count`` moved by chance alone."""

    customers_count: int
    moved_count: int


def moved_by_chance(
    inputs: FeatureInputs, assignments: ir.Table, versions: pa.Table, period: str, project: Project
) -> Mapping[str, ByChance]:
    """Who of some customers would move by chance from the period before to ``period``, by scheme.

    ``inputs`` are of both periods, with ledgers of ``features.reordered.PERIODS``; ``assignments`` are
    ``ASSIGNMENTS``, ``versions`` ``SCHEME_VERSIONS`` of ``period``. Nothing for fewer customers in both than
    a fit needs. Raises ``ValueError`` before there are so many periods: in a window that is not full yet
    customers move because more is known of them, which is not chance.
    """
    window = Window(project.calendar, project.first_period, period)
    if len(window.history) < PERIODS:
        raise ValueError(f"{period} is period {len(window.history)} of the project; {PERIODS} are needed")
    earlier = Window(project.calendar, project.first_period, project.calendar.previous(period))
    chosen = _chosen(inputs.customers, earlier.period, period)
    if len(chosen) < project.segments.min_customers_to_fit:
        return {}
    again = reordered(inputs, window, chosen, project.seed)
    states = _held(assignments, chosen, remembering(project))
    before = _states(_scored(again, earlier, states, versions, project))
    now = _states(_scored(again, window, {name: one[0] for name, one in before.items()}, versions, project))
    return {name: ByChance(len(chosen), _differ(before[name], one)) for name, one in now.items()}


def _chosen(customers: ir.Table, *periods: str) -> pa.Array:
    """Ids of customers of the population in all of ``periods``, by the hash of their id, sorted."""
    members = customers.filter(customers.period.isin(periods), customers.is_in_population)
    lasting = members.group_by("customer_id").agg(periods=members.count())
    lasting = lasting.filter(lasting.periods == len(periods))
    some = lasting.order_by(md5(lasting.customer_id), lasting.customer_id).limit(CUSTOMERS)
    found = engine_of(customers).to_arrow(some.select("customer_id")).sort_by("customer_id")
    return found.column("customer_id").combine_chunks().cast(pa.string())


_Segments = Mapping[str, pa.Array]


def _held(assignments: ir.Table, customers: pa.Array, schemes: list[str]) -> _Segments:
    """The segment of each of ``customers`` in each of ``schemes``; null for none."""
    engine = engine_of(assignments)
    mine = assignments.semi_join(engine.from_arrow(pa.table({"customer_id": customers})), "customer_id")
    mine = mine.filter(mine.segment_id.notnull(), mine.scheme.isin(schemes))
    rows = engine.to_arrow(mine.select("customer_id", "scheme", "segment_id"))
    found = {}
    for scheme in schemes:
        some = rows.filter(pc.equal(rows["scheme"].cast(pa.string()), scheme)).combine_chunks()
        at = pc.index_in(customers, value_set=some["customer_id"].combine_chunks().cast(pa.string()))
        found[scheme] = some["segment_id"].combine_chunks().cast(pa.string()).take(at)
    return found


def _scored(
    inputs: FeatureInputs, window: Window, held: _Segments, versions: pa.Table, project: Project
) -> Iterator[pa.RecordBatch]:
    """``ASSIGNED`` as of the end of the window, of customers in the segments that are ``held``."""
    features = customer_features(inputs, window, project.catalogue, project.givable)
    rows = engine_of(features).to_arrow(features.order_by("customer_id"))
    for name, segments in held.items():
        rows = rows.append_column(f"previous_segment_{name}", segments)
    return assign(rows.combine_chunks().to_batches(), versions, window.period, project)


_State = tuple[pa.Array, pa.Array]


def _states(assigned: Iterator[pa.RecordBatch]) -> Mapping[str, _State]:
    """Segment and status of each customer, by scheme."""
    parts: dict[str, list[pa.RecordBatch]] = {}
    for batch in assigned:
        parts.setdefault(batch.column("scheme")[0].as_py(), []).append(batch)
    return {
        name: (_texts(batches, "segment_id"), _texts(batches, "status")) for name, batches in parts.items()
    }


def _texts(batches: list[pa.RecordBatch], column: str) -> pa.Array:
    return pa.chunked_array([one.column(column).cast(pa.string()) for one in batches]).combine_chunks()


def _differ(before: _State, now: _State) -> int:
    """How many customers have another segment or status."""
    keys = (pc.binary_join_element_wise(*one, "", null_handling="replace") for one in (before, now))
    return int(pc.sum(pc.not_equal(*keys)).as_py() or 0)
