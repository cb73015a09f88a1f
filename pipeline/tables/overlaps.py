"""Tables of where the customers of one scheme are in the others.

Belongs here: lists of columns. Does not belong here: their meaning (``fields``), or how customers are counted
(``segments``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import table

SEGMENT_OVERLAP = table(
    "segments",
    "overlap",
    "one segment, or status, of a scheme and one of another: how many customers are in both, and how many times as "
    "many as by chance",
    "period scheme state other_scheme other_state",
    (f.period, f.scheme, f.state, f.other_scheme, f.other_state, f.shared_count, f.shared_share, f.lift),
)
SCHEME_OVERLAP = table(
    "segments",
    "scheme_overlap",
    "one scheme and another: how closely the segments of the two go together",
    "period scheme other_scheme",
    (f.period, f.scheme, f.other_scheme, f.placed_in_both_count, f.cramers_v),
    "cramers_v",
)
