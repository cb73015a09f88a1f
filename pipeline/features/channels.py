"""Channels: through which a customer buys, and by which it is reached and answers.

Belongs here: orders and contacts by kind of channel, their spread and shift, what contacts cost. Does not
belong here: whether campaigns are answered at all (``engagement``).

Kinds follow from companies' own words (``ledgers.channels``). Shares are of orders whose channel is known;
effective channels = exp(-Σ p ln p) over kinds (Hill, 1973); shift = ½ Σ |p - q| of the last three periods
and the three before (total variation), known from three orders in each on: of fewer, the distance is mostly
chance. Contacts are answered as in ``engagement``, by what a source tells of the contact itself.
"""

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import largest, largest_name, moved_share, ratio, spread_over
from pipeline.features.declaration import Family, Feature, Label
from pipeline.features.sums import Measured
from pipeline.ledgers import WINDOW_PERIODS, Reading
from pipeline.ledgers.campaigns import ANSWERED
from pipeline.ledgers.contact_channels import contact_channels
from pipeline.ledgers.orders import CHANNELS, orders
from pipeline.tables.model import INTEGER, TEXT

FAMILY = Family("channels", 45, ("Channels", "渠道"))

_KINDS = tuple(sorted((*CHANNELS, "other")))
_ORDERS = {one: orders.measure(f"{one}_orders_count") for one in _KINDS}
_NOW = {one: reading.over(3) for one, reading in _ORDERS.items()}
_BEFORE = {one: reading.over(3, before=3) for one, reading in _ORDERS.items()}
#: Fewest orders in each of two spans of which a shift is told.
_LEAST = 3
_NONE = "no order with a known channel in the window"
_TOLD = [("orders", "channel")]
_COUNT = "channel_orders_count_12p"
_LABELS: dict[str, Label] = {
    "store": ("Store orders share", "门店订单占比"),
    "web": ("Web orders share", "网站订单占比"),
    "app": ("App orders share", "应用订单占比"),
    "phone": ("Phone orders share", "电话订单占比"),
    "partner": ("Partner orders share", "合作渠道订单占比"),
}
#: Kinds of channel by which companies reach customers, and their Chinese names.
CONTACTS = {"email": "邮件", "message": "消息", "phone": "电话", "post": "信函"}
_EARLIER = (WINDOW_PERIODS - 1, 1)
_ANSWER_TOLD = [("campaign_contacts", one) for one in ANSWERED]
_NO_ANSWER = "no contact in the window whose channel is known and of which a source tells responses"


def _every(m: Measured, readings: dict[str, Reading]) -> dict[str, ir.IntegerValue]:
    return {one: m[reading] for one, reading in readings.items()}


def _total(m: Measured, readings: dict[str, Reading]) -> ir.IntegerValue:
    counts = list(_every(m, readings).values())
    return sum(counts[1:], counts[0])


def _share(kind: str) -> Feature:
    """Share of orders through channels of one kind."""
    return FAMILY.feature(
        f"{kind}_orders_share_12p",
        f"Share of orders through a channel of the kind {kind}.",
        _LABELS[kind],
        "share 0-1",
        lambda m, window: ratio(m[_ORDERS[kind]], _total(m, _ORDERS)),
        list(_ORDERS.values()),
        null=_NONE,
        maximum=1,
        told_by=_TOLD,
        counted_by=_COUNT,
    )


def _shift(m: Measured) -> ir.FloatingValue:
    is_enough = (_total(m, _NOW) >= _LEAST) & (_total(m, _BEFORE) >= _LEAST)
    moved = moved_share([*_every(m, _NOW).values()], [*_every(m, _BEFORE).values()])
    return ibis.ifelse(is_enough, moved, ibis.null("float64"))


def _answers(kind: str) -> tuple[Reading, Reading]:
    """Contacts of a kind of channel that were answered: of this period by its end, before by the next."""
    now, earlier = (
        contact_channels.answered_count.over(1),
        contact_channels.answered_by_next_count.over(*_EARLIER),
    )
    return now.at("channel_kind", kind), earlier.at("channel_kind", kind)


_ANSWERS = {one: _answers(one) for one in sorted(CONTACTS)}
_ANSWER_READINGS = [reading for both in _ANSWERS.values() for reading in both]


def _answered(m: Measured, kind: str) -> ir.IntegerValue:
    now, earlier = _ANSWERS[kind]
    return m[now] + m[earlier]


def _contacts(kind: str) -> Feature:
    reading = contact_channels.contacts_count.at("channel_kind", kind)
    return FAMILY.feature(
        f"{kind}_contacts_count_12p",
        f"Campaign contacts by a channel of the kind {kind}.",
        (f"Contacts by {kind}", f"{CONTACTS[kind]}触达次数"),
        "contacts",
        lambda m, window: m[reading],
        [reading],
        type=INTEGER,
        null="",
        ripens=True,
        told_by=[("campaign_contacts", "channel")],
    )


