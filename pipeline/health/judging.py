"""The state of every source in a period: rows of ``SOURCE_HEALTH``.

Belongs here: putting signals together to a state, and which earlier periods a source is judged against. Does
not belong here: a signal (the modules beside this), its words (``words``).

A source is *broken* where at least ``health.broken_share`` of its rows is missing or wrong, *suspect* from
``health.suspect_share`` on. It is judged against periods in which it was whole, or was accepted by name: so a
state lasts until the data are whole again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.health.accounts import accounts
from pipeline.health.amounts import amounts
from pipeline.health.beside import beside, siblings
from pipeline.health.contents import contents
from pipeline.health.days import days, dead
from pipeline.health.hours import hours
from pipeline.health.numbers import numbers
from pipeline.health.profile import Known, Profile, profiles_by_source, since_first_row
from pipeline.health.signal import Signal
from pipeline.health.unseen import unseen
from pipeline.health.values import values
from pipeline.health.volume import volume
from pipeline.health.words import told
from pipeline.settings import Project
from pipeline.tables.health import ILL, SOURCE_HEALTH

#: Every signal is looked for by one of these.
LOOKS: tuple[Callable[[Known], Iterable[Signal]], ...] = (
    dead, contents, days, volume, numbers, accounts, values, amounts, hours,
)  # fmt: skip
#: Earlier periods that a source needs to be judged.
LEAST_PERIODS = 2
#: Measures of single accounts and products, and how many of the latest periods they are read of.
SINGLE, RECENT = ("days_by_account", "amount_by_item"), 12
#: States, the worst first.
_ORDER = ("broken", "suspect", "healthy")

Row = dict[str, Any]


def needed(profiles: ir.Table, period: str, project: Project) -> ir.Table:
    """Rows of ``SOURCE_PROFILES`` that judging ``period`` reads: single accounts and products of the latest
    periods only."""
    recent = project.calendar.back(period, RECENT)
    is_single = profiles.measure.isin(list(SINGLE))
    return profiles.filter(~is_single | profiles.period.isin(recent))


def source_health(profiles: pa.Table, history: pa.Table | None, period: str, project: Project) -> pa.Table:
    """Rows of ``SOURCE_HEALTH`` of ``period``, one a source.

    ``profiles`` are ``SOURCE_PROFILES`` of ``period`` and of periods before it, ``history`` is
    ``SOURCE_HEALTH`` of periods before it; later ones are ignored in both.
    """
    by_source = profiles_by_source(profiles)
    states: dict[str, dict[str, Row]] = {}
    for row in history.to_pylist() if history is not None else []:
        if row["period"] < period:
            states.setdefault(row["source"], {})[row["period"]] = row
    every = [
        known_of(name, by_source.get(name, {}), states.get(name, {}), period, project)
        for name in sorted(project.sources)
    ]
    found = {one.source: signals(one) for one in every}
    sound = [one for one in every if not any(signal.state in ILL for signal in found[one.source])]
    rows = [_judged(replace(one, siblings=siblings(one, sound)), found[one.source], states) for one in every]
    return pa.Table.from_pylist(rows, SOURCE_HEALTH.schema)


def known_of(
    name: str, profiles: Mapping[str, Profile], states: Mapping[str, Row], period: str, project: Project
) -> Known:
    """The source ``name`` in ``period``, with the periods that it is judged against."""
    calendar, settings = project.calendar, project.health
    before = sorted((one for one in profiles if one < period), key=calendar.start_date)
    lived = since_first_row(profiles[one] for one in before)
    whole = [one for one in lived if _is_whole(states.get(one.period))]
    resting = 0
    for one in reversed(lived):
        if one.rows:
            break
        resting += 1
    last = states.get(calendar.previous(period))
    seen = str(last["signals"] or "").split() if last and last["source_state"] in ILL else []
    return Known(
        name, project.entity(project.sources[name].entity), profiles.get(period, Profile(period)),
        whole[-settings.history_periods :], calendar, settings, resting, frozenset(seen),
    )  # fmt: skip


def _is_whole(row: Row | None) -> bool:
    return row is None or row["source_state"] not in ILL or bool(row["is_accepted"])


def signals(known: Known) -> list[Signal]:
    """All signals of a source by itself: the worst first, and of those the ones with the largest share."""
    return _worst_first(one for look in LOOKS for one in look(known))


def _worst_first(found: Iterable[Signal]) -> list[Signal]:
    return sorted(found, key=lambda one: (_ORDER.index(one.state), -round(one.share, 1)))


def _judged(known: Known, alone: Sequence[Signal], states: Mapping[str, Mapping[str, Row]]) -> Row:
    """``alone``: signals of the source by itself; ``known`` names those that it is looked at beside."""
    found = _worst_first([*alone, *beside(known)])
    wrong = [one for one in found if one.state in ILL]
    losses = {} if wrong else unseen(known)
    unknown = "" if wrong else _unknown(known, losses)
    state = "cannot_tell" if unknown else wrong[0].state if wrong else "healthy"
    period = known.now.period
    before = states.get(known.source, {}).get(known.calendar.previous(period))
    since = before["since_period"] if before and before["since_period"] and state in ILL else period
    texts = told(known, found, state, unknown, losses)
    return {
        "period": period,
        "source": known.source,
        "entity": known.entity.name,
        "source_state": state,
        "since_period": since if state in ILL else None,
        "affected_share": round(min(max(one.share for one in wrong), 1.0), 4) if wrong else None,
        "signals": " ".join(dict.fromkeys(one.name for one in found)) or None,
        "is_accepted": known.settings.is_accepted(known.source, period),
        "rows_kept_count": int(known.now.rows),
        **texts,
    }


def _unknown(known: Known, losses: Mapping[str, float]) -> str:
    """Why nothing can be told, where nothing is wrong: a key of ``words``; empty where it can.

    ``losses``: by kind, the share that may be missing unseen. Where so much may be missing that the source
    would be broken, it is not called healthy (law L12).
    """
    if not known.lively and not known.now.rows:
        return "never"
    if len(known.lively) < LEAST_PERIODS:
        return "short"
    if not known.now.rows:
        return "rests"
    if known.usual_rows < known.settings.min_rows:
        return "few"
    return "blind" if max(losses.values(), default=0.0) >= known.settings.broken_share else ""


def withheld(health: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of sources for which a period is not published: broken, and not accepted."""
    return [row for row in health if row["source_state"] == "broken" and not row["is_accepted"]]
