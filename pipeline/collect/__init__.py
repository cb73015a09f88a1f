"""Collect: sources into raw rows, every value kept as it came.

Belongs here: connectors, lookups, which period a row is accounted to, which rows are new. Does
not belong here: typing, normalising or judging values (``clean``).
"""

from pipeline.collect.collecting import Changes, changes, collect, with_added
from pipeline.collect.exclusions import condition_cautions, unknown_numbers
from pipeline.collect.fingerprints import column_types, fingerprint, lookups_fingerprint
from pipeline.collect.parts import Part
from pipeline.collect.placing import is_snapshot, place
from pipeline.collect.reading import SourceRows, read_rows, read_source
from pipeline.collect.readings import Reading
from pipeline.collect.sharing import Shared
from pipeline.collect.silence import accounts_of, silent_profiles
from pipeline.collect.summaries import SourceSummary, summary, summary_of

__all__ = [
    "Changes",
    "Part",
    "Reading",
    "Shared",
    "SourceRows",
    "SourceSummary",
    "accounts_of",
    "changes",
    "collect",
    "column_types",
    "condition_cautions",
    "fingerprint",
    "is_snapshot",
    "lookups_fingerprint",
    "place",
    "read_rows",
    "read_source",
    "silent_profiles",
    "summary",
    "summary_of",
    "unknown_numbers",
    "with_added",
]