def _response(kind: str) -> Feature:
    answerable = contact_channels.answerable_count.at("channel_kind", kind)
    return FAMILY.feature(
        f"{kind}_response_share_12p",
        f"Contacts by a channel of the kind {kind} that were answered by the end of the next period, per "
        "contact of which a source tells it.",
        (f"Response share by {kind}", f"{CONTACTS[kind]}响应率"),
        "share 0-1",
        lambda m, window: ratio(_answered(m, kind), m[answerable]),
        [*_ANSWERS[kind], answerable],
        null=_NO_ANSWER,
        maximum=1,
        told_by=_ANSWER_TOLD,
        counted_by=f"{kind}_contacts_count_12p",
    )


channel_orders_count_12p = FAMILY.feature(
    _COUNT,
    "Orders whose channel is known.",
    ("Orders of a known channel", "已知渠道的订单数"),
    "orders",
    lambda m, window: _total(m, _ORDERS),
    list(_ORDERS.values()),
    type=INTEGER,
    null="",
    ripens=True,
    told_by=_TOLD,
)
shares_of_orders = tuple(_share(one) for one in CHANNELS)
top_channel_12p = FAMILY.feature(
    "top_channel_12p",
    f"Kind of channel of most orders: {', '.join(_KINDS)} (ties: alphabetical).",
    ("Top channel", "首选渠道"),
    "",
    lambda m, window: largest_name(_every(m, _ORDERS)),
    list(_ORDERS.values()),
    type=TEXT,
    null=_NONE,
    minimum=None,
    told_by=_TOLD,
)
top_channel_share_12p = FAMILY.feature(
    "top_channel_share_12p",
    "Share of orders through the top kind of channel.",
    ("Top channel share", "首选渠道占比"),
    "share 0-1",
    lambda m, window: ratio(largest(_every(m, _ORDERS)), _total(m, _ORDERS)),
    list(_ORDERS.values()),
    null=_NONE,
    maximum=1,
    ripens=True,
    words=("one channel", "mixed channels", "渠道集中", "渠道多样"),
    told_by=_TOLD,
    counted_by=_COUNT,
)
effective_channels_12p = FAMILY.feature(
    "effective_channels_12p",
    "Effective number of kinds of channel: exp of the entropy of orders over them (Hill, 1973).",
    ("Effective channels", "有效渠道数"),
    "channels",
    lambda m, window: spread_over(_every(m, _ORDERS)),
    list(_ORDERS.values()),
    null=_NONE,
    minimum=1,
    ripens=True,
    words=("several channels", "one channel", "多渠道", "单渠道"),
    told_by=_TOLD,
    counted_by=_COUNT,
)
channel_orders_count_6p = FAMILY.feature(
    "channel_orders_count_6p",
    "Orders of the last six periods whose channel is known.",
    ("Orders of a known channel, last 6 periods", "近 6 期已知渠道的订单数"),
    "orders",
    lambda m, window: _total(m, _NOW) + _total(m, _BEFORE),
    [*_NOW.values(), *_BEFORE.values()],
    "6p",
    INTEGER,
    null="",
    ripens=True,
    told_by=_TOLD,
)
channel_shift_index_6p = FAMILY.feature(
    "channel_shift_index_6p",
    "Share of orders that changed their kind of channel, last three periods against the three before (total "
    "variation).",
    ("Channel shift index, last 6 periods", "近 6 期渠道转移指数"),
    "index 0-1",
    lambda m, window: _shift(m),
    [*_NOW.values(), *_BEFORE.values()],
    "6p",
    null="fewer than three orders with a known channel in the last three periods, or in the three before",
    maximum=1,
    ripens=True,
    words=("changing channel", "true to their channel", "渠道转移", "渠道稳定"),
    told_by=_TOLD,
    counted_by="channel_orders_count_6p",
    trait="none",
)
contacts_by_kind = tuple(_contacts(one) for one in CONTACTS)
responses_by_kind = tuple(_response(one) for one in CONTACTS)
answering_channel_12p = FAMILY.feature(
    "answering_channel_12p",
    f"Kind of channel of most answered contacts: {', '.join(sorted(CONTACTS))} (ties: alphabetical).",
    ("Answering channel", "响应最多的渠道"),
    "",
    lambda m, window: largest_name({one: _answered(m, one) for one in _ANSWERS}),
    _ANSWER_READINGS,
    type=TEXT,
    null="no answered contact in the window whose channel is known",
    minimum=None,
    told_by=_ANSWER_TOLD,
)
priced_contacts_count_12p = FAMILY.feature(
    "priced_contacts_count_12p",
    "Campaign contacts whose channel and cost are known.",
    ("Contacts of a known cost", "已知成本的触达次数"),
    "contacts",
    lambda m, window: m[contact_channels.priced_contacts_count],
    [contact_channels.priced_contacts_count],
    type=INTEGER,
    null="",
    ripens=True,
    told_by=[("campaign_contacts", "cost_amount")],
)
contact_cost_amount_12p = FAMILY.feature(
    "contact_cost_amount_12p",
    "What campaign contacts of a known channel cost.",
    ("Contact cost", "触达成本"),
    "project currency",
    lambda m, window: m[contact_channels.cost_amount],
    [contact_channels.cost_amount],
    null="",
    ripens=True,
    words=("dear to reach", "cheap to reach", "触达成本高", "触达成本低"),
    told_by=[("campaign_contacts", "cost_amount")],
    counted_by="priced_contacts_count_12p",
)
