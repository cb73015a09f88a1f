"""Engagement on the web: how a customer uses the site and the app.

Belongs here: visits, their depth, carts, orders, devices, entries. Does not belong here: change over time
(``trend``), or what is bought (``value``, ``behaviour``).

Each mean or share is over the visits that tell it: pages over visits whose pages are known, left
carts over visits with a cart of which it is known whether they ended in an order. The top entry is
the kind of channel by which most visits came (ties: alphabetical).
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import largest, largest_name, ratio
from pipeline.features.declaration import Family
from pipeline.features.engagement import FAMILY as _ENGAGEMENT
from pipeline.features.sums import Measured
from pipeline.ledgers.web import ENTRIES, web
from pipeline.tables.model import INTEGER, TEXT

FAMILY: Family = _ENGAGEMENT

_VISITS = "web_visits_count_12p"
_NO_VISIT = "no visit in the window"
_ENTRIES = {one: web.measure(f"{one}_entries_count") for one in sorted(ENTRIES)}


def _told(column: str) -> list[tuple[str, str]]:
    return [("web_visits", column)]


def _entries(m: Measured) -> dict[str, ir.IntegerValue]:
    return {one: m[reading] for one, reading in _ENTRIES.items()}


def _top_entry_share(m: Measured) -> ir.FloatingValue:
    counts = _entries(m)
    return ratio(largest(counts), sum(counts.values(), ibis.literal(0)))


web_visits_count_3p = FAMILY.feature(
    "web_visits_count_3p",
    "Visits to site and app in the last three periods.",
    ("Web visits, last 3 periods", "近 3 期访问次数"),
    "visits",
    lambda m, window: m[web.visits_count.over(3)],
    [web.visits_count.over(3)],
    "3p",
    INTEGER,
    null="",
    ripens=True,
)
web_visits_count_12p = FAMILY.feature(
    _VISITS,
    "Visits to site and app.",
    ("Web visits", "访问次数"),
    "visits",
    lambda m, window: m[web.visits_count],
    [web.visits_count],
    type=INTEGER,
    null="",
    ripens=True,
    words=("often online", "seldom online", "常上网站", "少上网站"),
)
web_visit_recency_days = FAMILY.feature(
    "web_visit_recency_days",
    "Days from the last visit to as_of.",
    ("Days since last visit", "距最近访问天数"),
    "days",
    lambda m, window: days_until(window.as_of, m[web.last_visit_at]),
    [web.last_visit_at],
    null=_NO_VISIT,
    ripens=True,
    words=("long not online", "recently online", "久未访问", "近期访问"),
)
web_pages_per_visit_12p = FAMILY.feature(
    "web_pages_per_visit_12p",
    "Pages seen per visit.",
    ("Pages per visit", "每次访问页数"),
    "pages",
    lambda m, window: ratio(m[web.pages_count], m[web.paged_visits_count]),
    [web.pages_count, web.paged_visits_count],
    null="no visit in the window whose pages are known",
    words=("deep visits", "short visits", "深度浏览", "浅度浏览"),
    told_by=_told("pages_count"),
    counted_by=_VISITS,
)
web_seconds_per_visit_12p = FAMILY.feature(
    "web_seconds_per_visit_12p",
    "Mean length of a visit.",
    ("Seconds per visit", "每次访问时长"),
    "seconds",
    lambda m, window: ratio(m[web.duration_seconds_sum], m[web.timed_visits_count]),
    [web.duration_seconds_sum, web.timed_visits_count],
    null="no visit in the window whose length is known",
    words=("long visits", "quick visits", "访问时间长", "访问时间短"),
    told_by=_told("duration_seconds"),
    counted_by=_VISITS,
)
web_conversion_share_12p = FAMILY.feature(
    "web_conversion_share_12p",
    "Share of visits that ended in an order.",
    ("Web conversion share", "访问转化率"),
    "share 0-1",
    lambda m, window: ratio(m[web.converted_visits_count], m[web.conversion_told_visits_count]),
    [web.converted_visits_count, web.conversion_told_visits_count],
    null="no visit in the window of which it is known whether it ended in an order",
    maximum=1,
    words=("buying visits", "looking only", "访问即购买", "只看不买"),
    told_by=_told("is_converted"),
    counted_by=_VISITS,
)
web_cart_share_12p = FAMILY.feature(
    "web_cart_share_12p",
    "Share of visits in which something was put into the cart.",
    ("Visits with a cart share", "加购访问占比"),
    "share 0-1",
    lambda m, window: ratio(m[web.cart_visits_count], m[web.cart_told_visits_count]),
    [web.cart_visits_count, web.cart_told_visits_count],
    null="no visit in the window of which carts are known",
    maximum=1,
    told_by=_told("carts_count"),
    counted_by=_VISITS,
)
web_carts_count_12p = FAMILY.feature(
    "web_carts_count_12p",
    "Visits with a cart of which it is known whether they ended in an order.",
    ("Visits with a cart", "加购访问次数"),
    "visits",
    lambda m, window: m[web.cart_ended_visits_count],
    [web.cart_ended_visits_count],
    type=INTEGER,
    null="",
    ripens=True,
    told_by=_told("carts_count"),
)
web_carts_left_share_12p = FAMILY.feature(
    "web_carts_left_share_12p",
    "Share of visits with a cart that did not end in an order.",
    ("Carts left share", "弃购占比"),
    "share 0-1",
    lambda m, window: ratio(m[web.cart_left_visits_count], m[web.cart_ended_visits_count]),
    [web.cart_left_visits_count, web.cart_ended_visits_count],
    null="no visit with a cart in the window of which it is known whether it ended in an order",
    maximum=1,
    words=("leaving carts", "finishing carts", "常弃购", "少弃购"),
    told_by=_told("is_converted"),
    counted_by="web_carts_count_12p",
)
web_mobile_share_12p = FAMILY.feature(
    "web_mobile_share_12p",
    "Share of visits by telephone or tablet.",
    ("Mobile visits share", "移动端访问占比"),
    "share 0-1",
    lambda m, window: ratio(m[web.mobile_visits_count], m[web.device_told_visits_count]),
    [web.mobile_visits_count, web.device_told_visits_count],
    null="no visit in the window whose device is known",
    maximum=1,
    words=("mobile", "desktop", "移动端", "电脑端"),
    told_by=_told("device"),
    counted_by=_VISITS,
)
web_top_entry_12p = FAMILY.feature(
    "web_top_entry_12p",
    f"Kind of channel by which most visits came: {', '.join(ENTRIES)} (ties: alphabetical).",
    ("Top web entry", "首要访问来源"),
    "",
    lambda m, window: largest_name(_entries(m)),
    list(_ENTRIES.values()),
    type=TEXT,
    null="no visit in the window whose entry is known",
    minimum=None,
    told_by=_told("entry_channel"),
)
web_top_entry_share_12p = FAMILY.feature(
    "web_top_entry_share_12p",
    "Share of visits that came by the top kind of entry.",
    ("Top web entry share", "首要访问来源占比"),
    "share 0-1",
    lambda m, window: _top_entry_share(m),
    list(_ENTRIES.values()),
    null="no visit in the window whose entry is known",
    maximum=1,
    ripens=True,
    told_by=_told("entry_channel"),
    counted_by=_VISITS,
)
