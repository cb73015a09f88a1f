"""The models of orders by name, and what is the same for all: ``fit`` in refits, ``score`` whenever.

Belongs here: the list, putting together. Does not belong here: any formula.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from pipeline.models.fitting import Fit, at_least
from pipeline.models.frame import Floats, Integers
from pipeline.models.lifetime.bg_bb import BgBb
from pipeline.models.lifetime.gamma_gamma import Amounts
from pipeline.models.lifetime.histories import Histories, counted
from pipeline.models.lifetime.likelihood import FEWEST
from pipeline.models.lifetime.model import Model, Parameters
from pipeline.models.lifetime.outlook import INTERVAL, AtLeast, Outlook
from pipeline.models.lifetime.pareto_nbd import ParetoNbd
from pipeline.models.lifetime.renewals import RenewalModel
from pipeline.models.lifetime.spending import SpendOutlook, SumsTable, spend

#: Phases an order that are tried at most: of six the times between orders vary by 41% about their mean;
#: who is more regular than that has a subscription (``bg_bb``).
MOST_PHASES = 6
#: Customers scored at a time: their numbers stay in the processor's cache.
_BLOCK = 32_768


@dataclass(frozen=True)
class Scores:
    """Probability alive at as_of, and a horizon each an ``Outlook`` and, with amounts, a ``SpendOutlook``.

    One element a customer, NaN where the history is unknown.
    """

    alive_probability: Floats
    outlooks: tuple[Outlook, ...]
    spending: tuple[SpendOutlook, ...] = ()


@dataclass(frozen=True)
class Spending:
    """What ``fit_amounts`` found, and the amounts of the customers that are scored."""

    parameters: Parameters
    amounts: Amounts


MODELS: Mapping[str, Model] = {
    "pareto_nbd": ParetoNbd(),
    "bg_nbd": RenewalModel(may_leave_at_once=False, most_phases=1),
    "mbg_cnbd_k": RenewalModel(may_leave_at_once=True, most_phases=MOST_PHASES),
    "bg_bb": BgBb(),
}


def fit(model: str, histories: Histories, log_gaps: float | None = None) -> Fit:
    """``model`` (a key of ``MODELS``) fitted to ``histories`` by maximum likelihood.

    ``log_gaps``, the sum over all repeat orders of the natural logarithm of the time since the order
    before, tells ``mbg_cnbd_k`` how regular orders are; without it k is estimated from recency and age,
    which tell less. Gates: those of ``likelihood.maximise``, and ``repeat_customers``. ``parameters`` are
    floats by name, or none where a gate fails. The rows' order does not matter.
    """
    read = counted(histories) if MODELS[model].has_cells else counted(histories, exact=len(histories))
    again = float(read.customers[read.histories.frequency > 0].sum())
    gate = at_least("repeat_customers", again, FEWEST)
    if not gate.passed:
        return Fit(None, (gate,), round(read.total))
    found = MODELS[model].fit(read, log_gaps)
    return replace(found, gates=(gate, *found.gates), notes=found.notes | {"histories": len(read.customers)})


def score(
    model: str,
    parameters: Parameters,
    histories: Histories,
    horizons: Sequence[float],
    spending: Spending | None = None,
    interval: float = INTERVAL,
) -> Scores:
    """``histories`` by the ``parameters`` of a fit of ``model``, over ``horizons`` in the unit of their time.

    With ``spending``, what they will spend as well. ``interval`` is the nominal probability of intervals:
    ``Record.interval_level`` where a choice was made. A customer is scored alone: others do not matter.
    """
    where = np.flatnonzero(histories.known)
    alive = np.full(len(histories), np.nan)
    outlooks = [_empty(Outlook, horizon, len(histories)) for horizon in horizons]
    spent = [_empty(SpendOutlook, horizon, len(histories)) for horizon in horizons if spending]
    table = SumsTable(spending.parameters, spending.amounts.orders) if spending else None
    for begin in range(0, len(where), _BLOCK):
        block = where[begin : begin + _BLOCK]
        some = histories.taken(block)
        alive[block] = MODELS[model].alive(parameters, some)
        for position, horizon in enumerate(horizons):
            outlook = MODELS[model].outlook(parameters, some, alive[block], horizon, interval)
            _put(outlooks[position], block, outlook)
            if spending and table:
                law = _law(model, parameters, some, alive[block], horizon)
                _put(
                    spent[position],
                    block,
                    spend(table, spending.amounts.taken(block), outlook, law, interval),
                )
    return Scores(alive, tuple(outlooks), tuple(spent))


def _law(model: str, parameters: Parameters, histories: Histories, alive: Floats, horizon: float) -> AtLeast:
    def at_least(which: Integers, orders: Floats) -> Floats:
        return MODELS[model].at_least(parameters, histories.taken(which), alive[which], horizon, orders)

    return at_least


Some = TypeVar("Some", Outlook, SpendOutlook)


def _empty(kind: type[Some], horizon: float, customers: int) -> Some:
    return kind(horizon, *(np.full(customers, np.nan) for _ in fields(kind)[1:]))


def _put(whole: Some, where: Integers, part: Some) -> None:
    for field in fields(whole)[1:]:
        getattr(whole, field.name)[where] = getattr(part, field.name)
