"""Versions: when a model is fitted, and whether a challenger replaces the champion.

Belongs here: warm-up and cadence, the decision on a fit, what a version's row says: the same for
everything that is fitted and frozen. Does not belong here: any fit, or a gate that only one kind of
model knows.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from pipeline.models.fitting import Fit
from pipeline.models.parameters import to_json

Decision = Literal["accepted", "unchanged", "refused"]


def is_fit_due(periods_seen: int, warm_up: int, every: int | None, has_champion: bool) -> bool:
    """Whether a model is fitted once ``periods_seen`` periods have been: first after the warm-up, then at
    the cadence. A first fit that failed is tried again in every period."""
    since_warm_up = periods_seen - warm_up
    if since_warm_up < 0:
        return False
    if not has_champion:
        return True
    return every is not None and since_warm_up > 0 and since_warm_up % every == 0


def decision(fit: Fit, champion: str | None) -> Decision:
    """What becomes of a fit beside the frozen parameters of the champion, if there is one."""
    if fit.parameters is None or not all(gate.passed for gate in fit.gates):
        return "refused"
    return "unchanged" if to_json(fit.parameters) == champion else "accepted"


def after_fit(
    kept: Mapping[str, Any], name: str, fit: Fit, period: str, seed: int, column: str = "scheme_version"
) -> dict[str, Any]:
    """The row of the version in force after ``fit`` in ``period``.

    ``kept`` is the row that is carried forward; a fit that is accepted becomes the version
    ``name@period``, in ``column``. Either way ``gates`` says what was measured and decided.
    """
    decided = decision(fit, kept["parameters"])
    gates = {"period": period, "decision": decided, "gates": [asdict(one) for one in fit.gates]} | fit.notes
    if decided != "accepted":
        return {**kept, "gates": to_json(gates)}
    return {
        **kept,
        column: f"{name}@{period}",
        "status": "assigned",
        "fitted_period": period,
        "is_refit": True,
        "customers_fitted_count": fit.customers,
        "seed": seed,
        "parameters": to_json(fit.parameters),
        "gates": to_json(gates),
    }
