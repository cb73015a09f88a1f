"""Volume: rows that are missing on every day, or twice as many as there were.

Belongs here: signals *volume* and *lines*. Does not belong here: how a step at the border of a period is
measured (``steps``), days without any row (``days``), whose rows are missing (``accounts``, ``values``).
"""

from collections.abc import Iterator
from dataclasses import replace
from math import exp, log

from pipeline.health.chance import about_mean, differences, scale
from pipeline.health.profile import Known
from pipeline.health.signal import Signal
from pipeline.health.steps import Step, step_at_border

#: Scales of steps before any is known, on the logarithm: of rows a day, of lines an order, of the rows of a
#: state, and of the rows of a source that comes in lumps.
PRIOR_ROWS, PRIOR_LINES, PRIOR_STATE, PRIOR_LUMPS = 0.10, 0.05, 0.05, 0.7


def volume(known: Known) -> Iterator[Signal]:
    """Rows missing on all days, or far more than before."""
    steps = steps_of(known)
    for name, step in steps.items():
        share = step.lost
        if step.chance < known.level(name) and share >= known.settings.suspect_share:
            facts = {"before": known.last.period, "fewer": 1 - exp(step.size)}
            yield Signal(name, share, known.state(step.surely if step.orders else share), facts)
    if "volume" in steps and known.is_steady and known.entity.event_time is not None:
        yield from _more(known, steps["volume"])


def steps_of(known: Known) -> dict[str, Step]:
    """Steps of a source by the signal that they may give."""
    if not known.now.rows or not known.lively or known.usual_rows < known.settings.min_rows:
        return {}
    if known.entity.event_time is None:
        return {"volume": _of_states(known)}
    if not known.is_steady:
        return {"volume": _of_lumps(known)}
    found = {"volume": step_at_border(known, "rows_by_day", None, PRIOR_ROWS)}
    if known.now.by_item("orders_by_day"):
        lines = step_at_border(known, "rows_by_day", "orders_by_day", PRIOR_LINES)
        found["lines"] = lines and replace(lines, orders=known.lively[-1].by_item("orders_by_lines"))
    return {name: step for name, step in found.items() if step is not None}


def _more(known: Known, step: Step) -> Iterator[Signal]:
    """A rise that a fall by the share of a broken source would undo; it is never called broken: it may be
    true."""
    limit = -log(1 - known.settings.broken_share)
    if min(step.size, step.of_levels) >= limit and 1 - step.chance < known.level("more"):
        facts = {"times": exp(step.size), "before": known.last.period}
        yield Signal("more", 1 - exp(-step.size), "suspect", facts)


def _of_states(known: Known) -> Step:
    """Rows of a state against the last one."""
    logs = [log(one.rows) for one in known.lively]
    error = (1 / known.now.rows) ** 0.5
    return Step(log(known.now.rows) - logs[-1], scale(error, differences(logs), PRIOR_STATE))


def _of_lumps(known: Known) -> Step:
    """Rows of a period against the mean of those before."""
    logs = [log(one.rows) for one in known.lively]
    error = (1 / known.now.rows) ** 0.5
    return Step(log(known.now.rows) - sum(logs) / len(logs), scale(error, about_mean(logs), PRIOR_LUMPS))
