"""Watching change: who moved and why, what customers look like now, what is unusual about it.

Belongs here: the movement ledger (``movement``, ``doubt``, ``scheme_moves``), stays in segments (``stays``),
profiles of features and of the segment mix (``profiling`` on ``counting`` and ``binning``), findings with
verdicts (``assessment`` on ``feature_changes``, ``flow_changes``, ``measures``, ``comparability``,
``verdicts``).
Does not belong here: assigning segments, computing features, or whether sources are whole (``health``).
"""

from pipeline.drift.assessment import findings
from pipeline.drift.doubt import ill_sources, in_doubt
from pipeline.drift.movement import flows, imbalance, moves, uncaused
from pipeline.drift.places import Places
from pipeline.drift.profiling import profiles
from pipeline.drift.scheme_moves import carried, measured, scheme_moves
from pipeline.drift.stays import ended_stays, stays

__all__ = [
    "Places",
    "carried",
    "ended_stays",
    "findings",
    "flows",
    "ill_sources",
    "imbalance",
    "in_doubt",
    "measured",
    "moves",
    "profiles",
    "scheme_moves",
    "stays",
    "uncaused",
]
