"""The table of what was asked of versions beside the cadence: by hand, or by a major finding.

Belongs here: lists of columns. Does not belong here: what comes of a request (``segments.versions``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import TEXT, Field, table

request = Field("request", TEXT, "What was asked for: a fit beside the cadence, or an earlier version in force again.", values=("refit", "rollback"), zh="所要求的操作：在周期安排之外重新拟合，或重新启用较早的版本。")

asked_by = Field("asked_by", TEXT, "Who asked: operations by hand, or a major finding of the period before.", values=("hand", "finding"), zh="由谁提出：运维人员手动，或上一周期的重大发现。")
findings_about = Field("findings_about", TEXT, "Features that the scheme reads and that had a major finding in the period before, with blanks between them.", null_meaning="none had, or a source behind them was not whole", safe_by="names of features", zh="该方案所读取、且在上一周期有重大发现的特征，以空格分隔。")

VERSION_REQUESTS = table(
    "models",
    "version_requests",
    "one scheme that is to be fitted, or to go back to an earlier version, in the period",
    "period scheme",
    (f.period, f.scheme, request, f.scheme_version, asked_by, findings_about),
    "scheme_version findings_about",
)
