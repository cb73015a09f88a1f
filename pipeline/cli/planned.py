"""``segments show plan``: whom each action contacts after a period, and what it has earned so far.

Belongs here: a row an action, from the publication. Does not belong here: choosing and measuring (``plans``).
"""

from typing import Any

import pyarrow.parquet as pq

from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.publish.contracts import ACTION_PLAN, ACTION_RESULTS
from pipeline.publish.manifest import published_folder, table_file
from pipeline.settings import Project
from pipeline.tables.plans import ALL

_STATUSES = {"contact": "contact_now", "hold_out": "hold_out_now", "not_selected": "not_selected_now"}
_EARNED = ("effect_value", "effect_lower_value", "effect_upper_value", "net_gain_amount", "leaked_share")
_VERDICT = "action_verdict"
#: What of ``action_listing`` is shown to people; programs get all.
LISTED_ACTIONS = ("action", "contact_now", "hold_out_now", "effect_value", "net_gain_amount", _VERDICT)


def action_listing(project: Project, period: str) -> list[dict[str, Any]]:
    """Each action in the order of its priority: customers of the plan of ``period`` by status, how many were
    followed to the end, and what contacts brought.

    Raises ``InputError`` where nothing was planned.
    """
    folder = published_folder(Lake(project.lake_path))
    files = [table_file(folder, one.name, period) for one in (ACTION_PLAN, ACTION_RESULTS)]
    if not all(one.is_file() for one in files):
        raise InputError(
            f"segments show plan of {period}",
            "nothing was planned in it",
            "a project with actions: action_plan in its settings",
            "See docs/plan.md, then segments run.",
        )
    plan, results = (pq.read_table(one, partitioning=None) for one in files)
    counted = plan.group_by(["action", "plan_status"]).aggregate([("customer_id", "count")]).to_pylist()
    counts = {(one["action"], one["plan_status"]): one["customer_id_count"] for one in counted}
    together = {
        one["action"]: one
        for one in results.to_pylist()
        if (one["chosen_period"], one["effect_group"]) == (ALL, ALL)
    }
    order = [one.name for one in project.action_plan.actions]
    return [
        {"action": name}
        | {column: counts.get((name, status), 0) for status, column in _STATUSES.items()}
        | {"followed": row["contact_count"], "followed_hold_out": row["hold_out_count"]}
        | {column: row[column] for column in (*_EARNED, _VERDICT)}
        for name, row in sorted(together.items(), key=lambda one: _place(order, one[0]))
    ]


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
