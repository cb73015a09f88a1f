"""Training sets of the next new category: who had bought what at each origin, and what it bought next.

Belongs here: candidates and outcomes of pairs, from stored tables. Does not belong here: ``fitting``.

Candidates of an origin are chosen by what was stored for its period, and outcomes are what was stored for
the next one: nothing that was computed with knowledge of the future can come in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.features.categories import CATEGORY, LINES_NOW
from pipeline.forecasts.asked import is_asked
from pipeline.forecasts.new_category import AT_LEAST, HORIZON, ORDERS_LATER
from pipeline.forecasts.training import History
from pipeline.models.category.pairs import pairs_of, with_bought
from pipeline.models.frame import Floats, Frame
from pipeline.models.rolling import Origin


@dataclass(frozen=True)
class Bought:
    """Stored categories of each of the periods of a history: customers that bought each category ``lately``,
    and ``now``, by its name."""

    lately: Sequence[Mapping[str, pa.Array]]
    now: Sequence[Mapping[str, pa.Array]]


def read_bought(categories: ir.Table, history: History) -> Bought:
    """What customers of ``history`` bought, from ``CUSTOMER_CATEGORIES`` of its periods."""
    rows = categories.filter(categories.period.isin(list(history.periods)))
    names = ("period", "customer_id", CATEGORY.name, LINES_NOW.name)
    table = rows.select(*names).to_pyarrow()
    lately, now = [], []
    for period, frame in zip(history.periods, history.frames, strict=True):
        part = table.filter(pc.equal(table["period"], period))
        part = part.filter(pc.is_in(part["customer_id"], value_set=frame.customer_id))
        lately.append(_by_category(part))
        now.append(_by_category(part.filter(pc.greater(part[LINES_NOW.name], 0))))
    return Bought(lately, now)


def _by_category(rows: pa.Table) -> dict[str, pa.Array]:
    grouped = rows.group_by(CATEGORY.name).aggregate([("customer_id", "list")]).sort_by(CATEGORY.name)
    names, ids = (grouped[one].to_pylist() for one in (CATEGORY.name, "customer_id_list"))
    return {name: pa.array(sorted(one), pa.string()) for name, one in zip(names, ids, strict=True)}


def candidates(lately: Mapping[str, pa.Array], most: int, fewest: int) -> list[str]:
    """Categories that most customers bought, ``most`` at most, each bought by ``fewest`` or more."""
    enough = [name for name, ids in lately.items() if len(ids) >= fewest]
    return sorted(sorted(enough, key=lambda name: (-len(lately[name]), name))[:most])


def frame_with(frame: Frame, lately: Mapping[str, pa.Array], names: Sequence[str]) -> Frame:
    """``frame`` with who bought each of ``names`` lately."""
    ids = frame.customer_id.cast(pa.string())
    return with_bought(frame, {name: _flags(ids, lately.get(name)) for name in names})


def origins(history: History, bought: Bought, most: int, fewest: int) -> list[Origin]:
    """Every period of ``history`` that another one follows: its customers, and the outcome of each pair.

    Periods without a pair are left out.
    """
    found = []
    for place in range(len(history.periods) - HORIZON):
        now, following = history.frames[place], place + HORIZON
        asked = is_asked(AT_LEAST, now) & ~np.isnan(
            history.later(ORDERS_LATER, place, range(following, following + 1))
        )
        names = candidates(bought.lately[place], most, fewest)
        frame = frame_with(now.taken(asked), bought.lately[place], names)
        pairs = pairs_of(frame, names)
        if len(pairs):
            ids = frame.customer_id.cast(pa.string())
            came = [_flags(ids, bought.now[following].get(name)) for name in names]
            outcome = np.stack(came, axis=1)[pairs.customer, pairs.category]
            found.append(Origin(history.periods[place], history.first_place + place, frame, outcome))
    return found


def missed_share(history: History, bought: Bought, most: int, fewest: int) -> float | None:
    """Of categories bought in a period and not in the twelve before it, the share that were no candidates:
    the others, of which nothing is told. None where nothing was bought anew."""
    missed = total = 0
    for place in range(len(history.periods) - HORIZON):
        named = set(candidates(bought.lately[place], most, fewest))
        ids = history.frames[place].customer_id.cast(pa.string())
        for name, buyers in bought.now[place + HORIZON].items():
            known = _flags(ids, buyers)
            anew = int((known - known * _flags(ids, bought.lately[place].get(name))).sum())
            total += anew
            missed += 0 if name in named else anew
    return missed / total if total else None


def _flags(ids: pa.Array, buyers: pa.Array | None) -> Floats:
    if buyers is None:
        return np.zeros(len(ids))
    found = pc.is_in(ids, value_set=buyers).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=np.float64)
