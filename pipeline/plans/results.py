"""Results of actions in words and figures: what contacts earned beside the hold-out.

Belongs here: rows of ``ACTION_RESULTS``. Does not belong here: what is measured (``measuring``).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.models.rounding import told
from pipeline.plans.effects import Effect
from pipeline.plans.measuring import Followed
from pipeline.settings import Project
from pipeline.settings.actions import Action
from pipeline.tables.plans import ACTION_RESULTS, ALL

_FIELDS = {one.name: one for one in ACTION_RESULTS.fields}


def results(measured: Sequence[Followed], period: str, project: Project) -> pa.Table:
    """``ACTION_RESULTS`` of ``period``: of each action the customers together, those whose time was up in the
    period, and each group.

    A verdict is of all together: of the few of one period what chance may do to a heavy tail is not known
    well enough. Figures of fewer than ``publish.min_group_count`` customers in an arm are null.
    """
    rows: list[dict[str, Any]] = []
    for followed in measured:
        action = followed.action
        common = {
            "period": period,
            "action": action.name,
            "action_label": action.label.en,
            "action_label_zh": action.label.zh,
            "measured_outcome": action.outcome,
            "follow_periods": action.follow_periods,
        }
        rows += [common | one for one in _of_action(followed, period, project)]
    return pa.Table.from_pylist([_rounded(one) for one in rows], schema=ACTION_RESULTS.schema)


def _of_action(followed: Followed, period: str, project: Project) -> Iterator[dict[str, Any]]:
    least = project.privacy.min_group_count
    together = _figures(followed, least)
    yield together | {"chosen_period": ALL, "effect_group": ALL, "action_verdict": _verdict(followed)}
    origin = project.calendar.back(period, followed.action.follow_periods + 1)[0]
    cohort = followed.first_chosen_in(origin)
    if any(one > 0 for one in cohort.counts):
        yield _figures(cohort, least) | {"chosen_period": origin, "effect_group": ALL}
    believed, worth = followed.beliefs, followed.action.worth
    for group in sorted(set(followed.groups)):
        figures = _figures(followed.in_group(group), least)
        if believed is not None:
            one = believed.of(group)
            figures |= {
                "shrunk_effect_value": one.mean,
                "gain_probability": one.chance_above(followed.cost_each / worth),
            }
        yield figures | {"chosen_period": ALL, "effect_group": group}


def _figures(followed: Followed, least: int) -> dict[str, Any]:
    contacts, hold_outs = followed.counts
    found: dict[str, Any] = {"contact_count": contacts, "hold_out_count": hold_outs}
    effect = followed.effect
    if effect is None or min(followed.counts) < least:
        return found
    cost = followed.cost_each
    found |= {
        "contact_mean_value": effect.means[0],
        "hold_out_mean_value": effect.means[1],
        "effect_value": effect.value,
        "cost_each_amount": cost,
        "net_gain_amount": _net(effect.value, followed.action, cost, contacts),
        "reached_share": followed.reached(True),
        "leaked_share": followed.reached(False),
    }
    if not followed.is_enough:
        return found
    lower, upper = effect.interval()
    return found | {
        "effect_lower_value": lower,
        "effect_upper_value": upper,
        "net_gain_lower_amount": _net(lower, followed.action, cost, contacts),
        "net_gain_upper_amount": _net(upper, followed.action, cost, contacts),
    }


def _net(value: float, action: Action, cost: float, contacts: int) -> float:
    return contacts * (value * action.worth - cost)


def _verdict(followed: Followed) -> str:
    """What may be said of an effect on all customers together, at any time."""
    effect: Effect | None = followed.effect
    if effect is None or not followed.is_enough:
        return "cannot_tell"
    lower, upper = effect.always()
    return "earned" if lower > 0 else "lost" if upper < 0 else "no_evidence"


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: float(told(np.array([value]), _FIELDS[name])[0]) if isinstance(value, float) else value
        for name, value in row.items()
    }
