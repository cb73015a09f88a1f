"""Quality: expectation suites made from the contracts.

Belongs here: what Great Expectations checks of a stored table. Does not belong here: rules that
set single rows aside (``clean``), or Dagster's checks (``assets.lib``).
"""

from pipeline.quality.suites import GROUPS, Outcome, checks, validate

__all__ = ["GROUPS", "Outcome", "checks", "validate"]
