"""What belongs to one cause among the findings of a period: told as one, with its parts.

Belongs here: which findings rest on one source, and which are parts of one change of many. Does not belong
here: the findings themselves (``pipeline.drift``), sentences (``first_look``, ``notify.messages``).

That findings rest on one source is known from declarations, that it is their cause is not: so it is said
where to look first, once.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipeline.publish.texts import Words
from pipeline.schemes.resting import sources_behind, sources_of
from pipeline.settings import Project

Row = Mapping[str, Any]
Told = TypeVar("Told")
#: Parts of a cause that are named; more are counted.
MOST_NAMED = 8


@dataclass(frozen=True)
class Bundle(Generic[Told]):
    """What is told as one: the first tells it, ``others`` are its parts; ``source`` is what all rest on, none
    where there are no others."""

    leader: Told
    others: tuple[Told, ...] = ()
    source: str | None = None


def key_of(row: Row) -> str:
    """What a finding is about, as messages and ``part_of`` name it."""
    return f"{row['level']}:{row['subject']}"


def sources_by_subject(project: Project) -> dict[str, frozenset[str]]:
    """Sources that give what findings are about, by ``level:subject``."""
    by_feature = sources_of(project.readable, project)
    by_scheme = sources_behind(project)
    return {
        **{f"feature:{name}": frozenset(given) for name, given in by_feature.items()},
        **{f"{level}:{name}": frozenset(given) for level in _OF_SCHEMES for name, given in by_scheme.items()},
    }


_OF_SCHEMES = ("segment_mix", "movement")


def bundled(
    told: Sequence[Told], key: Callable[[Told], str], behind: Mapping[str, Collection[str]]
) -> list[Bundle[Told]]:
    """``told``, what matters most first, with those that rest on one source put together.

    The source behind most of them takes all that rest on it, then the one behind most of what is left.
    """
    left, found = list(told), []
    while left:
        counts = Counter(source for one in left for source in behind.get(key(one), ()))
        source = max(sorted(counts), key=counts.__getitem__, default=None)
        if source is None or counts[source] < 2:
            found += [Bundle(one) for one in left]
            break
        some = [one for one in left if source in behind.get(key(one), ())]
        found.append(Bundle(some[0], tuple(some[1:]), source))
        left = [one for one in left if source not in behind.get(key(one), ())]
    place = {id(one): number for number, one in enumerate(told)}
    return sorted(found, key=lambda one: place[id(one.leader)])


def parts_of(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Subjects of the parts of changes of many, in order, by the ``level:subject`` that tells them; of
    ``DRIFT_FINDINGS`` of one period."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if leader := row.get("part_of"):  # earlier versions published none
            found.setdefault(leader, set()).add(row["subject"])
    return {leader: sorted(some) for leader, some in found.items()}


def named(subjects: Iterable[str], words: Words) -> str:
    """``subjects`` by their labels, the first few of them, and how many more there are."""
    labels = list(dict.fromkeys(map(words.subject, subjects)))
    more = [words("bundle_more", count=len(labels) - MOST_NAMED)] if len(labels) > MOST_NAMED else []
    return words("list").join([*labels[:MOST_NAMED], *more])
