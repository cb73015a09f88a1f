"""Who belongs to the population of a period: the rule of a project.

Belongs here: the rules, which one holds where none is given, what each needs. Does not belong here:
carrying them out (``identity``).
"""

from collections.abc import Collection
from typing import Literal

from pipeline.tables.entities import ENTITIES, PROFILES

#: ``events``: who had an event within retention, the creation of an account being one. ``profiles``: of whom
#: a source held a profile within retention. ``either``: both.
PopulationRule = Literal["events", "profiles", "either"]


def has_events(entities: Collection[str]) -> bool:
    """Whether any of ``entities`` is one of events of accounts, not a snapshot."""
    return any(ENTITIES[name].event_time and ENTITIES[name].has_account for name in entities)


def rule_in_force(given: PopulationRule | None, entities: Collection[str]) -> PopulationRule:
    """The rule ``given``, or that of a project which gives none: events where it has any, else profiles."""
    return given or ("events" if has_events(entities) else "profiles")


def lacking(given: PopulationRule | None, entities: Collection[str]) -> str | None:
    """What a project with ``entities`` lacks for the rule ``given``, in words; none where it can hold."""
    if given in ("profiles", "either") and PROFILES.name not in entities:
        return f"population: {given} needs a source of profiles; this project has none, so write events"
    if given in ("events", "either") and not has_events(entities):
        return (
            f"population: {given} needs a source of events, such as orders or web_visits; this project has "
            "profiles alone, so write profiles"
        )
    return None
