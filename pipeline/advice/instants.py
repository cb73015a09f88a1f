"""Times that are no times of events: months, days of another zone, hours of another zone, one moment for all.

Belongs here: what hours and days of events tell. Does not belong here: times that cannot be read
(``quarantine``), or whether a source is late (``drift``).
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from pipeline.advice.model import LEAST_VALUES, Advice, Sample, column_lines, lines, percent, surely_above
from pipeline.settings import Project
from pipeline.tables.model import DAY, TIMESTAMP

#: What people do themselves, when they like. What a company or a meter does (campaigns, balances, usage) may
#: well happen at midnight of the first, or at night.
_OF_PEOPLE = (
    "orders", "web_visits", "social_activity", "support_contacts", "coupon_redemptions", "referrals",
    "survey_answers", "leads", "quotes",
)  # fmt: skip
_ALL = 0.95
#: So many events before hours are judged: the mean hour is then known to a quarter of an hour.
_LEAST_HOURS = 500
#: People sleep: the mean hour of what they do by themselves lies by day, whatever they do, and so does that
#: of shops and offices. A mean between 23 and 8 o'clock is that of another zone.
_NIGHT_FROM, _NIGHT_TO = 23, 8
#: Between these hours even the web, open all night, has about a twentieth of its visits; evenly spread it would
#: be a sixth. Half way, on the scale of ratios.
_DEEP_FROM, _DEEP_TO, _DEEP = 1, 5, 0.1
#: Where hours are spread evenly (robots, all the world) their mean tells nothing: a third of the events at one
#: hour, the rest evenly, gives this length of the mean direction.
_DIRECTED = 0.3
#: No zone is further from UTC.
_WIDEST = timedelta(hours=14)
#: Twice a year the clock is put by an hour: two times of day may be one.
_TIMES_OF_DAY, _CLOCK_CHANGE = 2, (0, 60, 23 * 60)


def odd_times(project: Project, sample: Sample) -> list[Advice]:
    """What is wrong with the times of a source: the event's, and those of a record and of births."""
    advice: list[Advice] = []
    zone = ZoneInfo(project.time_zone)
    event = sample.entity.event_time
    if event is not None and event in sample.times and sample.entity.name in _OF_PEOPLE:
        at = sample.times[event].dropna()
        local = _local(at, zone)
        if said := _of_events(project, sample, event, at, local):
            advice.append(said)
    for one in (*sample.entity.mapped, *sample.entity.identifiers):
        if (
            one.name in sample.times
            and one.type in (DAY, TIMESTAMP)
            and one.name in ("birth_date", "created_at")
        ):
            at = sample.times[one.name].dropna()
            local = at if one.type == DAY else _local(at, zone)
            if _are_firsts(local):
                advice.append(_firsts(sample, one.name, local))
    return advice


def _local(at: pd.Series, zone: ZoneInfo) -> pd.Series:
    local: pd.Series = at.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    return local


def _are_firsts(local: pd.Series) -> bool:
    is_first = (local.dt.day == 1) & (local == local.dt.normalize())
    return len(local) >= LEAST_VALUES and local.nunique() > 1 and float(is_first.mean()) >= _ALL


def _firsts(sample: Sample, name: str, local: pd.Series) -> Advice:
    years = float((local.dt.month == 1).mean()) >= _ALL
    what = "January" if years else "a month"
    why = (
        "Equal dates of birth link accounts of different people, since so many share one"
        if name == "birth_date"
        else f"Its days are unknown: what is counted in days (recency, rhythm, tenure) is off by up to {'a year' if years else 'a month'}"
    )
    return Advice(
        "dates_all_first_of_month",
        (sample.name,),
        f"{percent(float((local.dt.day == 1).mean()))} of the {len(local):,} values of {name}, read from"
        f" {sample.column(name)}, are midnight of the first of {what}{sample.sampled}",
        why,
        f"Map the column that holds the day, if there is one; if these are totals of {'years' if years else 'months'}, they are no"
        f" {sample.entity.name}: say so to the readers",
        column_lines(sample.name, f"{name}: another_column"),
    )


def _of_events(
    project: Project, sample: Sample, event: str, at: pd.Series, local: pd.Series
) -> Advice | None:
    if len(at) < LEAST_VALUES:
        return None
    if _are_firsts(local):
        return _firsts(sample, event, local)
    if len(at) >= 2 * LEAST_VALUES and at.nunique() == 1:
        return Advice(
            "times_constant", (sample.name,),
            f"{event}, read from {sample.column(event)}, is the same moment in all {len(at):,} rows{sample.sampled}",
            "It is probably the time of an export: nothing can be told of when somebody came",
            "Map the column that holds the time of the event",
            column_lines(sample.name, f"{event}: another_column"),
        )  # fmt: skip
    return _days_of_another_zone(project, sample, event, local) or _nights(project, sample, event, local)


