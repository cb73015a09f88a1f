"""Ledgers of activity: per account and period, measures that add up over periods and accounts.

Belongs here: one module a theme; a ledger is one declaration (``declaration.Ledger``), found by
being in this folder. Does not belong here: anything per customer (``identity``) or any ratio,
window or feature (``features``).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from pipeline.discovery import declared, modules_of, places
from pipeline.ledgers.declaration import (
    ALL_OTHERS,
    LEVEL_PERIODS,
    WINDOW_PERIODS,
    ByKey,
    Ledger,
    Measure,
    Reading,
)
from pipeline.tables.entities import ENTITIES


def _with_all_others(found: Mapping[str, Ledger]) -> dict[str, Ledger]:
    """``found``, where ``ALL_OTHERS`` became the entities of events that no other ledger of events reads."""
    read = {entity for one in found.values() if one.events for entity in one.entities}
    others = tuple(
        name for name, one in ENTITIES.items() if one.event_time and one.has_account and name not in read
    )
    return {
        name: replace(one, entities=others) if one.entities == ALL_OTHERS else one
        for name, one in found.items()
    }


_MODULES = modules_of(__name__, __path__)
#: Every ledger by name, and where each is declared (``module:symbol``).
LEDGERS: Mapping[str, Ledger] = _with_all_others(declared(_MODULES, Ledger))
PLACES: Mapping[str, str] = places(_MODULES, Ledger)


def ledgers_of(
    entities: set[str], ledgers: Mapping[str, Ledger] = LEDGERS, with_texts: Collection[str] = ()
) -> list[str]:
    """Those of ``ledgers`` that a project with ``entities`` can fill, in some of them ``with_texts``."""
    return [name for name, one in ledgers.items() if one.reads(entities, with_texts)]


def event_ledgers_of(entities: set[str]) -> list[str]:
    """Those that come along and say when an account was active: every entity of events is in one."""
    return [name for name in ledgers_of(entities) if LEDGERS[name].events]


__all__ = [
    "LEDGERS",
    "LEVEL_PERIODS",
    "PLACES",
    "WINDOW_PERIODS",
    "ByKey",
    "Ledger",
    "Measure",
    "Reading",
    "event_ledgers_of",
    "ledgers_of",
]
