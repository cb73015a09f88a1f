"""Names of discovered clusters, in English and Chinese, from what sets their centres apart.

Belongs here: words. Does not belong here: labels of named segments (their documents), or the
words of a feature (its declaration).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.features import FEATURES, Feature
from pipeline.models.frame import Floats


def _words(one: Feature, is_high: bool) -> tuple[str, str]:
    """How a cluster is described that is high, or low, in the feature: English and Chinese."""
    english, chinese = one.label
    plain = english[:1].lower() + english[1:]
    fallback = (f"high {plain}", f"low {plain}", f"{chinese}高", f"{chinese}低")
    high, low, high_zh, low_zh = one.words or fallback
    return (high, high_zh) if is_high else (low, low_zh)


def cluster_labels(
    features: Sequence[str],
    centres: Floats,
    segment_ids: Sequence[str],
    catalogue: Mapping[str, Feature] = FEATURES,
) -> dict[str, list[str]]:
    """English and Chinese label of each segment: the two features farthest from the middle.

    Segments that would share a label take a third feature, and at last their id.
    """
    named = [catalogue[one] for one in features]
    for count in (2, 3):
        labels = [_label(named, centre, count) for centre in centres]
        if len({english for english, _ in labels}) == len(labels):
            return dict(zip(segment_ids, map(list, labels), strict=True))
    names = [one.partition(":")[2] for one in segment_ids]
    return {
        one: [f"{english} ({name})", f"{chinese}（{name}）"]
        for one, name, (english, chinese) in zip(segment_ids, names, labels, strict=True)
    }


def _label(features: Sequence[Feature], centre: Floats, count: int) -> tuple[str, str]:
    order = np.argsort(-np.abs(np.round(centre, 6)), kind="stable")
    words = list(dict.fromkeys(_words(features[int(i)], bool(centre[int(i)] >= 0)) for i in order))[:count]
    english = ", ".join(english for english, _ in words)
    return english[:1].upper() + english[1:], "、".join(chinese for _, chinese in words)
