"""Fitting forecasts: when one is due, through the gate, with the record that says why.

Belongs here: rows of ``FORECAST_VERSIONS`` and ``MODEL_BACKTESTS``. Does not belong here: models, choosing,
gates (``models.probability``), training sets (``training``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.forecasts.catalogue import FORECASTS
from pipeline.forecasts.declaration import Forecast
from pipeline.forecasts.training import History, read_history
from pipeline.models.fitting import Earned, Fit, Gate
from pipeline.models.parameters import from_json
from pipeline.models.probability import gate as probability_gate
from pipeline.models.probability.target import PROBABILITY, TriedProbability
from pipeline.models.quantity import gate as quantity_gate
from pipeline.models.quantity.target import Quantity
from pipeline.models.rolling import FORECAST, Rolling, Target, Tried
from pipeline.models.versions import after_fit, is_fit_due
from pipeline.periods import Calendar
from pipeline.tables.fields import ALL_ORIGINS
from pipeline.tables.zones import FORECAST_VERSIONS, MODEL_BACKTESTS, PROBABILITY_FIGURES, QUANTITY_FIGURES

#: Newest periods that are learned from, their outcomes among them: the seasons once round.
LEARNED_PERIODS = 12
_DECIMALS = 6
_FIGURES = [one.name for one in (*PROBABILITY_FIGURES, *QUANTITY_FIGURES)]


@dataclass(frozen=True)
class Plan:
    """When and on what forecasts are fitted: the project's calendar and ``period``, its warm-up and cadence,
    the least customers and most rows of a fit, how long customers stay in the population, and which features
    its sources give."""

    calendar: Calendar
    first_period: str
    period: str
    warm_up_periods: int
    refit_every_periods: int | None
    retention_days: float
    min_customers: int
    most_rows: int
    seed: int
    givable: Collection[str]

    @property
    def periods(self) -> list[str]:
        """Periods that are learned from, oldest first."""
        return self.calendar.between(self.first_period, self.period)[-LEARNED_PERIODS:]

    def gives(self, forecast: Forecast) -> bool:
        """Whether the sources give all that ``forecast`` needs."""
        return set(forecast.needs) <= set(self.givable)

    def days(self, forecast: Forecast) -> float:
        """Days of the horizon of ``forecast``, as periods are on average."""
        return forecast.horizon * self.calendar.mean_days

    def is_due(self, has_champion: bool) -> bool:
        """Whether forecasts are fitted in the period."""
        seen = len(self.calendar.between(self.first_period, self.period))
        return is_fit_due(seen, self.warm_up_periods, self.refit_every_periods, has_champion)


def fit_forecasts(features: ir.Table, versions_before: pa.Table | None, plan: Plan) -> pa.Table:
    """The version of every forecast in force in the period: ``FORECAST_VERSIONS``, one row a forecast.

    ``features`` are ``CUSTOMER_FEATURES`` of the last periods, this one included, read only when a fit is
    due; ``versions_before`` is what this gave for the period before (none in the first). A version whose
    record earns its name no longer is withdrawn. ``gates`` hold the record of the last fit (``backtests``).
    """
    champions = (
        {} if versions_before is None else {row["forecast"]: row for row in versions_before.to_pylist()}
    )
    rows = {
        name: carried(name, champions.get(name), plan, plan.gives(one)) for name, one in FORECASTS.items()
    }
    due = [
        one
        for name, one in FORECASTS.items()
        if plan.gives(one) and plan.is_due(rows[name]["parameters"] is not None)
    ]
    if due:
        history = read_history(
            features,
            [one.reads for one in due],
            plan.calendar,
            plan.first_period,
            plan.periods,
            plan.retention_days,
            plan.most_rows,
        )
        for one in due:
            rows[one.name] = after(rows[one.name], one.name, fit_forecast(one, history, plan), plan)
    return pa.Table.from_pylist(list(rows.values()), schema=FORECAST_VERSIONS.schema)


def backtests(versions: pa.Table, schemes: pa.Table | None = None) -> pa.Table:
    """``MODEL_BACKTESTS``: the record of the last fit of each row of ``FORECAST_VERSIONS``, and of each
    segment of those of ``schemes`` (``SCHEME_VERSIONS``) that labels teach."""
    rows = [
        {"period": version["period"], "forecast": version["forecast"]} | one
        for version in versions.to_pylist()
        if version["gates"] is not None
        for one in from_json(version["gates"])["record"]
    ]
    for version in [] if schemes is None else schemes.to_pylist():
        found = from_json(version["gates"]).get("record", {}) if version["gates"] is not None else {}
        rows += [
            {"period": version["period"], "forecast": segment} | one
            for segment, record in found.items()
            for one in record
        ]
    return pa.Table.from_pylist(rows, schema=MODEL_BACKTESTS.schema)


def fit_forecast(forecast: Forecast, history: History, plan: Plan) -> Fit:
    """The fit of ``forecast`` on all that is known, if its record earns it; ``notes`` hold the record."""
    here = history.first_place + len(history.periods) - 1
    methods = {one.name: one for one in forecast.methods(plan.days(forecast))}
    rolling, found, record = _tried(forecast, history, plan, here)
    customers = sum(len(one.frame) for one in rolling.past(here))
    gates = found.gates
    if found.method is None or customers < plan.min_customers:
        return Fit(None, gates, customers, notes(None, False, found.baseline_gates, record, plan.period))
    is_baseline = found.method != FORECAST
    chosen = methods[found.method] if is_baseline else rolling.chosen(here)
    calibration = rolling.calibration(chosen, here, is_right=is_baseline)
    if "interval" in calibration and not found.has_interval:
        calibration |= {"interval": None}
    parameters = {
        "method": chosen.name,
        "kind": forecast.kind,
        "models": rolling.models(chosen, here),
        **calibration,
        "at_least": {one.name: least for one, least in forecast.at_least.items()},
    }
    others = (*(gates if is_baseline else found.baseline_gates), *found.interval_gates)
    told = notes(chosen.name, is_baseline, others, record, plan.period)
    return Fit(parameters, found.baseline_gates if is_baseline else gates, customers, told)


def target_of(forecast: Forecast) -> Target[Any]:
    """How models of ``forecast`` are fitted, put together, set right and measured."""
    return PROBABILITY if forecast.kind == "probability" else Quantity(forecast.maximum)


def tried(forecast: Forecast, history: History, plan: Plan, here: int) -> Sequence[Tried]:
    """How the forecast and every method did at origins of ``history`` over by the end of ``here``."""
    return _tried(forecast, history, plan, here)[2]


def _tried(
    forecast: Forecast, history: History, plan: Plan, here: int
) -> tuple[Rolling[Any], Earned, Sequence[Tried]]:
    """The rolling origin at period number ``here``, what its record earns, and the record."""
    origins, methods = history.origins(forecast), forecast.methods(plan.days(forecast))
    plain = [one.name for one in methods if one.is_plain]
    rolling: Rolling[Any] = Rolling(origins, forecast.horizon, methods, target_of(forecast), plan.seed)
    record = rolling.record(here)
    gate = quantity_gate if forecast.kind == "quantity" else probability_gate
    return rolling, gate.earned(record, plain), record


def after(kept: Mapping[str, Any], name: str, fit: Fit, plan: Plan) -> dict[str, Any]:
    """The row after ``fit``. A version whose record earns its name no longer is withdrawn (law L12)."""
    row = after_fit(kept, name, fit, plan.period, plan.seed, "forecast_version")
    if fit.parameters is not None:
        return row
    gone = ("forecast_version", "fitted_period", "customers_fitted_count", "parameters")
    return row | dict.fromkeys(gone) | {"status": "insufficient_data"}


def notes(
    method: str | None, is_baseline: bool, others: Sequence[Gate], record: Sequence[Tried], period: str
) -> dict[str, Any]:
    """What is kept beside the gates: what is published, what else was asked, and the record."""
    return {
        "published": method,
        "is_baseline": is_baseline,
        "also_asked": [asdict(one) for one in others],
        "record": record_rows(record, (method if is_baseline else FORECAST) if method else None, period),
    }


def carried(name: str, champion: Mapping[str, Any] | None, plan: Plan, is_given: bool) -> dict[str, Any]:
    """The champion in force in the period, or the row of a forecast that has none.

    ``is_given``: the sources give what it needs.
    """
    empty = dict.fromkeys(FORECAST_VERSIONS.columns) | {"seed": plan.seed}
    row = empty | dict(champion or {}) | {"period": plan.period, "forecast": name, "is_refit": False}
    if not is_given:
        return row | {"status": "not_applicable"}
    return row | {"status": "insufficient_data" if row["parameters"] is None else "assigned"}


def record_rows(record: Sequence[Tried], published: str | None, period: str) -> list[dict[str, Any]]:
    """Rows of ``MODEL_BACKTESTS`` without what they are of; ``published`` is the method that is."""
    return [
        {
            "method": one.method,
            "origin_period": one.period or ALL_ORIGINS,
            "tested_period": period,
            "chosen_method": one.chosen,
            "is_published": one.method == published,
            "tested_customers_count": one.customers,
            **{name: _rounded(value) for name, value in _figures(one).items()},
        }
        for one in record
    ]


def _figures(one: Tried) -> dict[str, float | int | None]:
    """Columns of what was measured; those of the other kind of forecast are null."""
    own = {name: value for name, value in asdict(one).items() if name in _FIGURES}
    if isinstance(one, TriedProbability):
        own |= {"outcomes_count": one.events, "outcome_share": one.events / one.customers}
    return dict.fromkeys(_FIGURES) | own


def _rounded(value: float | int | None) -> float | int | None:
    return round(value, _DECIMALS) + 0.0 if isinstance(value, float) else value
