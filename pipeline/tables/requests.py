"""The table of what operations asked of versions by hand.

Belongs here: lists of columns. Does not belong here: what comes of a request (``segments.versions``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import TEXT, Field, table

request = Field("request", TEXT, "What was asked for: a fit beside the cadence, or an earlier version in force again.", values=("refit", "rollback"), zh="所要求的操作：在周期安排之外重新拟合，或重新启用较早的版本。")

VERSION_REQUESTS = table(
    "models",
    "version_requests",
    "one scheme that is to be fitted, or to go back to an earlier version, in the period",
    "period scheme",
    (f.period, f.scheme, request, f.scheme_version),
    "scheme_version",
)
