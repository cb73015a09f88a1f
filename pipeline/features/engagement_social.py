"""Engagement on social networks: acts by their kind.

Belongs here: how much, how recently and in which way a customer acts. Does not belong here: what is said
and in what tone (``texts``).

spreading share = (shares + mentions) / acts: what others see of the company through the customer.
"""

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family, Feature
from pipeline.features.engagement import FAMILY as _ENGAGEMENT
from pipeline.ledgers.social import ACTS, social
from pipeline.tables.model import INTEGER

FAMILY: Family = _ENGAGEMENT

_ZH = {
    "follow": "关注",
    "unfollow": "取消关注",
    "like": "点赞",
    "share": "转发",
    "comment": "评论",
    "mention": "提及",
}
_NO_ACT = "no act in the window"


def _acts(kind: str) -> Feature:
    """Acts of one kind in the window."""
    reading = social.measure(f"{ACTS[kind]}_count")
    return FAMILY.feature(
        f"social_{ACTS[kind]}_count_12p",
        f"Acts on social networks of the kind {kind}.",
        (f"Social {ACTS[kind]}", f"社交{_ZH[kind]}次数"),
        "acts",
        lambda m, window: m[reading],
        [reading],
        type=INTEGER,
        null="",
        ripens=True,
    )


social_acts_count_12p = FAMILY.feature(
    "social_acts_count_12p",
    "Acts on social networks, of any kind.",
    ("Social acts", "社交互动次数"),
    "acts",
    lambda m, window: m[social.acts_count],
    [social.acts_count],
    type=INTEGER,
    null="",
    ripens=True,
    words=("active on networks", "silent on networks", "社交活跃", "社交沉默"),
)
social_acts_by_kind = tuple(_acts(kind) for kind in ACTS)
social_act_recency_days = FAMILY.feature(
    "social_act_recency_days",
    "Days from the last act on a social network to as_of.",
    ("Days since last social act", "距最近社交互动天数"),
    "days",
    lambda m, window: days_until(window.as_of, m[social.last_act_at]),
    [social.last_act_at],
    null=_NO_ACT,
    ripens=True,
)
social_spreading_share_12p = FAMILY.feature(
    "social_spreading_share_12p",
    "Share of acts that spread the word: shares and mentions.",
    ("Social spreading share", "社交传播占比"),
    "share 0-1",
    lambda m, window: ratio(m[social.shares_count] + m[social.mentions_count], m[social.acts_count]),
    [social.shares_count, social.mentions_count, social.acts_count],
    null=_NO_ACT,
    maximum=1,
    words=("spreading the word", "keeping to themselves", "乐于传播", "少传播"),
    counted_by="social_acts_count_12p",
)
