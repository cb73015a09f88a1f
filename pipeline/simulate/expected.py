"""Row accounts that the planted rows lead to, for any sequence of collections.

Belongs here: arithmetic over the truth. Does not belong here: what the pipeline found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

COUNTS = (
    "rows_read_count", "rows_kept_count", "duplicates_dropped_count", "rows_withdrawn_count",
    "rows_quarantined_count", "late_rows_count",
)  # fmt: skip
#: The rule of rows that were withdrawn.
WITHDRAWN = "deleted_or_corrected"
_DUPLICATES = ("exact_duplicate", "key_duplicate")


@dataclass(frozen=True)
class Expected:
    """Rows of one kind that are read for a period: what becomes of them, and why (none: kept)."""

    source: str
    period: str
    disposition: str
    rule: str | None
    is_late: bool
    rows_count: int


def expected_rows(
    planted: Iterable[dict[str, Any]], periods: Sequence[str], steps: Sequence[str]
) -> Iterator[Expected]:
    """Rows that a pipeline reads which collects the sources at the end of each period of ``steps``.

    ``planted`` are rows of planted.parquet, ``periods`` all keys of the company. An event is read
    when its source held it at a step; it is withdrawn when the source has a row key and no longer
    holds it at a later step; it is late when its period had been collected at a step before. A
    snapshot is read for every period that ends after the step before: all rows held at the step
    whose accounts were made by the end of the period.
    """
    number = {one: at for at, one in enumerate(periods)}
    when = [number[one] for one in steps]
    for row in planted:
        start, first = number[row["visible_period"]], number[row["period"]]
        end = number.get(row["gone_period"] or "", len(periods) + 1)
        seen = [one for one in when if start <= one < end]
        if row["is_snapshot"]:
            for step in seen:
                before = max((one for one in when if one < step), default=-1)
                for period in range(max(first, before + 1), step + 1):
                    yield _expected(row, periods[period], False, False)
        elif seen:
            is_withdrawn = row["has_row_key"] and any(one >= end for one in when)
            is_late = seen[0] > next(one for one in when if one >= first)
            yield _expected(row, periods[first], is_withdrawn, is_late)


def _expected(row: dict[str, Any], period: str, is_withdrawn: bool, is_late: bool) -> Expected:
    what, why = "kept", None
    if row["kind"] == "bad":
        what, why = "quarantined", row["rule"]
    elif row["kind"] in _DUPLICATES:
        what, why = "duplicate", row["kind"]
    elif is_withdrawn:
        what, why = "withdrawn", WITHDRAWN
    return Expected(row["source"], period, what, why, is_late, row["rows_count"])


def expected_accounts(
    planted: Iterable[dict[str, Any]], periods: Sequence[str], steps: Sequence[str]
) -> dict[tuple[str, str], dict[str, int]]:
    """For every source and period with rows: the counts of ``COUNTS`` (see ``expected_rows``)."""
    names = dict(zip(("kept", "duplicate", "withdrawn", "quarantined"), COUNTS[1:5], strict=True))
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    for one in expected_rows(planted, periods, steps):
        counts = found[one.source, one.period]
        counts["rows_read_count"] += one.rows_count
        counts[names[one.disposition]] += one.rows_count
        counts["late_rows_count"] += one.rows_count * one.is_late
    return dict(found)


def expected_rules(
    planted: Iterable[dict[str, Any]], periods: Sequence[str], steps: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Rows set aside, by source and rule (kinds of duplicates among them), over all periods."""
    found: Counter[tuple[str, str]] = Counter()
    for one in expected_rows(planted, periods, steps):
        if one.rule is not None:
            found[one.source, one.rule] += one.rows_count
    return dict(found)
