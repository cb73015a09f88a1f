"""The table of how much customers move in each scheme, beside what chance alone would move.

Belongs here: lists of columns. Does not belong here: their meaning (``fields``), or who moved (``zones.MOVES``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import table

SCHEME_MOVES = table(
    "drift",
    "scheme_moves",
    "one scheme: how many of the customers of the period before have moved, beside how many would if nobody changed",
    "period scheme",
    (
        f.period, f.scheme, f.scheme_version, f.in_both_count, f.moved_count, f.moved_share, f.moved_behaviour_share,
        f.noise_floor_share, f.noise_floor_error, f.noise_floor_customers_count, f.noise_floor_period,
    ),
    "scheme_version moved_share moved_behaviour_share noise_floor_share noise_floor_error noise_floor_customers_count "
    "noise_floor_period",
)
