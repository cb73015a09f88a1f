"""Usage: how much of which service, and how it changes.

Belongs here: uses, quantities by unit, services. Does not belong here: visits to site and app
(``engagement_web``).

Rates are per 30 days of exposure; quantities of different units are never added. Trends compare rates per
day of the last three periods and the three before, as in ``trend``. Effective services = exp(H) over uses
(Hill, 1973).

Periods with a use are counted whole: a history of a service that is used or not in each period, as the
discrete lifetime model reads it (``models.lifetimes``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import effective_number, rate_per_30_days, ratio
from pipeline.features.declaration import Family, Feature, Label
from pipeline.features.sums import Measured
from pipeline.features.trend import GROWING, SPANS, UNKNOWN, trend_of
from pipeline.features.window import Window
from pipeline.ledgers.usage import UNITS, usage
from pipeline.tables.model import INTEGER, TEXT

FAMILY = Family("usage", 47, ("Usage", "使用"))

_COUNT = "uses_count_12p"
_NO_USE = "no use in the window"
_LABELS: dict[str, Label] = {
    "minutes": ("Minutes per 30 days", "每 30 天分钟数"),
    "gigabytes": ("Gigabytes per 30 days", "每 30 天流量"),
    "messages": ("Messages per 30 days", "每 30 天消息数"),
    "logins": ("Logins per 30 days", "每 30 天登录次数"),
    "add_ons": ("Add-ons per 30 days", "每 30 天增值服务数"),
    "times": ("Times used per 30 days", "每 30 天使用次数"),
}
_USES: dict[str, Label] = {
    "minutes": ("Uses measured in minutes", "以分钟计的使用次数"),
    "gigabytes": ("Uses measured in gigabytes", "以流量计的使用次数"),
    "messages": ("Uses measured in messages", "以消息数计的使用次数"),
    "logins": ("Uses measured in logins", "以登录次数计的使用次数"),
    "add_ons": ("Uses measured in add-ons", "以增值服务数计的使用次数"),
    "times": ("Uses measured in times used", "以次数计的使用次数"),
}
_TRENDS: dict[str, Label] = {
    "minutes": ("Minutes trend index, last 6 periods", "近 6 期通话时长趋势指数"),
    "gigabytes": ("Gigabytes trend index, last 6 periods", "近 6 期流量趋势指数"),
    "logins": ("Logins trend index, last 6 periods", "近 6 期登录趋势指数"),
    "add_ons": ("Add-ons trend index, last 6 periods", "近 6 期增值服务趋势指数"),
}
_SERVICES = usage.uses_count
_BY_PERIOD = usage.uses_count.by_period()


def _is_used(m: Measured) -> list[ir.BooleanValue]:
    """Whether there was a use in each period of the window, oldest first."""
    return [one > 0 for one in m.by_period(usage.uses_count)]


def _used_periods(m: Measured, periods: int) -> ir.IntegerValue:
    counted = [ibis.ifelse(one, 1, 0) for one in _is_used(m)[-periods:]]
    return sum(counted[1:], counted[0])


def _periods_ago(m: Measured, *, is_first: bool) -> ir.IntegerValue:
    """Periods from the first, or last, one with a use to the row's own, which is 0."""
    ago = [ibis.ifelse(one, at, ibis.null("int64")) for at, one in enumerate(_is_used(m)[::-1])]
    return ibis.coalesce(*(ago[::-1] if is_first else ago), ibis.null("int64"))


def _used_share(m: Measured, window: Window) -> ir.FloatingValue:
    exposed_periods = ibis.least(m.observed_periods_count, len(window.periods))
    return ratio(_used_periods(m, len(window.periods)), exposed_periods)


_COUNTED: dict[int, tuple[str, Label]] = {
    1: ("Whether it was used in the period: 1, else 0.", ("Used in the period", "本期是否使用")),
    3: (
        "Periods with a use, of the last three.",
        ("Periods used, last 3 periods", "近 3 期使用期数"),
    ),
    12: ("Periods with a use.", ("Periods used", "使用期数")),
}


def _count(periods: int) -> Feature:
    meaning, label = _COUNTED[periods]
    return FAMILY.feature(
        f"used_periods_count_{periods}p",
        meaning,
        label,
        "periods",
        lambda m, window: _used_periods(m, periods),
        [_BY_PERIOD],
        f"{periods}p",
        INTEGER,
        null="",
        maximum=periods,
        ripens=periods > 1,
    )


def _uses_of(unit: str) -> Feature:
    reading = usage.measure(f"{unit}_uses_count")
    return FAMILY.feature(
        f"{unit}_uses_count_12p",
        f"Uses, or meterings, that are measured in {unit.replace('_', ' ')}.",
        _USES[unit],
        "times",
        lambda m, window: m[reading],
        [reading],
        type=INTEGER,
        null="",
        ripens=True,
    )


def _rate(unit: str) -> Feature:
    reading = usage.measure(f"{unit}_quantity")
    said = unit.replace("_", " ")
    return FAMILY.feature(
        f"{unit}_per_30_days_12p",
        f"Quantity used that is measured in {said}, per 30 days of exposure.",
        _LABELS[unit],
        f"{said} per 30 days",
        lambda m, window: rate_per_30_days(m[reading], m.exposure_days),
        [reading],
        null="",
        counted_by=f"{unit}_uses_count_12p",
        trait="none",
    )


