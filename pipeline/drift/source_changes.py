"""Changes of what comes in: rows of every source, and the share of them set aside.

Belongs here: measurements of row accounts, and which earlier period a source is compared with.
Does not belong here: customers' moves (``flow_changes``), statistics (``measures``), verdicts
(``verdicts``).

Levels decide, in the terms of whoever watches the source: a history of swings silences neither
missing nor doubled rows (law L13).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import log

from pipeline.drift import measures
from pipeline.drift.binning import Row
from pipeline.drift.measured import Measured
from pipeline.drift.verdicts import Past, against_history, share
from pipeline.periods import Calendar
from pipeline.settings import DriftSettings
from pipeline.tables.entities import ENTITIES

_NOTHING = {"rows_read_count": 0, "rows_quarantined_count": 0}


def source_changes(
    accounts: Sequence[Row],
    period: str,
    dead_before: Collection[str],
    calendar: Calendar,
    past: Past,
    settings: DriftSettings,
) -> list[Measured]:
    """Row count and quarantined share of every source in ``period``, against the periods before.

    ``accounts`` are ``ROW_ACCOUNTS`` of ``period`` and of periods before it, later ones are
    ignored. ``dead_before`` are sources of which the period before said that they give nothing:
    they are told again for as long as they do, however long ago they lived. A source that gave rows
    before and has no account now counts as zero rows. Of a source without earlier accounts
    only a quarantined share above its level is told.
    """
    by_source: dict[str, dict[str, Row]] = {}
    for row in accounts:
        if row["period"] <= period:
            by_source.setdefault(row["source"], {})[row["period"]] = row
    found = []
    for source in sorted(by_source):
        known = by_source[source]
        now = known.get(period, _NOTHING)
        earlier = [_Volume(known[one], calendar) for one in sorted(known) if one < period]
        if earlier:
            volume = _Volume({**earlier[-1].row, **now, "period": period}, calendar)
            found.append(_volume_change(source, earlier, volume, source in dead_before, past, settings))
        found += _quarantine(source, known.get(calendar.previous(period)), now, past, settings)
    return found


class _Volume:
    """Rows of a source in a period, and over how long they came: a state of accounts has no days."""

    def __init__(self, row: Row, calendar: Calendar) -> None:
        self.row, self.period, self.rows = row, str(row["period"]), int(row["rows_read_count"])
        is_snapshot = ENTITIES[row["entity"]].event_time is None
        self.exposure = 1.0 if is_snapshot else calendar.days(self.period)

    def ratio(self, before: "_Volume") -> float:
        """How many times the rows per day of ``before``."""
        return round((self.rows / self.exposure) / (before.rows / before.exposure), 9)

    def test(self, before: "_Volume") -> measures.Test:
        """Whether chance may have made the difference, rows being independent."""
        return measures.log_ratio(before.rows, self.rows, before.exposure, self.exposure)


def _reaches(ratio: float, change: float) -> bool:
    """Whether a ratio is a fall by the share ``change`` or the rise that undoes it."""
    return ratio <= round(1 - change, 9) or ratio >= round(1 / (1 - change), 9)


def _healthy(earlier: Sequence[_Volume], settings: DriftSettings) -> _Volume | None:
    """The last period whose rows were not told of, or whose level has lasted since.

    Periods without rows never count. None where the source gave none at all.
    """
    found: _Volume | None = None
    told = 0
    for one in earlier:
        if not one.rows:
            continue
        if (
            found is not None
            and told + 1 < settings.volume_settled_periods
            and _differs(one, found, settings)
        ):
            told += 1
        else:
            found, told = one, 0
    return found


def _differs(one: _Volume, before: _Volume, settings: DriftSettings) -> bool:
    if max(one.rows, before.rows) < settings.min_customers:
        return False
    p_value = one.test(before).p_value
    is_certain = p_value is not None and p_value < settings.false_discovery_rate
    return is_certain and _reaches(one.ratio(before), settings.volume_change_minor)


def _volume_change(
    source: str,
    earlier: Sequence[_Volume],
    now: _Volume,
    is_dead_before: bool,
    past: Past,
    settings: DriftSettings,
) -> Measured:
    before = _healthy(earlier, settings)
    said = f"Source {source} gave {now.rows} rows"
    one = Measured("source", source, "row_count_ratio", said, "last_healthy_period")
    if before is None:
        if is_dead_before and not now.rows:
            said = f"{said}, as in the {len(earlier)} periods before"
            return replace(one, said=said, value=0.0, told="a source that gave rows gives none any more")
        return one.without_verdict("there is nothing to compare with: it gave no rows before")
    one = replace(one, said=f"{said}, {before.rows} in {before.period}")
    if max(before.rows, now.rows) < settings.min_customers:
        return one.without_verdict(
            f"there are too few rows ({settings.min_customers} are needed in one of the periods)"
        )
    test, ratio = now.test(before), now.ratio(before)
    is_relevant = _reaches(ratio, settings.volume_change_minor)
    one = replace(
        one,
        value=ratio,
        effect=log(ratio) if ratio else test.value,
        is_relevant=is_relevant,
        is_large=_reaches(ratio, settings.volume_change_major),
        floor=f"a fall by {share(settings.volume_change_minor)} or a rise by "
        f"{share(1 / (1 - settings.volume_change_minor) - 1)} of rows",
        told=None if now.rows else "a source that gave rows gives none any more",
    )
    one = against_history(one, test, past, settings, is_signed=True, may_silence=not is_relevant)
    if is_relevant:
        return replace(one, usual_p=None, doubt="so few rows may differ by chance")
    return one


def _quarantine(
    source: str, before: Row | None, now: Row, past: Past, settings: DriftSettings
) -> list[Measured]:
    """The quarantined share against its level, and else against the period before where there is one."""
    b, bad_now = now["rows_read_count"], now["rows_quarantined_count"]
    said = f"Source {source} had {bad_now} of {b} rows set aside"
    one = Measured("source", source, "quarantined_share_change", said)
    is_enough = b >= settings.min_customers
    if is_enough and bad_now / b > settings.quarantined_share_major:
        told = f"{share(bad_now / b)} is above your level of {share(settings.quarantined_share_major)}"
        one = replace(one, comparison="level", told=told)
    if before is None:
        return [one] if one.told else []
    a, bad_before = before["rows_read_count"], before["rows_quarantined_count"]
    one = replace(one, said=f"{said}, {bad_before} of {a} in the period before")
    if min(a, b) < settings.min_customers:
        least = f"there are too few rows ({settings.min_customers} are needed in each period)"
        return [one.without_verdict(least)]
    test = measures.proportion_change(bad_before, a, bad_now, b)
    if test.p_value is None:
        # All rows fared alike in both periods: equal, whatever the sample.
        test = replace(test, p_value=1.0)
    one = replace(
        one,
        value=test.value,
        effect=test.value,
        is_relevant=abs(test.value) >= settings.min_total_variation,
        is_large=abs(test.value) >= settings.major_total_variation,
        floor=f"{100 * settings.min_total_variation:.1f} points",
    )
    return [against_history(one, test, past, settings, is_signed=True)]
