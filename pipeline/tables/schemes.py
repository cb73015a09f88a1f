"""Schemes and their named segments, with labels in English and Chinese.

Belongs here: ids and labels that every project shares. Does not belong here: how a scheme
scores (``segments``), or discovered segments, which are born in the register.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SegmentLabel:
    """A segment with a name of its own: local name, English and Chinese label."""

    name: str
    label: str
    label_zh: str


@dataclass(frozen=True)
class SchemeLabel:
    """A scheme: id, kind, labels, and its named segments (none when discovered)."""

    name: str
    kind: str
    label: str
    label_zh: str
    segments: tuple[SegmentLabel, ...]

    def segment_ids(self) -> list[str]:
        """Ids of the named segments: ``scheme:name``."""
        return [f"{self.name}:{one.name}" for one in self.segments]


_HIGH_MEDIUM_LOW = (
    SegmentLabel("high", "High", "高"),
    SegmentLabel("medium", "Medium", "中"),
    SegmentLabel("low", "Low", "低"),
)


_GROWING_STEADY_DECLINING = (
    SegmentLabel("high", "Growing", "增长"),
    SegmentLabel("medium", "Steady", "平稳"),
    SegmentLabel("low", "Declining", "下降"),
)


def _tier(
    name: str, label: str, label_zh: str, segments: tuple[SegmentLabel, ...] = _HIGH_MEDIUM_LOW
) -> SchemeLabel:
    return SchemeLabel(name, "tier", label, label_zh, segments)


SCHEMES: tuple[SchemeLabel, ...] = (
    _tier("purchasing_power", "Purchasing power", "购买力"),
    _tier("purchase_frequency", "Purchase frequency", "购买频率"),
    # What was bought of late, against before: no forecast, and not called one (law L12).
    _tier("recent_trend", "Recent trend", "近期趋势", _GROWING_STEADY_DECLINING),
    _tier("satisfaction", "Satisfaction", "满意度"),
    _tier("loyalty", "Loyalty", "忠诚度"),
    _tier("churn_risk", "Churn risk", "流失风险"),
    SchemeLabel(
        "rfm",
        "grid",
        "Recency, frequency, monetary value",
        "RFM 客户价值",
        (
            SegmentLabel("champions", "Champions", "重要价值客户"),
            SegmentLabel("loyal_customers", "Loyal customers", "忠诚客户"),
            SegmentLabel("potential_loyalists", "Potential loyalists", "潜在忠诚客户"),
            SegmentLabel("recent_customers", "Recent customers", "近期客户"),
            SegmentLabel("promising", "Promising", "有望客户"),
            SegmentLabel("needing_attention", "Needing attention", "需关注客户"),
            SegmentLabel("about_to_sleep", "About to sleep", "即将沉睡客户"),
            SegmentLabel("at_risk", "At risk", "有流失风险客户"),
            SegmentLabel("cannot_lose", "Cannot lose them", "不可失去客户"),
            SegmentLabel("hibernating", "Hibernating", "沉睡客户"),
        ),
    ),
    SchemeLabel(
        "lifecycle",
        "rules",
        "Lifecycle",
        "生命周期",
        (
            SegmentLabel("new", "New", "新客户"),
            SegmentLabel("active", "Active", "活跃客户"),
            SegmentLabel("loyal", "Loyal", "忠诚客户"),
            SegmentLabel("potential", "Potential (growing of late)", "潜在客户（近期增长）"),
            SegmentLabel("at_risk", "At risk", "有流失风险客户"),
            SegmentLabel("lost", "Lost", "流失客户"),
            SegmentLabel("returned", "Returned", "回流客户"),
        ),
    ),
    SchemeLabel("behaviour_clusters", "discovered", "Behaviour clusters", "行为聚类", ()),
)

BY_NAME: dict[str, SchemeLabel] = {one.name: one for one in SCHEMES}
