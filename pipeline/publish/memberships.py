"""Who is where, and since when: tables that follow from assignments, stays and the register.

Belongs here: ``current_segments``, ``customer_history``, ``segment_sizes``, and labels. Does not belong here:
finding out stays (``drift``), or the wide table (``wide``).
"""

from collections.abc import Collection

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.wide import picked
from pipeline.periods import Calendar
from pipeline.publish.contracts import CURRENT_SEGMENTS, CUSTOMER_HISTORY, SEGMENT_SIZES
from pipeline.publish.statuses import STATUSES
from pipeline.tables.zones import SINCE, WHY

#: Money of a segment: what its customers spent in the window.
SPEND = "net_amount_12p"


def labels(register: pa.Table) -> pa.Table:
    """Label of every state, in English and Chinese: ``state``, ``label``, ``label_zh``.

    ``register`` are rows of ``SEGMENT_REGISTER`` of one period; statuses have the words of the report.
    """
    statuses = [
        {"state": one, "label": label, "label_zh": label_zh} for one, (label, label_zh) in STATUSES.items()
    ]
    segments = [
        {"state": row["segment_id"], "label": row["label"], "label_zh": row["label_zh"]}
        for row in register.to_pylist()
    ]
    schema = pa.schema([(name, pa.string()) for name in ("state", "label", "label_zh")])
    return pa.Table.from_pylist([*segments, *statuses], schema=schema)


def by_language(labelled: pa.Table, language: str) -> dict[str, str]:
    """Label in ``language`` by state, from what ``labels`` gives."""
    column = "label_zh" if language == "zh" else "label"
    return dict(zip(labelled["state"].to_pylist(), labelled[column].to_pylist(), strict=True))


def customer_history(
    ended: ir.Table, assignments: ir.Table, stays: ir.Table, schemes: Collection[str]
) -> ir.Table:
    """Stays that ended in the period, and those that are open at its end: rows of ``CUSTOMER_HISTORY``.

    ``ended`` are ``ENDED_STAYS``, ``assignments`` ``ASSIGNMENTS``, ``stays`` ``stays_table(schemes)``, all of
    one period.
    """
    closed = ended.mutate(left_period=ended.period).select(*CUSTOMER_HISTORY.columns)
    now = _states(assignments).left_join(stays.drop("period"), "customer_id")
    nothing = ibis.null("string")
    going_on = now.select(
        "period",
        "customer_id",
        "scheme",
        "state",
        entered_period=picked(now, "scheme", schemes, SINCE),
        entered_cause=picked(now, "scheme", schemes, WHY),
        left_period=nothing,
        left_cause=nothing,
    ).select(*CUSTOMER_HISTORY.columns)
    return ibis.union(closed, going_on)


def current_segments(
    assignments: ir.Table,
    stays: ir.Table,
    labelled: ir.Table,
    period: str,
    first_period: str,
    calendar: Calendar,
    schemes: Collection[str],
) -> ir.Table:
    """Where every customer is at the end of ``period``: rows of ``CURRENT_SEGMENTS``.

    ``assignments`` and ``stays`` as in ``customer_history``, ``labelled`` is what ``labels`` gives.
    """
    now = _states(assignments, "status", "segment_id", "confidence", "runner_up_segment_id").left_join(
        stays.drop("period"), "customer_id"
    )
    # mutate, not select: a select would be folded into the join, and the next join refused.
    now = now.mutate(
        since_period=picked(now, "scheme", schemes, SINCE),
        since_cause=picked(now, "scheme", schemes, WHY),
        segment=_local(now.state),
    )
    began = ibis.memtable(_periods(first_period, period, calendar))
    runner_up = labelled.view().select(
        runner_up_segment_id="state", runner_up_label="label", runner_up_label_zh="label_zh"
    )
    dated = now.left_join(began, "since_period").left_join(labelled, "state")
    return dated.left_join(runner_up, "runner_up_segment_id").select(*CURRENT_SEGMENTS.columns)


def _periods(first: str, last: str, calendar: Calendar) -> pa.Table:
    """Every period that a stay may have begun in: its first day, and how many there are up to ``last``."""
    keys = calendar.between(first, last)
    return pa.table(
        {
            "since_period": pa.array(keys, pa.string()),
            "since_date": pa.array([calendar.start_date(one) for one in keys], pa.date32()),
            "periods_count": pa.array(range(len(keys), 0, -1), pa.int64()),
        }
    )


def segment_sizes(
    flows: ir.Table, assignments: ir.Table, features: ir.Table, labelled: ir.Table, min_group_count: int
) -> ir.Table:
    """Size of every segment in the period, in customers and in money: rows of ``SEGMENT_SIZES``.

    ``flows`` are ``FLOWS``, ``features`` rows of ``customer_features``. Money of fewer than
    ``min_group_count`` customers is null.
    """
    money = _states(assignments).left_join(features.select("customer_id", SPEND), "customer_id")
    spent = money.group_by("scheme", "state").aggregate(spend_12p_amount=money[SPEND].sum())
    rows = flows.left_join(spent, ["scheme", "state"])
    before = rows.population_previous_count.sum().over(ibis.window(group_by="scheme"))
    whole = rows.spend_12p_amount.sum().over(ibis.window(group_by="scheme"))
    share_before = _part(rows.population_previous_count, before)
    is_told = rows.population_count >= min_group_count
    amount, nothing = rows.spend_12p_amount.cast("float64"), ibis.null("float64")
    sizes = rows.select(
        *flows.columns,
        segment=_local(rows.state),
        population_change_count=rows.population_count - rows.population_previous_count,
        population_share_change=(rows.population_share - share_before).round(6),
        spend_12p_amount=ibis.ifelse(is_told, amount, nothing),
        spend_12p_share=ibis.ifelse(is_told, _part(amount, whole).round(6), nothing),
    )
    return sizes.mutate(period=sizes.period).left_join(labelled, "state").select(*SEGMENT_SIZES.columns)


def _part(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """``part`` of ``whole``; null where there is no whole."""
    return part.cast("float64") / whole.cast("float64").nullif(ibis.literal(0.0, "float64"))


def _states(assignments: ir.Table, *more: str) -> ir.Table:
    state = ibis.ifelse(assignments.status == "assigned", assignments.segment_id, assignments.status)
    return assignments.select("period", "customer_id", "scheme", *more, state=state)


def _local(state: ir.StringValue) -> ir.StringValue:
    """Segment id without its scheme; a status as it is."""
    return ibis.ifelse(state.contains(":"), state.substr(state.find(":") + 1), state)
