"""The models of orders by name, and what is the same for all: ``fit`` in refits, ``score`` whenever.

Belongs here: the list, the choice of k, putting together. Does not belong here: any formula.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np

from pipeline.models.fitting import Fit, at_least
from pipeline.models.frame import Floats, Integers
from pipeline.models.lifetime import pareto_nbd, phases
from pipeline.models.lifetime.histories import Counted, Histories, coarser, counted
from pipeline.models.lifetime.likelihood import FEWEST, maximise
from pipeline.models.lifetime.outlook import Outlook, ends
from pipeline.models.lifetime.renewals import NAMES, Renewals, of_times

#: Phases an order that are tried at most: of six the times between orders vary by 41% about their mean;
#: who is more regular than that has a subscription (``bg_bb``).
MOST_PHASES = 6
#: The starts are tried on so coarse cells.
_ROUGH = 20
#: Customers scored at a time: their numbers stay in the processor's cache.
_BLOCK = 32_768


@dataclass(frozen=True)
class Scores:
    """Probability alive at as_of, and an ``Outlook`` a horizon; one element a customer, NaN if unknown."""

    alive_probability: Floats
    outlooks: tuple[Outlook, ...]


class Model(Protocol):
    """A model of orders; ``parameters`` are what its fit gave."""

    def fit(self, counted: Counted, log_gaps: float | None) -> Fit:
        """By maximum likelihood."""

    def alive(self, parameters: Mapping[str, float], histories: Histories) -> Floats:
        """Probability that a customer has not left."""

    def outlook(
        self, parameters: Mapping[str, float], histories: Histories, alive: Floats, horizon: float
    ) -> Outlook:
        """What is ordered within ``horizon``."""

    def at_least(
        self,
        parameters: Mapping[str, float],
        histories: Histories,
        alive: Floats,
        horizon: float,
        orders: Floats,
    ) -> Floats:
        """Probability of so many ``orders``, 1 or more, or more within ``horizon``."""


@dataclass(frozen=True)
class _RenewalModel:
    may_leave_at_once: bool
    most_phases: int

    def fit(self, counted: Counted, log_gaps: float | None) -> Fit:
        best: Fit | None = None
        tried: list[float] = []
        for k in range(1, self.most_phases + 1):
            found = self._fit(k, counted, log_gaps)
            tried.append(found.notes.get("log_likelihood", -np.inf))
            if best is not None and tried[-1] <= tried[-2]:
                break
            best = found
        assert best is not None
        return replace(best, notes=best.notes | {"log_likelihood_by_phases": tried})

    def _fit(self, k: int, counted: Counted, log_gaps: float | None) -> Fit:
        renewals, rough = Renewals(k, self.may_leave_at_once), coarser(counted, _ROUGH)
        found = maximise(
            NAMES,
            lambda parameters: renewals.log_likelihood(parameters, counted),
            renewals.starts(counted),
            counted.total,
            lambda parameters: renewals.log_likelihood(parameters, rough),
        )
        if "log_likelihood" not in found.notes:
            return found
        whole = found.notes["log_likelihood"] + of_times(k, counted, log_gaps)
        parameters = found.parameters and found.parameters | {"k": float(k)}
        return replace(found, parameters=parameters, notes=found.notes | {"log_likelihood": whole})

    def alive(self, parameters: Mapping[str, float], histories: Histories) -> Floats:
        renewals = Renewals(int(parameters["k"]), self.may_leave_at_once)
        return renewals.alive(_vector(parameters, NAMES), histories)

    def outlook(
        self, parameters: Mapping[str, float], histories: Histories, alive: Floats, horizon: float
    ) -> Outlook:
        return phases.outlook(self._there(parameters, histories, alive), horizon)

    def at_least(
        self,
        parameters: Mapping[str, float],
        histories: Histories,
        alive: Floats,
        horizon: float,
        orders: Floats,
    ) -> Floats:
        return phases.at_least(self._there(parameters, histories, alive), horizon, orders)

    def _there(self, parameters: Mapping[str, float], histories: Histories, alive: Floats) -> phases.Alive:
        k, x = int(parameters["k"]), histories.frequency
        return phases.Alive(
            alive,
            parameters["r"] + k * x,
            parameters["alpha"] + histories.age,
            histories.age - histories.recency,
            parameters["a"],
            parameters["b"] + x + self.may_leave_at_once,
            k,
        )


class _ParetoModel:
    def fit(self, counted: Counted, log_gaps: float | None) -> Fit:
        rough = coarser(counted, _ROUGH)
        return maximise(
            pareto_nbd.NAMES,
            lambda parameters: pareto_nbd.log_likelihood(parameters, counted),
            pareto_nbd.starts(counted),
            counted.total,
            lambda parameters: pareto_nbd.log_likelihood(parameters, rough),
        )

    def alive(self, parameters: Mapping[str, float], histories: Histories) -> Floats:
        return pareto_nbd.alive(_vector(parameters, pareto_nbd.NAMES), histories)

    def outlook(
        self, parameters: Mapping[str, float], histories: Histories, alive: Floats, horizon: float
    ) -> Outlook:
        def reached(which: Integers, orders: Floats) -> Floats:
            return self.at_least(parameters, histories.taken(which), alive[which], horizon, orders)

        first = self.at_least(parameters, histories, alive, horizon, np.ones(len(histories)))
        mean = alive * pareto_nbd.expected(_vector(parameters, pareto_nbd.NAMES), histories, horizon)
        return Outlook(horizon, mean, 1.0 - first, *ends(reached, first))

    def at_least(
        self,
        parameters: Mapping[str, float],
        histories: Histories,
        alive: Floats,
        horizon: float,
        orders: Floats,
    ) -> Floats:
        values = _vector(parameters, pareto_nbd.NAMES)
        return alive * pareto_nbd.at_least(values, histories, horizon, orders)


_COLUMNS = tuple(field.name for field in fields(Outlook) if field.name != "horizon")

MODELS: Mapping[str, Model] = {
    "pareto_nbd": _ParetoModel(),
    "bg_nbd": _RenewalModel(may_leave_at_once=False, most_phases=1),
    "mbg_cnbd_k": _RenewalModel(may_leave_at_once=True, most_phases=MOST_PHASES),
}


def fit(model: str, histories: Histories, log_gaps: float | None = None) -> Fit:
    """``model`` (a key of ``MODELS``) fitted to ``histories`` by maximum likelihood.

    ``log_gaps``, the sum over all repeat orders of the natural logarithm of the time since the order
    before, tells ``mbg_cnbd_k`` how regular orders are; without it k is estimated from recency and age,
    which tell less. Gates: those of ``likelihood.maximise``, and ``repeat_customers``. ``parameters`` are
    floats by name, or none where a gate fails. The rows' order does not matter.
    """
    read = counted(histories)
    again = float(read.customers[read.histories.frequency > 0].sum())
    gate = at_least("repeat_customers", again, FEWEST)
    if not gate.passed:
        return Fit(None, (gate,), round(read.total))
    found = MODELS[model].fit(read, log_gaps)
    return replace(found, gates=(gate, *found.gates), notes=found.notes | {"histories": len(read.customers)})


def score(
    model: str, parameters: Mapping[str, float], histories: Histories, horizons: Sequence[float]
) -> Scores:
    """``histories`` by the ``parameters`` of a fit of ``model``, over ``horizons`` in the unit of their time.

    A customer is scored alone: others do not matter.
    """
    known = histories.known
    read = histories if known.all() else histories.taken(known)
    columns = np.full((1 + len(_COLUMNS) * len(horizons), len(known)), np.nan)
    where = np.flatnonzero(known)
    for begin in range(0, len(where), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        some = read.taken(block)
        alive = MODELS[model].alive(parameters, some)
        rows = [alive]
        for horizon in horizons:
            one = MODELS[model].outlook(parameters, some, alive, horizon)
            rows += [getattr(one, column) for column in _COLUMNS]
        columns[:, where[block]] = rows
    starts = range(1, len(columns), len(_COLUMNS))
    outlooks = [
        Outlook(horizon, *columns[start : start + len(_COLUMNS)])
        for horizon, start in zip(horizons, starts, strict=True)
    ]
    return Scores(columns[0], tuple(outlooks))


def _vector(parameters: Mapping[str, float], names: Sequence[str]) -> Floats:
    return np.array([parameters[name] for name in names])
