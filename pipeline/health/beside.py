"""Beside: rows that are missing while another source goes on as before.

Belongs here: signal *beside*, and which sources are looked at together. Does not belong here: how many rows
come (``volume``).

A season, a holiday or growth moves all sources of a company, a faulty delivery only one. So rows a day are
taken over those of another source, day by day, and the step of this ratio at the border of the period is
judged as that of rows is: what both have in common falls out. Which of two sources that part is at fault
the ratio does not say; one that itself rises beyond what is usual is no measure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal
from pipeline.health.steps import Step, step_at_border
from pipeline.health.volume import PRIOR_ROWS, steps_of

#: Other sources that one is looked at beside: more would say the same, and cost as much.
_MOST = 2
_OWN, _OTHER = "rows_by_day", "rows_of_another"


def siblings(known: Known, others: Iterable[Known]) -> dict[str, Known]:
    """Sources that ``known`` can be looked at beside, of ``others`` with which nothing is wrong: steady ones
    with events, those of the same entity first, then those with most rows."""
    some = [one for one in others if one.source != known.source and _is_measure(one)]
    some.sort(key=lambda one: (one.entity.name != known.entity.name, -one.usual_rows, one.source))
    return {one.source: one for one in some[:_MOST]}


def _is_measure(one: Known) -> bool:
    return (
        one.entity.event_time is not None
        and one.now.rows > 0
        and one.is_steady
        and one.usual_rows >= one.settings.min_rows
    )


def beside(known: Known) -> Iterator[Signal]:
    """Fewer rows than usual beside another source."""
    found = step_beside(known)
    if found is None:
        return
    source, step = found
    if step.chance < known.level("beside") and step.lost >= known.settings.suspect_share:
        facts = {"other": source, "before": known.last.period}
        yield Signal("beside", step.lost, known.state(step.lost), facts)


def step_beside(known: Known) -> tuple[str, Step] | None:
    """The other source that rows go with best, by what is known of the past, and the step of their ratio."""
    if not _is_measure(known):
        return None
    steps = {
        name: step for name, one in known.siblings.items() if (step := _step(known, one)) and _is_usual(one)
    }
    return min(steps.items(), key=lambda one: (one[1].usual.size, one[0])) if steps else None


def _step(known: Known, other: Known) -> Step | None:
    """Of periods in which both were whole."""
    of_other = {one.period: one for one in other.earlier}
    earlier = [_joined(one, of_other[one.period]) for one in known.earlier if one.period in of_other]
    if sum(one.rows > 0 for one in earlier) < 2 or earlier[-1].period != known.last.period:
        return None
    both = replace(known, now=_joined(known.now, other.now), earlier=earlier)
    return step_at_border(both, _OWN, _OTHER, PRIOR_ROWS)


def _joined(one: Profile, other: Profile) -> Profile:
    """Rows by day of both."""
    numbers: Mapping[tuple[str, str], Mapping[str, float]] = {
        ("rows", ""): one.by_item("rows"),
        (_OWN, ""): one.by_item(_OWN),
        (_OTHER, ""): other.by_item(_OWN),
    }
    return Profile(one.period, numbers)


def _is_usual(other: Known) -> bool:
    """Whether the other source did not rise beyond what is usual."""
    step = steps_of(other).get("volume")
    return step is not None and 1 - step.chance >= other.settings.false_alarm
