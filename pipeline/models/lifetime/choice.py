"""Which model is published: the one that told best what happened afterwards, if it beats what is plain.

A model is fitted to histories as they were at a cut, and tells orders up to a horizon after it, which has
passed since. Likelihood within the sample decides nothing: BG/NBD fits CDNOW better than Pareto/NBD and tells
the next 39 weeks worse.

Belongs here: baselines, measures, the choice. Does not belong here: where histories of an earlier period come
from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats
from pipeline.models.lifetime.histories import Histories
from pipeline.models.lifetime.model import Parameters
from pipeline.models.lifetime.models import MODELS, Scores, fit, score
from pipeline.models.lifetime.outlook import INTERVAL, lower_tail, upper_tail

#: Baselines: the customer's own past rate; the rate of its segment, and without segments of all.
PAST_FREQUENCY, SEGMENT_MEAN = "past_frequency", "segment_mean"
#: The share of customers whose being found is measured.
_TOP = 0.1
#: A challenger must be better by so many standard errors of the difference: below, noise decides, and what
#: is published would change with every refit (L11).
_SURE = 1.0
#: A forecast that varies by less than this share of itself is constant.
_CONSTANT = 1e-9
#: The level of intervals is found within 1/4096.
_HALVINGS = 12


@dataclass(frozen=True)
class Record:
    """How well orders after the cut were told.

    ``name`` is a model or a baseline. ``mean_squared_error`` decides: of all forecasts the mean has the least
    (the absolute error prefers the median: of orders often 0). ``correlation`` is Pearson's, NaN for a
    constant forecast; ``top_share`` the share of the actually best tenth that is in the forecast best tenth;
    ``total_ratio`` the forecast total by the actual one. Of models also ``interval_share``, customers whose
    orders were inside the 80% interval, beside what the model states, ``interval_probability``; and
    ``interval_level``, the nominal probability of intervals that would have held 80%: customers change in
    ways that a model has not, so it is more than .8 as a rule. With it intervals are to be scored.
    """

    name: str
    customers: int
    mean_squared_error: float
    mean_absolute_error: float
    correlation: float
    top_share: float
    total_ratio: float
    interval_share: float | None = None
    interval_probability: float | None = None
    interval_level: float | None = None


@dataclass(frozen=True)
class Choice:
    """What is published: ``name``, of a model, or of a baseline where no model beats it, and why.

    ``records`` are of all models that could be fitted, and the baselines; ``fits`` of the models tried,
    at the cut: who publishes fits the chosen one anew to today's histories.
    """

    name: str
    records: tuple[Record, ...]
    fits: Mapping[str, Fit]

    @property
    def is_model(self) -> bool:
        """Whether a model was chosen."""
        return self.name in self.fits


def choose(
    histories: Histories,
    orders: Floats,
    horizon: float,
    models: Sequence[str] = ("pareto_nbd", "bg_nbd", "mbg_cnbd_k"),
    segments: NDArray[np.generic] | None = None,
    in_force: str | None = None,
    log_gaps: float | None = None,
) -> Choice:
    """The best of ``models`` if it tells better than the baselines how many ``orders`` came after the cut.

    ``histories`` are as of the cut, ``orders`` those within ``horizon`` after it, of the same customers.
    ``segments`` are labels as of the cut, ``log_gaps`` as for ``fit``. A model is considered where its gates
    pass and its squared error is below that of every baseline. What is ``in_force`` stays unless another is
    better by a standard error of the paired difference. Unknown histories are left out. Raises ``ValueError``
    for arrays of unequal length, or where nobody is known.
    """
    if len(orders) != len(histories) or (segments is not None and len(segments) != len(histories)):
        raise ValueError("histories, orders and segments differ in length")
    known = histories.known & ~np.isnan(orders)
    if not known.any():
        raise ValueError("no customer whose history and orders are known")
    seen, actual = histories.taken(known), orders[known]
    of = (
        np.zeros(len(actual), np.int64)
        if segments is None
        else np.unique(segments[known], return_inverse=True)[1]
    )
    told = baselines(seen, horizon, of)
    records = {name: measured(name, forecast, actual) for name, forecast in told.items()}
    fits = {model: fit(model, seen, log_gaps) for model in models}
    for model, found in fits.items():
        if found.parameters is None:
            continue
        scores = score(model, found.parameters, seen, [horizon])
        told[model] = scores.outlooks[0].expected_orders
        record = measured(model, told[model], actual)
        records[model] = _with_intervals(record, found.parameters, seen, actual, scores)
    plain = (PAST_FREQUENCY, SEGMENT_MEAN)
    errors = {name: record.mean_squared_error for name, record in records.items()}
    able = [name for name in fits if name in errors and errors[name] < min(errors[one] for one in plain)]
    best = min(able or plain, key=lambda name: (errors[name], name))
    stays = in_force in able and in_force != best
    if stays and in_force and not _is_surely_better(told[best], told[in_force], actual):
        best = in_force
    return Choice(best, tuple(records.values()), fits)


def baselines(histories: Histories, horizon: float, segment: NDArray[np.int64]) -> dict[str, Floats]:
    """Orders within ``horizon`` by the customer's own past rate, and by the pooled rate of its segment.

    Of who is of no age, its own rate is the pooled one.
    """
    rates = np.bincount(segment, histories.frequency) / np.maximum(np.bincount(segment, histories.age), 1e-12)
    pooled = rates[segment] * horizon
    own = histories.frequency / np.where(histories.age > 0, histories.age, 1.0) * horizon
    return {PAST_FREQUENCY: np.where(histories.age > 0, own, pooled), SEGMENT_MEAN: pooled}


def measured(
    name: str,
    forecast: Floats,
    actual: Floats,
) -> Record:
    """The record of ``forecast`` against ``actual``; ties of the best tenth are kept in the rows' order."""
    tenth = max(1, round(len(actual) * _TOP))
    best, told = (set(np.argsort(-one, kind="stable")[:tenth].tolist()) for one in (actual, forecast))
    varies = min(np.ptp(one) / max(np.abs(one).max(), 1e-12) for one in (forecast, actual)) > _CONSTANT
    return Record(
        name,
        len(actual),
        float(np.mean((forecast - actual) ** 2)),
        float(np.mean(np.abs(forecast - actual))),
        float(np.corrcoef(forecast, actual)[0, 1]) if varies else float("nan"),
        len(best & told) / tenth,
        float(forecast.sum() / actual.sum()) if actual.sum() > 0 else float("nan"),
    )


