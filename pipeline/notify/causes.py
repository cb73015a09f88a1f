"""News of one cause: told in one message.

Belongs here: which news go together. Does not belong here: what is news (``news``), or its words
(``messages``).
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from pipeline.notify.news import News
from pipeline.publish.bundles import Bundle, bundled

_OF_FINDINGS = ("feature", "segment_mix", "movement")


def as_one(found: Sequence[News], behind: Mapping[str, Collection[str]]) -> list[Bundle[News]]:
    """``found`` in their order, those of one cause put together.

    ``behind`` has the sources that give what findings are about (``bundles.sources_by_subject``). What began
    in the period in which a source was told to be not whole, and rests on it, is told with that source; other
    findings that began, or ended, in one period and rest on one source are told together.
    """
    left = sorted(found, key=lambda one: (-_is_major(one), found.index(one)))
    told: list[Bundle[News]] = []
    for source in [one for one in found if one.kind in ("began", "worse") and _level(one) == "source"]:
        name = source.alarm.key.partition(":")[2]
        some = [
            one
            for one in left
            if one.kind == source.kind == "began"
            and one.alarm.period == source.alarm.period
            and name in behind.get(one.alarm.key, ())
        ]
        told.append(Bundle(source, tuple(some), name if some else None))
        left = [one for one in left if one is not source and one not in some]
    alike: dict[tuple[str, str], list[News]] = {}
    for one in left:
        if _level(one) in _OF_FINDINGS:
            alike.setdefault((one.kind, one.alarm.ended_in or one.alarm.period), []).append(one)
        else:
            told.append(Bundle(one))
    told += chain.from_iterable(bundled(some, lambda one: one.alarm.key, behind) for some in alike.values())
    return sorted(told, key=lambda one: found.index(one.leader))


def _level(news: News) -> str:
    return news.alarm.key.partition(":")[0]


def _is_major(news: News) -> bool:
    return news.alarm.severity == "major"
