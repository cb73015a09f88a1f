"""What happened to segments, or themes, at a refit, from what is in them under the old and the new version.

Belongs here: the rules of events, on counts. Does not belong here: counting (``segments.registry``,
``texts.theme_fitting``).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Event:
    """An event of one segment, the segments that took part, and the overlap that it rests on."""

    kind: str
    related: tuple[str, ...] = ()
    overlap_share: float | None = None


#: Stands for the segment of customers who were in none before, or are in none now.
NOWHERE = ""


@dataclass(frozen=True)
class Crossing:
    """Customers by (segment under the old version, segment under the new version), same features.

    Or by (segment of the period before, segment of now), with ``NOWHERE`` for who came or went.
    """

    counts: Mapping[tuple[str, str], int]

    @cached_property
    def stayed(self) -> "Crossing":
        """The customers who were in a segment before and are in one now."""
        return Crossing({pair: count for pair, count in self.counts.items() if NOWHERE not in pair})

    @cached_property
    def old_sizes(self) -> Mapping[str, int]:
        """Customers in each segment under the old version."""
        return self._sizes(0)

    @cached_property
    def new_sizes(self) -> Mapping[str, int]:
        """Customers in each segment under the new version."""
        return self._sizes(1)

    def _sizes(self, side: int) -> Mapping[str, int]:
        sizes: defaultdict[str, int] = defaultdict(int)
        for pair, count in self.counts.items():
            sizes[pair[side]] += count
        return sizes

    def both(self, old: str, new: str) -> int:
        """Customers in ``old`` before and in ``new`` now."""
        return self.counts.get((old, new), 0)

    def either(self, old: str, new: str) -> int:
        """Customers in ``old`` before, in ``new`` now, or in both."""
        return self.old_sizes.get(old, 0) + self.new_sizes.get(new, 0) - self.both(old, new)

    def jaccard(self, old: str, new: str) -> float:
        """Overlap of an old with a new segment: both by either, 0-1."""
        either = self.either(old, new)
        return self.both(old, new) / either if either else 0.0

    def receivers(self, old: str, least: float) -> list[str]:
        """New segments that got at least the share ``least`` of ``old``, the largest first."""
        size = self.old_sizes.get(old, 0)
        shares = {new: self.both(old, new) / size for new in self.new_sizes} if size else {}
        return _largest_first(shares, least)

    def givers(self, new: str, least: float) -> list[str]:
        """Old segments that make up at least the share ``least`` of ``new``, the largest first."""
        size = self.new_sizes.get(new, 0)
        shares = {old: self.both(old, new) / size for old in self.old_sizes} if size else {}
        return _largest_first(shares, least)


def _largest_first(shares: Mapping[str, float], least: float) -> list[str]:
    enough = [one for one, share in shares.items() if share >= least]
    return sorted(enough, key=lambda one: (-shares[one], one))


def event_of(
    segment: str, old_ids: set[str], new_ids: set[str], crossing: Crossing, continued: float, related: float
) -> Event:
    """What happened to ``segment``, in ``old_ids``, ``new_ids`` or both.

    In both: continued from the Jaccard overlap ``continued``; else split when another segment
    took the share ``related`` of its customers, merged when another gave that share of them,
    else ambiguous. New: split from a segment that gave it that share of its own customers, else
    born. Gone: merged into the one segment that got that share of it, split over several, else
    retired.
    """
    if segment in old_ids and segment in new_ids:
        return _of_lasting(segment, crossing, continued, related)
    if segment in new_ids:
        overlap = max((crossing.jaccard(old, segment) for old in old_ids), default=0.0)
        if parents := [old for old in sorted(old_ids) if segment in crossing.receivers(old, related)]:
            return Event("split", tuple(parents), overlap)
        return Event("born", tuple(crossing.givers(segment, related)), overlap)
    overlap = max((crossing.jaccard(segment, new) for new in new_ids), default=0.0)
    heirs = tuple(crossing.receivers(segment, related))
    return Event({0: "retired", 1: "merged"}.get(len(heirs), "split"), heirs, overlap)


def traced_event_of(
    segment: str,
    old_ids: set[str],
    new_ids: set[str],
    by_customers: Crossing,
    by_versions: Crossing,
    continued: float,
    related: float,
) -> Event:
    """What happened to a discovered ``segment``, in ``old_ids``, ``new_ids`` or both, told by where its
    customers went.

    ``by_customers``: from the period before to now, with who came and went; ``by_versions``: the same
    customers and features under both versions. A cluster may move with its customers, or leave half of them
    behind: an old version that looks at new features cannot tell.

    In both: continued from the overlap ``continued`` of the customers who stayed; else split when a new
    segment took the share ``related`` of them, merged when one that is gone gave that share; else customers
    went from segment to segment: continued where both versions put the same customers there, else ambiguous.
    New: split from a segment that gave it that share of its customers, if these are that share of the new
    one's too, else born. Gone: merged into the one segment that got that share of its customers, split over
    several, else retired.
    """
    stayed = by_customers.stayed
    if segment in old_ids and segment in new_ids:
        overlap = stayed.jaccard(segment, segment)
        if overlap >= continued:
            return Event("continued", (), overlap)
        if children := [one for one in stayed.receivers(segment, related) if one not in old_ids]:
            return Event("split", tuple(children), overlap)
        if parents := [one for one in stayed.givers(segment, related) if one not in new_ids]:
            return Event("merged", tuple(parents), overlap)
        same = by_versions.jaccard(segment, segment)
        return Event("continued", (), same) if same >= continued else Event("ambiguous", (), overlap)
    if segment in new_ids:
        overlap = max((stayed.jaccard(old, segment) for old in old_ids), default=0.0)
        givers = [one for one in by_customers.givers(segment, related) if one in old_ids]
        parents = [one for one in givers if segment in stayed.receivers(one, related)]
        return Event("split", tuple(parents), overlap) if parents else Event("born", tuple(givers), overlap)
    overlap = max((stayed.jaccard(segment, new) for new in new_ids), default=0.0)
    heirs = tuple(one for one in by_customers.receivers(segment, related) if one != NOWHERE)
    return Event({0: "retired", 1: "merged"}.get(len(heirs), "split"), heirs, overlap)


def _of_lasting(segment: str, crossing: Crossing, continued: float, related: float) -> Event:
    overlap = crossing.jaccard(segment, segment)
    if overlap >= continued:
        return Event("continued", (), overlap)
    if children := [one for one in crossing.receivers(segment, related) if one != segment]:
        return Event("split", tuple(children), overlap)
    if parents := [one for one in crossing.givers(segment, related) if one != segment]:
        return Event("merged", tuple(parents), overlap)
    return Event("ambiguous", (), overlap)