def _days_of_another_zone(project: Project, sample: Sample, event: str, local: pd.Series) -> Advice | None:
    """Days without a time that were read as midnight of another zone."""
    clock = local.dt.hour * 60 + local.dt.minute
    commonest = clock.value_counts().head(_TIMES_OF_DAY)
    whole = [int(one) for one in commonest.index if one % 15 == 0]
    if not whole or 0 in whole or abs(whole[0] - whole[-1]) not in _CLOCK_CHANGE:
        return None
    share = float(clock.isin(whole).mean())
    if share < _ALL or local.dt.normalize().nunique() < LEAST_VALUES:
        return None
    shown = " or ".join(f"{one // 60:02d}:{one % 60:02d}" for one in sorted(whole))
    zone = sample.source.time_zone or project.time_zone
    late = whole[0] >= 12 * 60
    why = (
        "They are days, read as midnight of another time zone: each stands on the day before, and those of a first"
        " in the period before"
        if late
        else "They are days, read as midnight of another time zone: hours of the day mean nothing"
    )
    return Advice(
        "days_of_another_zone",
        (sample.name,),
        f"{percent(share)} of its events happened at {shown} in {project.time_zone}{sample.sampled}; its times without a"
        f" zone are read as those of {zone}",
        why,
        "Read days as days of the project's zone: give the source that time_zone; where its values end in Z or in an"
        " offset, take the time off in the query or by a computed column",
        lines(sample.name, f"time_zone: {project.time_zone}"),
    )


def _nights(project: Project, sample: Sample, event: str, local: pd.Series) -> Advice | None:
    timed = local[local != local.dt.normalize()]
    if len(timed) < _LEAST_HOURS or len(timed) < len(local) / 2:
        return None
    angle = 2 * np.pi * (timed.dt.hour + timed.dt.minute / 60) / 24
    mean = complex(np.cos(angle).mean(), np.sin(angle).mean())
    hour = float(np.angle(mean) * 24 / (2 * np.pi) % 24)
    asleep = int(((timed.dt.hour >= _DEEP_FROM) & (timed.dt.hour < _DEEP_TO)).sum())
    by_day = _NIGHT_TO <= hour < _NIGHT_FROM and not surely_above(asleep, len(timed), _DEEP)
    if abs(mean) < _DIRECTED or by_day:
        return None
    zone = sample.source.time_zone or project.time_zone
    return Advice(
        "events_at_night",
        (sample.name,),
        f"its events happen at night: around {int(hour):02d}:{int(hour % 1 * 60):02d} in {project.time_zone} on average,"
        f" {percent(asleep / len(timed))} of them between {_DEEP_FROM} and {_DEEP_TO} o'clock{sample.sampled}; its times without a zone are read as those of"
        f" {zone}",
        "They are probably those of another zone: hours of the day are wrong, and events around midnight stand on"
        " another day, those around the end of a period in another period",
        "Give the source the zone in which its times are written",
        lines(sample.name, f"time_zone: {_guessed_zone(project, hour)}"),
    )


def _guessed_zone(project: Project, hour: float) -> str:
    """UTC where that brings the mean hour to the day, else a zone to be chosen."""
    offset = datetime(2024, 1, 15, tzinfo=ZoneInfo(project.time_zone)).utcoffset() or timedelta()
    moved = (hour + offset / timedelta(hours=1)) % 24
    return "UTC" if offset and _NIGHT_TO <= moved < _NIGHT_FROM else "Area/City"


def at_the_borders(project: Project, sample: Sample, now: datetime) -> Advice | None:
    """Events just outside the project's periods, as an export cut in another zone has them.

    Before the first period: all of them within the widest offset from UTC. After the last: so, too, and the first
    hours of the first period lack what was pushed out at the end.
    """
    event, periods = sample.entity.event_time, project.periods(now)
    if event is None or event not in sample.times or not periods:
        return None
    at = sample.times[event].dropna()
    start = pd.Timestamp(project.calendar.starts_at(project.first_period)).tz_localize(None)
    end = pd.Timestamp(project.calendar.as_of(periods[-1])).tz_localize(None)
    before, after = at[at < start], at[at >= end]
    inside = at[(at >= start) & (at < end)]
    if len(inside) < LEAST_VALUES:
        return None
    if (
        len(before) >= _LEAST_PUSHED
        and not len(after[after > end + _WIDEST])
        and (before >= start - _WIDEST).all()
    ):
        gap = start - before.min()
        return _pushed(project, sample, event, len(before), "before the first period", gap)
    # an export is often taken some hours after the end of a period: that alone says nothing
    overflow = after.max() - end if len(after) else timedelta()
    if len(before) == 0 and len(after) >= _LEAST_PUSHED and overflow <= _WIDEST:
        missing = inside.min() - start
        rate = len(inside) / (end - start).total_seconds()
        if (
            missing >= overflow * _ALL
            and missing <= _WIDEST
            and rate * overflow.total_seconds() >= _LEAST_EXPECTED
        ):
            return _pushed(project, sample, event, len(after), "after the last period", overflow)
    return None


_LEAST_PUSHED = 3
#: So many events are expected in the empty hours: none by chance happens once in 150 (e**-5).
_LEAST_EXPECTED = 5


def _pushed(project: Project, sample: Sample, event: str, count: int, where: str, reach: timedelta) -> Advice:
    hours = reach / timedelta(hours=1)
    zone = sample.source.time_zone or project.time_zone
    return Advice(
        "zone_pushes_rows_out",
        (sample.name,),
        f"{count:,} of its rows lie {where}, all of them by less than {np.ceil(hours):.0f} hours{sample.sampled}, and none further"
        f" outside; {event} is read as time of {zone}",
        "An export that was cut at a period's end in another time zone looks so: these rows count in no period, and"
        " others count in the wrong one",
        "Give the source the zone in which its times are written (or first_period the one in which its data begin)",
        lines(sample.name, "time_zone: Area/City"),
    )
