"""What the findings of a period allow to be said of it, in one place for report, shell and command line.

Belongs here: counting verdicts, and the sentences that follow from the counts. Does not belong
here: reaching a verdict (``pipeline.drift``), the words themselves (``texts``).

*No action needed* is said only where every measurement was judged to be usual (law L12). Where a
source is not whole, that is said first: nothing it touches is called behaviour (law L13).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.publish.texts import Words
from pipeline.tables.health import ILL

SEVERE = ("major", "minor")
_QUIET = ("known", "usual", "below_floor", "cannot_tell")


@dataclass(frozen=True)
class Outcome:
    """Measurements of a period by verdict, and the sources that are not whole."""

    counts: Mapping[str, int]
    sources: tuple[str, ...]

    @property
    def measurements(self) -> int:
        """All measurements of the period."""
        return sum(self.counts.values())

    @property
    def severity(self) -> str:
        """``major``, ``minor``; ``none`` where all is as usual, ``unknown`` where that is not known."""
        if self.sources:
            return "major"
        for one in SEVERE:
            if self.counts.get(one):
                return one
        return "none" if self.measurements and self.counts.get("usual") == self.measurements else "unknown"

    def headline(self, words: Words) -> str:
        """Whether to act, in one line."""
        if self.sources:
            key = "verdict_source" if len(self.sources) == 1 else "verdict_sources"
            return words(key, sources=words("list").join(self.sources))
        if self.severity in SEVERE:
            count = self.counts[self.severity]
            key = f"verdict_{self.severity}"
            return words(f"{key}_one") if count == 1 else words(key, count=count)
        if self.severity == "none":
            return words("verdict_none")
        if not self.measurements:
            return words("verdict_nothing")
        verdict = next(one for one in ("cannot_tell", "below_floor", "known") if self.counts.get(one))
        return words(f"verdict_{verdict}", count=self.counts[verdict], measurements=self.measurements)

    def quiet(self, words: Words) -> str:
        """How many measurements that are no findings are usual, below the floors, not to be judged."""
        parts = [words(f"count_{one}", count=self.counts[one]) for one in _QUIET if self.counts.get(one)]
        return words("counts", parts=words("counts_and").join(parts)) if parts else ""

    def doubt(self, words: Words) -> str:
        """That moves are not called behaviour, and which sources are why; empty where none is."""
        if not self.sources:
            return ""
        return words("moves_doubt", sources=words("list").join(self.sources))


def ill(health: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of ``SOURCE_HEALTH`` of sources that are not whole."""
    return [row for row in health if row["source_state"] in ILL]


def outcome(findings: Iterable[Mapping[str, Any]], health: Iterable[Mapping[str, Any]] = ()) -> Outcome:
    """The outcome of a period from its rows of ``DRIFT_FINDINGS`` and of ``SOURCE_HEALTH``."""
    rows = list(findings)
    counts = Counter(_verdict(row) for row in rows)
    sources = {str(row["source"]) for row in ill(health)}
    return Outcome(dict(counts), tuple(sorted(sources)))


def _verdict(row: Mapping[str, Any]) -> str:
    """The verdict; of a finding published before there were any, what its severity allows to be said."""
    if verdict := row.get("verdict"):
        return str(verdict)
    return str(row["severity"]) if row["severity"] in SEVERE else "cannot_tell"
