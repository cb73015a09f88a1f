"""Clean: raw rows into typed, normalised, deduplicated entities; the rest set aside with reasons.

Belongs here: typing by contract, rules of quarantine, duplicates, row accounts (law L1). Does
not belong here: reading sources (``collect``), expectation suites (``quality``).
"""

from pipeline.clean.accounts import row_accounts
from pipeline.clean.cleaning import Cleaned, clean
from pipeline.clean.excluding import (
    accounts_to_exclude,
    as_if_nobody_were_excluded,
    sources_looked_at,
)

__all__ = [
    "Cleaned",
    "accounts_to_exclude",
    "as_if_nobody_were_excluded",
    "clean",
    "row_accounts",
    "sources_looked_at",
]
