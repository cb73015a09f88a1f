"""What carries a change: sums of numbers by groups of customers, and the group that makes most of it.

Belongs here: groups, their sums in profiles, the group that a change is named after. Does not belong
here: whether there is a change (``number_changes``), or reading customers (``profiling``).

Groups are the segments of a scheme, or the categories of a feature (``drift.carriers``). Their sums stand
in the profiles as features ``carrier:<groups>:<feature>``, a bin a group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.drift.binning import LEAST_IN_QUASI_BIN, MISSING, MOST_CATEGORIES, OTHER, Floats, Row

CARRIER = "carrier:"
#: A group carries a change when it makes at least this part of it,
_LEAST_PART = 0.5
#: and so much more than its part of the sum before.
_LEAST_EXCESS = 0.2


@dataclass
class GroupSums:
    """Counts and sums of numbers by one kind of ``groups``.

    Values are added one after another, so the sums depend on their order alone, not on their batches.
    """

    groups: str
    features: Sequence[str]
    _codes: dict[str, int] = field(default_factory=dict)
    _sums: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._sums = np.zeros((len(self.features), 2, 0))  # of each feature counts and sums, by code

    def add(self, labels: pa.Array, values: Mapping[str, Floats]) -> None:
        """Add a batch: the group of every customer, and the values of each feature beside it."""
        encoded = labels.fill_null(MISSING).dictionary_encode()
        places = [
            self._codes.setdefault(str(label), len(self._codes)) for label in encoded.dictionary.to_pylist()
        ]
        if not places:
            return
        codes = np.asarray(places)[encoded.indices.to_numpy(zero_copy_only=False)]
        size = len(self._codes)
        if new := size - self._sums.shape[2]:
            self._sums = np.pad(self._sums, ((0, 0), (0, 0), (0, new)))
        everyone = np.bincount(codes, minlength=size)
        for name, (counts, sums) in zip(self.features, self._sums, strict=True):
            known = np.isfinite(values[name])
            if known.all():
                counts += everyone
                np.add.at(sums, codes, values[name])
            else:
                counts += np.bincount(codes[known], minlength=size)
                np.add.at(sums, codes[known], values[name][known])

    def rows(self, feature: str) -> list[Row]:
        """Rows of the profile of one feature, without period and feature: largest groups, others as one.

        Groups of very few customers are among the others: a sum over them would tell a single one's value.
        """
        if not self._codes:
            return []
        sums = self._sums[self.features.index(feature)]
        order = sorted(self._codes, key=lambda name: (-sums[0, self._codes[name]], name))
        kept = [name for name in order if sums[0, self._codes[name]] >= LEAST_IN_QUASI_BIN and name != OTHER]
        kept = kept[:MOST_CATEGORIES]
        rest = [self._codes[name] for name in self._codes if name not in kept]
        found = {name: sums[:, self._codes[name]] for name in kept}
        found[OTHER] = sums[:, rest].sum(axis=1)
        return [
            {
                "bin": number,
                "bin_label": name,
                "bin_lower": None,
                "bin_upper": None,
                "bin_count": int(count),
                "bin_sum": round(float(total), 6),
                "bin_squared_sum": None,
            }
            for number, (name, (count, total)) in enumerate(found.items())
        ]


def profile_name(groups: str, feature: str) -> str:
    """The name that sums of ``feature`` by ``groups`` have among profiles."""
    return f"{CARRIER}{groups}:{feature}"


@dataclass(frozen=True)
class Carrier:
    """The group that carries a change: its part of the change, and its part of the sum before."""

    groups: str
    group: str
    part: float
    part_before: float

    @property
    def name(self) -> str:
        """Segment, or feature and category."""
        return self.group if self.group.startswith(f"{self.groups}:") else f"{self.groups}: {self.group}"

    @property
    def said(self) -> str:
        """The carrier in words."""
        return (
            f"{self.name} carries {self.part:.0%} of the change of the mean over all,"
            f" with {self.part_before:.0%} of the total before"
        )


def carrier(
    feature: str,
    kinds: Sequence[str],
    before: Mapping[str, Sequence[Row]],
    now: Mapping[str, Sequence[Row]],
) -> Carrier | None:
    """The group whose part of the change of a mean exceeds its part of the sum before by most, if by enough.

    The mean over all is the sum over groups of their sums by all customers known; the part of a group is what
    its own term changed by. Where everybody changes alike nobody carries it.
    """
    found: list[Carrier] = []
    for groups in kinds:
        name = profile_name(groups, feature)
        if name in before and name in now:
            found += _parts(groups, before[name], now[name])
    enough = [one for one in found if one.part >= _LEAST_PART and one.part - one.part_before >= _LEAST_EXCESS]
    return max(enough, key=lambda one: (one.part - one.part_before, one.name), default=None)


def _parts(groups: str, before: Sequence[Row], now: Sequence[Row]) -> list[Carrier]:
    then, here = (
        {row["bin_label"]: (row["bin_count"], row["bin_sum"]) for row in side if row["bin_sum"] is not None}
        for side in (before, now)
    )
    for side, other in ((then, here), (here, then)):
        # A group that the other side counts among its others is one of them on this side as well.
        folded = [label for label in side if label not in other and other.get(OTHER, (0, 0.0))[0]]
        for label in folded:
            count, total = side.pop(label)
            rest = side.get(OTHER, (0, 0.0))
            side[OTHER] = (rest[0] + count, rest[1] + total)
    totals = [sum(count for count, _ in side.values()) for side in (then, here)]
    if not all(totals):
        return []
    terms = {
        label: here.get(label, (0, 0.0))[1] / totals[1] - then.get(label, (0, 0.0))[1] / totals[0]
        for label in {**then, **here}
    }
    change, sum_before = sum(terms.values()), sum(total for _, total in then.values())
    if not change or sum_before <= 0:
        return []
    return [
        Carrier(groups, label, term / change, then.get(label, (0, 0.0))[1] / sum_before)
        for label, term in terms.items()
        if label not in (OTHER, MISSING)
    ]
