"""Segments: schemes are fitted into frozen versions, versions score customers.

Belongs here: fitting, scoring, the register of segments, portraits, outcomes, how segments go on, who is
where at once, and what chance alone would move. Does not belong here: what moved between periods and why
(``drift``), or where tables are stored.
"""

from pipeline.segments.assignments import ASSIGNED, assign, columns_read, in_blocks
from pipeline.segments.explaining import Explanation, explained
from pipeline.segments.inputs import (
    first_fitted,
    periods_learned,
    placed_anew,
    refitted_schemes,
    scoring_input,
)
from pipeline.segments.noise_floor import moved_by_chance
from pipeline.segments.outcomes import HORIZONS, outcomes
from pipeline.segments.outlook import HISTORY_PERIODS, segment_forecasts
from pipeline.segments.overlap import overlaps
from pipeline.segments.portrait import portraits
from pipeline.segments.registry import register
from pipeline.segments.requests import Requests, as_asked, fitted_in, offsets, version_requests
from pipeline.segments.states import SideBySide
from pipeline.segments.versions import fit_versions

__all__ = [
    "ASSIGNED",
    "HISTORY_PERIODS",
    "HORIZONS",
    "Explanation",
    "Requests",
    "SideBySide",
    "as_asked",
    "assign",
    "columns_read",
    "explained",
    "first_fitted",
    "fit_versions",
    "fitted_in",
    "in_blocks",
    "moved_by_chance",
    "offsets",
    "outcomes",
    "overlaps",
    "periods_learned",
    "placed_anew",
    "portraits",
    "refitted_schemes",
    "register",
    "scoring_input",
    "segment_forecasts",
    "version_requests",
]
