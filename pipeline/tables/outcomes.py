"""Tables of what came of segments.

Belongs here: lists of columns. Does not belong here: their meaning (``fields``), or how outcomes are worked out
(``segments``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import table

SEGMENT_OUTCOMES = table(
    "segments",
    "outcomes",
    "one segment, or status, of a scheme some periods ago: what its customers have done since",
    "period scheme state horizon_periods",
    (
        f.period, f.segment_period, f.horizon_periods, f.scheme, f.state, f.followed_count,
        f.silent_share, f.stayed_share, f.mean_orders_count, f.mean_net_amount,
    ),
    "silent_share stayed_share mean_orders_count mean_net_amount",
)
SCHEME_OUTCOMES = table(
    "segments",
    "scheme_outcomes",
    "one scheme some periods ago: how much of what customers have spent since its segments tell apart, beside a plain "
    "baseline",
    "period scheme horizon_periods",
    (
        f.period, f.segment_period, f.horizon_periods, f.scheme, f.followed_count,
        f.explained_share, f.baseline_explained_share,
    ),
    "explained_share baseline_explained_share",
)