def _is_surely_better(challenger: Floats, champion: Floats, actual: Floats) -> bool:
    gain = (champion - actual) ** 2 - (challenger - actual) ** 2
    return bool(gain.mean() > _SURE * gain.std() / np.sqrt(len(gain)))


def _with_intervals(
    record: Record, parameters: Parameters, histories: Histories, actual: Floats, scores: Scores
) -> Record:
    (outlook,) = scores.outlooks
    is_held = (actual >= outlook.orders_low) & (actual <= outlook.orders_high)

    def at_least(orders: Floats) -> Floats:
        law = MODELS[record.name].at_least(
            parameters, histories, scores.alive_probability, outlook.horizon, np.maximum(orders, 1.0)
        )
        return np.where(orders > 0, law, 1.0)

    # Where the actual number lies in the law from above, 0 to 1: from ``beyond`` to ``reached``.
    reached, beyond = at_least(actual), at_least(actual + 1.0)
    one_or_more = 1.0 - outlook.no_order_probability

    def held(level: float) -> float:
        above = upper_tail(one_or_more, level)
        below = np.where(one_or_more > 1.0 - lower_tail(level), 1.0 - lower_tail(level), 1.0)
        inside = np.minimum(reached, below) - np.maximum(beyond, above)
        return float(np.mean(np.clip(inside, 0.0, None) / np.maximum(reached - beyond, 1e-12)))

    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if held(middle) >= INTERVAL else (middle, high)
    return replace(
        record,
        interval_share=float(is_held.mean()),
        interval_probability=float(outlook.interval_probability.mean()),
        interval_level=high,
    )
