"""Changes of features and of the segment mix between two stored profiles.

Belongs here: which features and mixes are compared, and which of them cannot be yet. Does not
belong here: what is measured of a number (``number_changes``) or a category (``category_changes``),
verdicts (``verdicts``), or customers: profiles only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.drift.binning import Row
from pipeline.drift.carriers import carrier
from pipeline.drift.category_changes import category_changes, counts_of, mix_change
from pipeline.drift.comparability import filling, incomparable
from pipeline.drift.measured import Measured
from pipeline.drift.number_changes import number_changes
from pipeline.drift.profiling import MIX
from pipeline.features import Feature
from pipeline.settings import DriftSettings
from pipeline.tables.fields import UNASSIGNED

Profiles = Mapping[str, Sequence[Row]]

#: Measures of where a feature stands, which a window that fills does not move by itself.
_LEVELS = ("mean_change", "total_variation")
#: Unit of features that are money, or begin with it.
_MONEY = "project currency"


def feature_changes(
    now: Profiles,
    before: Profiles,
    periods_seen: int,
    settings: DriftSettings,
    features: Mapping[str, Feature],
) -> list[Measured]:
    """The measurements of every one of ``features`` that has a profile in both periods."""
    found = []
    for name in sorted(now.keys() & before.keys() & features.keys()):
        feature = features[name]
        if feature.is_numeric:
            is_amount = feature.unit.startswith(_MONEY)
            some = number_changes(name, before[name], now[name], settings, is_amount)
            some = [_carried(one, settings, now, before) for one in some]
        else:
            is_quasi = feature.field.pii != "none"
            some = category_changes(name, before[name], now[name], settings, is_quasi)
        found += [_comparable(one, feature, periods_seen) for one in some]
    return found


def _comparable(one: Measured, feature: Feature, periods_seen: int) -> Measured:
    """The measurement, without a verdict while what it measures changes with the length of history alone."""
    is_filling = filling(feature, periods_seen)
    reason = incomparable(feature, periods_seen) or (is_filling if one.measure not in _LEVELS else None)
    if reason and one.value is not None:
        return one.without_verdict(reason, "not_comparable")
    # A level from a window that fills is compared with the one before, and not for long.
    return replace(one, figure=None) if is_filling else one


def _carried(one: Measured, settings: DriftSettings, now: Profiles, before: Profiles) -> Measured:
    """A change of a mean with the group that carries it, if one does."""
    if one.measure != "mean_change" or not one.is_relevant:
        return one
    found = carrier(one.subject, settings.carriers, before, now)
    return (
        replace(one, carrier=found.name, carried=found.part, said=f"{one.said}; {found.said}")
        if found
        else one
    )


def mix_changes(now: Profiles, before: Profiles, settings: DriftSettings) -> list[Measured]:
    """One measurement for every scheme whose mix is profiled in both periods."""
    found = []
    for name in sorted(name for name in now.keys() & before.keys() if name.startswith(MIX)):
        earlier, later = counts_of(before[name]), counts_of(now[name])
        one = mix_change(name.removeprefix(MIX), earlier, later, settings)
        if _is_first_fit(earlier, later):
            one = one.without_verdict("the scheme was first fitted in this period", "not_comparable")
        found.append(one)
    return found


def _is_first_fit(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    def has_segments(counts: Mapping[str, int]) -> bool:
        return any(count and state not in UNASSIGNED for state, count in counts.items())

    return has_segments(now) and not has_segments(before)
