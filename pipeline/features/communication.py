"""Communication and needs: what customers turn to the company with, and through which channel.

Belongs here: contacts with support by kind and channel, interviews and their coded themes. Does not
belong here: satisfaction with them (``satisfaction``), or tone and themes of what was said (``texts``).

share of a kind = contacts of the kind / contacts; the main channel is that of most contacts (ties:
alphabetical).
"""

from pipeline.features.arithmetic import rate_per_30_days, ratio
from pipeline.features.declaration import Family, Feature, Label, Words
from pipeline.ledgers import Reading
from pipeline.ledgers.interviews import interview_keys, interviews
from pipeline.ledgers.support import support, support_keys
from pipeline.tables.model import INTEGER, TEXT

FAMILY = Family("communication", 35, ("Communication and needs", "沟通与需求"))

_NO_CONTACT = "no contact with support in the window"
_NO_CHANNEL = "no contact with support of a known channel in the window"
_BY_THEME = interview_keys.interviews_count
_BY_CHANNEL = support_keys.contacts_count


def _counted(name: str, meaning: str, label: Label, reading: Reading) -> Feature:
    return FAMILY.feature(
        name,
        meaning,
        label,
        "contacts",
        lambda m, window: m[reading],
        [reading],
        type=INTEGER,
        null="",
        ripens=True,
    )


def _share(name: str, kind: str, label: Label, reading: Reading, words: Words) -> Feature:
    return FAMILY.feature(
        name,
        f"Contacts {kind} per contact with support.",
        label,
        "share 0-1",
        lambda m, window: ratio(m[reading], m[support.contacts_count]),
        [reading, support.contacts_count],
        null=_NO_CONTACT,
        maximum=1,
        words=words,
        counted_by="support_contacts_count_12p",
    )


support_contacts_count_12p = _counted(
    "support_contacts_count_12p",
    "Contacts with support.",
    ("Support contacts", "客服联系次数"),
    support.contacts_count,
)
support_contacts_per_30_days_12p = FAMILY.feature(
    "support_contacts_per_30_days_12p",
    "Contacts with support per 30 days of exposure.",
    ("Support contacts per 30 days", "每 30 天客服联系次数"),
    "contacts per 30 days",
    lambda m, window: rate_per_30_days(m[support.contacts_count], m.exposure_days),
    [support.contacts_count],
    null="",
    words=("often in touch", "seldom in touch", "联系频繁", "很少联系"),
    counted_by="support_contacts_count_12p",
    trait="rate",
)
questions_count_12p = _counted(
    "questions_count_12p", "Contacts with a question.", ("Questions", "咨询次数"), support.questions_count
)
disputes_count_12p = _counted(
    "disputes_count_12p", "Contacts in dispute.", ("Disputes", "纠纷次数"), support.disputes_count
)
praises_count_12p = _counted(
    "praises_count_12p", "Contacts with praise.", ("Praise", "表扬次数"), support.praises_count
)
question_contacts_share_12p = _share(
    "question_contacts_share_12p",
    "with a question",
    ("Share of questions", "咨询占比"),
    support.questions_count,
    ("asking", "seldom asking", "咨询多", "咨询少"),
)
complaint_contacts_share_12p = _share(
    "complaint_contacts_share_12p",
    "with a complaint",
    ("Share of complaints", "投诉占比"),
    support.complaints_count,
    ("complaining", "uncomplaining", "投诉多", "投诉少"),
)
refund_claim_contacts_share_12p = _share(
    "refund_claim_contacts_share_12p",
    "that claim money back",
    ("Share of refund claims", "退款要求占比"),
    support.refund_claims_count,
    ("claiming refunds", "no refund claims", "常要求退款", "少要求退款"),
)
dispute_contacts_share_12p = _share(
    "dispute_contacts_share_12p",
    "in dispute",
    ("Share of disputes", "纠纷占比"),
    support.disputes_count,
    ("disputing", "undisputing", "纠纷多", "纠纷少"),
)
praise_contacts_share_12p = _share(
    "praise_contacts_share_12p",
    "with praise",
    ("Share of praise", "表扬占比"),
    support.praises_count,
    ("praising", "seldom praising", "常表扬", "少表扬"),
)
support_channels_count_12p = FAMILY.feature(
    "support_channels_count_12p",
    "Distinct channels of contacts with support.",
    ("Support channels", "客服渠道数"),
    "channels",
    lambda m, window: m[_BY_CHANNEL.of("channel", "distinct")],
    [_BY_CHANNEL.of("channel", "distinct")],
    type=INTEGER,
    null="",
    ripens=True,
    told_by=[("support_contacts", "channel")],
)
top_support_channel_12p = FAMILY.feature(
    "top_support_channel_12p",
    "Channel of most contacts with support; ties: alphabetical.",
    ("Main support channel", "主要客服渠道"),
    "",
    lambda m, window: m[_BY_CHANNEL.of("channel", "largest_key")],
    [_BY_CHANNEL.of("channel", "largest_key")],
    type=TEXT,
    null=_NO_CHANNEL,
    minimum=None,
    told_by=[("support_contacts", "channel")],
)
top_support_channel_share_12p = FAMILY.feature(
    "top_support_channel_share_12p",
    "Contacts through the main support channel per contact of a known channel.",
    ("Share of the main support channel", "主要客服渠道占比"),
    "share 0-1",
    lambda m, window: ratio(m[_BY_CHANNEL.of("channel", "largest")], m[_BY_CHANNEL.of("channel", "total")]),
    [_BY_CHANNEL.of("channel", "largest"), _BY_CHANNEL.of("channel", "total")],
    null=_NO_CHANNEL,
    maximum=1,
    told_by=[("support_contacts", "channel")],
    counted_by="support_contacts_count_12p",
)
interviews_count_12p = FAMILY.feature(
    "interviews_count_12p",
    "Interviews and focus groups taken part in.",
    ("Interviews", "访谈次数"),
    "interviews",
    lambda m, window: m[interviews.interviews_count],
    [interviews.interviews_count],
    type=INTEGER,
    null="",
    ripens=True,
)
interview_themes_count_12p = FAMILY.feature(
    "interview_themes_count_12p",
    "Distinct themes coded in interviews.",
    ("Interview themes", "访谈主题数"),
    "themes",
    lambda m, window: m[_BY_THEME.of("theme", "distinct")],
    [_BY_THEME.of("theme", "distinct")],
    type=INTEGER,
    null="",
    ripens=True,
    told_by=[("interviews", "themes")],
)
top_interview_theme_12p = FAMILY.feature(
    "top_interview_theme_12p",
    "Theme coded in most interviews; ties: alphabetical.",
    ("Main interview theme", "主要访谈主题"),
    "",
    lambda m, window: m[_BY_THEME.of("theme", "largest_key")],
    [_BY_THEME.of("theme", "largest_key")],
    type=TEXT,
    null="no coded interview in the window",
    minimum=None,
    pii="quasi",  # a theme may be anything that somebody said of themselves
    told_by=[("interviews", "themes")],
)
