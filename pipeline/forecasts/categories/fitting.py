"""Fitting the next new category: through the gate, with the record that says why.

Belongs here: its row of ``FORECAST_VERSIONS``. Does not belong here: models and gates of pairs
(``models.category``, ``models.probability``), training sets (``training``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.forecasts.categories import training
from pipeline.forecasts.fitting import Plan, after, carried, notes
from pipeline.forecasts.new_category import AT_LEAST, HORIZON, METHODS, NAME, NEEDS, READS
from pipeline.forecasts.training import History, read_history
from pipeline.models.category.target import NEW_CATEGORY, told_first
from pipeline.models.fitting import Earned, Fit, Gate, at_least, at_most
from pipeline.models.probability import gate, measures
from pipeline.models.probability.target import TriedProbability
from pipeline.models.rolling import FORECAST, Rolling
from pipeline.tables.zones import FORECAST_VERSIONS

_PLAIN = [one.name for one in METHODS if one.is_plain]


@dataclass(frozen=True)
class Limits:
    """Candidates of which something is told: ``most`` categories, each of ``fewest`` customers."""

    most: int
    fewest: int


def is_told(plan: Plan) -> bool:
    """Whether the sources give categories of goods."""
    return NEEDS.name in plan.givable


def fit_new_category(
    features: ir.Table,
    categories: ir.Table | None,
    versions_before: pa.Table | None,
    plan: Plan,
    most_categories: int,
) -> pa.Table:
    """The version in force in the period: ``FORECAST_VERSIONS``, one row.

    ``features`` are ``CUSTOMER_FEATURES`` and ``categories`` ``CUSTOMER_CATEGORIES`` of the last periods,
    this one included (none: the project has none), read only when a fit is due; ``versions_before`` is what
    there was for the period before (none in the first).
    """
    before = [] if versions_before is None else versions_before.to_pylist()
    champion = next((row for row in before if row["forecast"] == NAME), None)
    row = carried(NAME, champion, plan, is_told(plan) and categories is not None)
    if categories is not None and is_told(plan) and plan.is_due(row["parameters"] is not None):
        history = read_history(
            features,
            [READS],
            plan.calendar,
            plan.first_period,
            plan.periods,
            plan.retention_days,
            plan.most_rows,
        )
        limits = Limits(most_categories, plan.min_customers)
        fit = fit_history(history, training.read_bought(categories, history), plan, limits)
        row = after(row, NAME, fit, plan)
    return pa.Table.from_pylist([row], schema=FORECAST_VERSIONS.schema)


def fit_history(history: History, bought: training.Bought, plan: Plan, limits: Limits) -> Fit:
    """The fit on all that is known, if its record earns it; ``notes`` hold the record."""
    here = history.first_place + len(history.periods) - 1
    rolling = rolling_of(history, bought, plan, limits)
    found, record = tried(rolling, here)
    past = rolling.past(here)
    customers = sum(len(one.frame) for one in past)
    names = training.candidates(bought.lately[-1], limits.most, limits.fewest)
    missed = training.missed_share(history, bought, limits.most, limits.fewest)
    said = {"candidates": len(names), "bought_anew_elsewhere_share": missed}
    if found.method is None or customers < plan.min_customers or not names:
        told = notes(None, False, found.baseline_gates, record, plan.period)
        return Fit(None, found.gates, customers, told | said)
    is_baseline = found.method != FORECAST
    methods = {one.name: one for one in METHODS}
    chosen = methods[found.method] if is_baseline else rolling.chosen(here)
    parameters = {
        "method": chosen.name,
        "kind": "category",
        "categories": names,
        "models": rolling.models(chosen, here),
        **rolling.calibration(chosen, here, is_right=is_baseline),
        "at_least": dict(AT_LEAST),
    }
    others = found.gates if is_baseline else found.baseline_gates
    told = notes(chosen.name, is_baseline, others, record, plan.period)
    return Fit(parameters, found.baseline_gates if is_baseline else found.gates, customers, told | said)


def rolling_of(
    history: History, bought: training.Bought, plan: Plan, limits: Limits
) -> Rolling[TriedProbability]:
    """The rolling origin over the periods of ``history``."""
    every = training.origins(history, bought, limits.most, limits.fewest)
    return Rolling(every, HORIZON, METHODS, NEW_CATEGORY, plan.seed)


def tried(rolling: Rolling[TriedProbability], here: int) -> tuple[Earned, list[TriedProbability]]:
    """What the record at period number ``here`` earns, and the record: of all pairs; over all origins with
    the share of customers who bought the category that was told likeliest."""
    record = rolling.record(here)
    first = {one.method: told_first(rolling, one.method, here) for one in record if one.period is None}
    hits = {name: float(came.mean()) if len(came) else None for name, (_, came) in first.items()}
    whole = [replace(one, hit_share=hits[one.method]) if one.period is None else one for one in record]
    also = _of_first(first[FORECAST], hits) if FORECAST in first else ()
    return gate.earned(whole, _PLAIN, also), whole


def _of_first(told: tuple[Any, Any], hits: Mapping[str, float | None]) -> Sequence[Gate]:
    """Gates of what is told in the end, the likeliest category: bought as often as what the best baseline
    names, and as often as is said."""
    said, came = told
    best = max(hits[name] or 0.0 for name in _PLAIN)
    beyond = measures.calibration_error(said, came) - measures.calibration_noise(said)
    return (
        at_least("hit_share_over_best_baseline", round((hits[FORECAST] or 0.0) - best, 6), 0.0),
        at_most("told_calibration_error_beyond_chance", round(beyond, 6), gate.MOST_CALIBRATION_ERROR),
    )
