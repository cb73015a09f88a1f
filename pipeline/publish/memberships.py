"""Who is where, and since when: tables that follow from assignments, stays and the register.

Belongs here: stays that go on and where everybody is now, block by block; ``segment_sizes``; labels. Does not
belong here: finding out stays (``drift``), or the wide table (``wide``).

The rows of the newest period are as many as assignments. They are made by place, of blocks of assignments and
of open stays in the same order of customers: nothing is joined, nothing sorted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.engine.blocks import Along, Block
from pipeline.engine.coded import Codes, as_codes, codes_of, of_codes, repeated
from pipeline.periods import Calendar
from pipeline.publish.contracts import (
    CURRENT_SEGMENTS,
    CUSTOMER_HISTORY,
    SEGMENT_OUTCOMES,
    SEGMENT_SIZES,
)
from pipeline.publish.statuses import STATUSES
from pipeline.tables.model import Table
from pipeline.tables.zones import SINCE, WHY

#: Columns of assignments that are read by place, and those of them that come as codes.
READ = ("customer_id", "scheme", "segment_id", "status", "confidence", "runner_up_segment_id")
READ_CODED = tuple(one for one in READ if one != "confidence")
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


def stays_that_go_on(blocks: Iterable[Block], stays: Along, period: str) -> Iterator[pa.RecordBatch]:
    """Stays that are open at the end of ``period``: rows of ``CUSTOMER_HISTORY``, texts as codes.

    ``blocks`` are those of ``ASSIGNMENTS`` of the period by scheme, ``stays`` the ``stays_table`` of its
    schemes in the same order.
    """
    for block in blocks:
        ids = _ids(block)
        since, size = stays.taken(ids), len(ids)
        for scheme, rows in block.items():
            states = pc.unique(
                pa.concat_arrays([_texts(rows.column(one)) for one in ("segment_id", "status")])
            )
            yield _batch(
                CUSTOMER_HISTORY,
                {
                    "period": repeated(period, size),
                    "customer_id": ids,
                    "scheme": repeated(scheme, size),
                    "state": of_codes(_state(rows, states), states),
                    "entered_period": as_codes(since.column(f"{scheme}{SINCE}")),
                    "entered_cause": as_codes(since.column(f"{scheme}{WHY}")),
                    "left_period": repeated(None, size),
                    "left_cause": repeated(None, size),
                },
            )


def current_segments(
    blocks: Iterable[Block],
    stays: Along,
    labelled: pa.Table,
    period: str,
    first_period: str,
    calendar: Calendar,
) -> Iterator[pa.RecordBatch]:
    """Where every customer is at the end of ``period``: rows of ``CURRENT_SEGMENTS``, texts as codes.

    ``blocks`` and ``stays`` as in ``stays_that_go_on``, ``labelled`` is what ``labels`` gives. Raises
    ``ValueError`` for a state without a label, or a stay from before ``first_period``.
    """
    states, periods = labelled["state"].combine_chunks(), calendar.between(first_period, period)
    local = _Words([one.partition(":")[2] or one for one in states.to_pylist()])
    label, label_zh = (_Words(labelled[one].to_pylist()) for one in ("label", "label_zh"))
    dates = np.array([calendar.start_date(one) for one in periods], "datetime64[D]")
    known = pa.array(periods, pa.string())
    for block in blocks:
        ids = _ids(block)
        since, size = stays.taken(ids), len(ids)
        for scheme, rows in block.items():
            state = _all_known(_state(rows, states), "a segment that the register does not know")
            next_best = codes_of(rows.column("runner_up_segment_id"), states)
            began = _all_known(
                codes_of(since.column(f"{scheme}{SINCE}"), known), "a stay from outside the project's periods"
            )
            yield _batch(
                CURRENT_SEGMENTS,
                {
                    "period": repeated(period, size),
                    "customer_id": ids,
                    "scheme": repeated(scheme, size),
                    "segment_id": as_codes(rows.column("segment_id")),
                    "segment": local.of(state),
                    "status": as_codes(rows.column("status")),
                    "label": label.of(state),
                    "label_zh": label_zh.of(state),
                    "confidence": rows.column("confidence"),
                    "runner_up_segment_id": as_codes(rows.column("runner_up_segment_id")),
                    "runner_up_label": label.of(next_best),
                    "runner_up_label_zh": label_zh.of(next_best),
                    "since_period": of_codes(began, known),
                    "since_date": pa.array(dates[began]),
                    "since_cause": as_codes(since.column(f"{scheme}{WHY}")),
                    "periods_count": pa.array(len(periods) - began.astype(np.int64)),
                },
            )


class _Words:
    """A text for each number; equal texts are one code."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(dict.fromkeys(texts))
        self._codes = np.array([self._texts.index(one) for one in texts] + [-1], np.int32)

    def of(self, numbers: Codes) -> pa.DictionaryArray:
        """The texts of ``numbers``; null for -1."""
        return of_codes(self._codes[numbers], self._texts)


def _ids(block: Block) -> pa.DictionaryArray:
    """Customers of a block, as codes for these and no others: a file stores whatever codes are there for."""
    ids = next(iter(block.values())).column("customer_id")
    return (ids.dictionary_decode() if pa.types.is_dictionary(ids.type) else ids).dictionary_encode()


def _state(rows: pa.RecordBatch, states: pa.Array) -> Codes:
    """Place of each customer's state in ``states``: of the segment, or of the status where there is none."""
    segment, status = (codes_of(rows.column(one), states) for one in ("segment_id", "status"))
    is_none = rows.column("segment_id").is_null().to_numpy(zero_copy_only=False)
    found: Codes = np.where(is_none, status, segment)
    return found


def _all_known(codes: Codes, odd: str) -> Codes:
    if (codes < 0).any():
        raise ValueError(f"{odd}, of {int((codes < 0).sum())} customers")
    return codes


def _texts(column: pa.Array) -> pa.Array:
    return as_codes(column).dictionary.drop_null()


def _batch(table: Table, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([columns[one] for one in table.columns], names=table.columns)


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


def segment_outcomes(outcomes: ir.Table, labelled: ir.Table) -> ir.Table:
    """Outcomes with names for readers: the published ``SEGMENT_OUTCOMES`` of the inner one."""
    named = outcomes.mutate(segment=_local(outcomes.state)).left_join(labelled, "state")
    return named.select(*SEGMENT_OUTCOMES.columns)


def _part(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """``part`` of ``whole``; null where there is no whole."""
    return part.cast("float64") / whole.cast("float64").nullif(ibis.literal(0.0, "float64"))


def _states(assignments: ir.Table, *more: str) -> ir.Table:
    state = ibis.ifelse(assignments.status == "assigned", assignments.segment_id, assignments.status)
    return assignments.select("period", "customer_id", "scheme", *more, state=state)


def _local(state: ir.StringValue) -> ir.StringValue:
    """Segment id without its scheme; a status as it is."""
    return ibis.ifelse(state.contains(":"), state.substr(state.find(":") + 1), state)
