"""Clean: raw rows into typed, normalised, deduplicated entities; the rest set aside with reasons.

Belongs here: typing by contract, rules of quarantine, duplicates, row accounts (law L1). Does
not belong here: reading sources (``collect``), expectation suites (``quality``).
"""

from pipeline.clean.accounts import row_accounts
from pipeline.clean.cleaning import Cleaned, clean
from pipeline.clean.exclusions import listed_accounts

__all__ = ["Cleaned", "clean", "listed_accounts", "row_accounts"]
