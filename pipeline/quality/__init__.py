"""Quality: what the contracts promise, checked of stored tables.

Belongs here: rules from contracts, and two ways to check them: Great Expectations for what comes from
outside or goes to readers, queries for inner tables. Does not belong here: rules that set single rows aside
(``clean``), or Dagster's checks (``assets.lib``).
"""

from pipeline.quality.engine_side import validate_in_engine
from pipeline.quality.proven import unproven
from pipeline.quality.rules import GROUPS, KINDS, Outcome, Rule, outcomes, rules
from pipeline.quality.suites import validate

__all__ = [
    "GROUPS",
    "KINDS",
    "Outcome",
    "Rule",
    "outcomes",
    "rules",
    "unproven",
    "validate",
    "validate_in_engine",
]