def _trend(unit: str) -> Feature:
    spans = [usage.measure(f"{unit}_quantity").over(*span) for span in SPANS]
    return FAMILY.feature(
        f"{unit}_trend_index_6p",
        f"Change of {unit.replace('_', ' ')} per day, last three periods against the three before.",
        _TRENDS[unit],
        "index -1 to 1",
        lambda m, window: trend_of(m, window, *(m[one] for one in spans)),
        spans,
        "6p",
        null=UNKNOWN,
        minimum=-1,
        maximum=1,
        ripens=True,
        words=GROWING,
        counted_by="uses_count_6p",
        trait="none",
    )


uses_count_12p = FAMILY.feature(
    _COUNT,
    "Uses, or meterings, of services.",
    ("Uses", "使用次数"),
    "times",
    lambda m, window: m[usage.uses_count],
    [usage.uses_count],
    type=INTEGER,
    null="",
    ripens=True,
    words=("heavy users", "light users", "重度使用", "轻度使用"),
)
uses_count_6p = FAMILY.feature(
    "uses_count_6p",
    "Uses, or meterings, of services in the last six periods.",
    ("Uses, last 6 periods", "近 6 期使用次数"),
    "times",
    lambda m, window: m[usage.uses_count.over(6)],
    [usage.uses_count.over(6)],
    "6p",
    INTEGER,
    null="",
    ripens=True,
)
use_recency_days = FAMILY.feature(
    "use_recency_days",
    "Days from the last use to as_of.",
    ("Days since last use", "距最近使用天数"),
    "days",
    lambda m, window: days_until(window.as_of, m[usage.last_use_at]),
    [usage.last_use_at],
    null=_NO_USE,
    ripens=True,
)
used_periods_count_1p, used_periods_count_3p, used_periods_count_12p = (_count(one) for one in _COUNTED)
used_periods_share_12p = FAMILY.feature(
    "used_periods_share_12p",
    "Periods with a use, per period of the window since the first event.",
    ("Periods used, share", "使用期占比"),
    "share 0-1",
    _used_share,
    [_BY_PERIOD],
    null="",
    maximum=1,
    ripens=True,
    words=("using steadily", "using sporadically", "持续使用", "偶尔使用"),
    trait="share",
)
use_recency_periods_12p = FAMILY.feature(
    "use_recency_periods_12p",
    "Periods from the last one with a use to this one: 0 if there was a use in it.",
    ("Periods since last use", "距最近使用期数"),
    "periods",
    lambda m, window: _periods_ago(m, is_first=False),
    [_BY_PERIOD],
    type=INTEGER,
    null=_NO_USE,
    ripens=True,
)
use_tenure_periods_12p = FAMILY.feature(
    "use_tenure_periods_12p",
    "Periods from the first one of the window with a use to this one: 0 if it is this one.",
    ("Periods since first use", "距首次使用期数"),
    "periods",
    lambda m, window: _periods_ago(m, is_first=True),
    [_BY_PERIOD],
    type=INTEGER,
    null=_NO_USE,
    ripens=True,
)
uses_by_unit = tuple(_uses_of(one) for one in UNITS)
rates_by_unit = tuple(_rate(one) for one in UNITS)
trends_by_unit = tuple(_trend(one) for one in _TRENDS)
services_count_12p = FAMILY.feature(
    "services_count_12p",
    "Distinct services used.",
    ("Services", "使用服务数"),
    "services",
    lambda m, window: m[_SERVICES.of("service", "distinct")],
    [_SERVICES.of("service", "distinct")],
    type=INTEGER,
    null="",
    ripens=True,
)
top_service_12p = FAMILY.feature(
    "top_service_12p",
    "Service of most uses (ties: alphabetical).",
    ("Top service", "首选服务"),
    "",
    lambda m, window: m[_SERVICES.of("service", "largest_key")],
    [_SERVICES.of("service", "largest_key")],
    type=TEXT,
    null=_NO_USE,
    minimum=None,
)
top_service_share_12p = FAMILY.feature(
    "top_service_share_12p",
    "Share of uses of the top service.",
    ("Top service share", "首选服务占比"),
    "share 0-1",
    lambda m, window: ratio(m[_SERVICES.of("service", "largest")], m[usage.uses_count]),
    [_SERVICES.of("service", "largest"), usage.uses_count],
    null=_NO_USE,
    maximum=1,
    ripens=True,
    words=("one service", "several services", "服务集中", "服务多样"),
    counted_by=_COUNT,
)
effective_services_12p = FAMILY.feature(
    "effective_services_12p",
    "Effective number of services: exp of the entropy of uses over them (Hill, 1973).",
    ("Effective services", "有效服务数"),
    "services",
    lambda m, window: effective_number(m[usage.uses_count], m[_SERVICES.of("service", "logs")]),
    [usage.uses_count, _SERVICES.of("service", "logs")],
    null=_NO_USE,
    minimum=1,
    ripens=True,
    counted_by=_COUNT,
)
