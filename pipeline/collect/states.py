"""A state that did not change is the one collected before: equal rows, with the time they were collected at.

Belongs here: comparing the state of a new period with that of the last one. Does not belong here: which rows
of a period are new (``changes``), or how files are stored (``engine``).
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.collect.changes import alive, unseen
from pipeline.engine.values import held


def unchanged_carried(added: ir.Table, known: ir.Table, last: str, new: Sequence[str]) -> ir.Table:
    """``added``, where the rows of periods ``new`` are those ``known`` of the period ``last`` if it holds the
    same: equal contents, equally often, nothing withdrawn. So periods of equal states have equal rows.

    ``_file``, ``_row`` and ``_collected_at`` then say where and when they were read first.
    """
    before = known.filter(known["period"] == last)
    state = held(alive(before).select(added.columns))
    count = int(state.count().to_pyarrow().as_py())
    if not count or count != int(before.count().to_pyarrow().as_py()):
        return added
    for period in new:
        mine = added.filter(added["period"] == period)
        same = state.mutate(period=ibis.literal(period)).select(added.columns).cast(added.schema())
        if int(mine.count().to_pyarrow().as_py()) != count:
            continue
        if mine["_withdraws_at"].notnull().any().to_pyarrow().as_py():
            continue
        if int(unseen(mine, same).count().to_pyarrow().as_py()) == 0:
            added = added.filter(added["period"] != period).union(same)
    return added
