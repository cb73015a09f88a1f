"""Collect: sources into raw rows, every value kept as it came.

Belongs here: connectors, lookups, which period a row is accounted to, which rows are new. Does
not belong here: typing, normalising or judging values (``clean``).
"""

from pipeline.collect.collecting import collect
from pipeline.collect.fingerprints import fingerprint
from pipeline.collect.reading import read_source
from pipeline.collect.summaries import SourceSummary, summary

__all__ = ["SourceSummary", "collect", "fingerprint", "read_source", "summary"]
