"""Collect: sources into raw rows, every value kept as it came.

Belongs here: connectors, lookups, which period a row is accounted to, which rows are new. Does
not belong here: typing, normalising or judging values (``clean``).
"""

from pipeline.collect.collecting import Changes, changes, collect, with_added
from pipeline.collect.fingerprints import column_types, fingerprint, lookups_fingerprint
from pipeline.collect.reading import read_source
from pipeline.collect.readings import Reading
from pipeline.collect.summaries import SourceSummary, summary, summary_of

__all__ = [
    "Changes",
    "Reading",
    "SourceSummary",
    "changes",
    "collect",
    "column_types",
    "fingerprint",
    "lookups_fingerprint",
    "read_source",
    "summary",
    "summary_of",
    "with_added",
]
