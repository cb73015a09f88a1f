"""A company with known truth: sources as real systems write them, and apart from them the truth.

Belongs here: persons, their accounts and what they do, the trouble planted into the rows, the
files and databases, and what is known of all of it. Does not belong here: anything that the
pipeline does with such a company; tests and benchmarks alone compare the two.
"""

from pipeline.simulate.expected import expected_accounts, expected_rules
from pipeline.simulate.plan import LANGUAGES, Plan
from pipeline.simulate.simulating import simulate

__all__ = ["LANGUAGES", "Plan", "expected_accounts", "expected_rules", "simulate"]
