"""A finding in plain words: what changed with its figures, since when, what carries it.

Belongs here: sentences about one row of ``DRIFT_FINDINGS``, for messages and for what operations sees first,
with labels in place of machine names. Does not belong here: the verdict of a period (``verdicts``), the finding's own English sentence (``drift``).
"""

# A text reads best on one line.
# ruff: noqa: E501

from collections.abc import Mapping
from typing import Any

from pipeline.publish.formats import number, percent
from pipeline.publish.texts import Language, Words

Row = Mapping[str, Any]
#: Measures whose figures are shares.
_SHARES = ("tail_share_change", "missing_share_change", "new_category_share", "total_variation")
#: Measures whose figures have the unit of the feature.
_QUANTITIES = ("mean_change", "spread_change")

TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "mean_change": "{subject}: {now} on average, {before} {when}{change}",
        "spread_change": "{subject} spreads otherwise: standard deviation {now}, {before} {when}{change}",
        "tail_share_change": "the 1% of customers with the most of {subject} carry {now} of its total, {before} {when}",
        "missing_share_change": "{now} of customers have no value of {subject}, {before} {when}",
        "new_category_share": "a new category of {subject} has {now} of customers",
        "total_variation": "{now} of customers changed sides in {subject}, compared with {than}",
        "kolmogorov_smirnov": "{subject} is distributed otherwise than in {than} (distance {now}; 0 is alike, 1 nothing in common)",
        "shorrocks_index": "more or fewer customers than usual changed segment in {subject} (mobility index {now})",
        "withheld": "{subject} changed; its figures may not be published",
        "when_previous_period": "in the period before",
        "when_first_periods": "in the first periods",
        "when_same_season": "in the same season a year before",
        "than_previous_period": "the period before",
        "than_first_periods": "the first periods",
        "than_same_season": "the same season a year before",
        "relative": " ({change})",
        "between": "{began} (between {first} and {last})",
        "carried": "{group}, {part} of the change",
        "group": "{group} ({of})",
    },
    "zh": {
        "mean_change": "{subject}：均值为 {now}，{when}为 {before}{change}",
        "spread_change": "{subject}的离散程度改变：标准差为 {now}，{when}为 {before}{change}",
        "tail_share_change": "{subject}最高的 1% 客户占总额的 {now}，{when}为 {before}",
        "missing_share_change": "{now} 的客户没有{subject}的取值，{when}为 {before}",
        "new_category_share": "{subject}出现新类别，占客户的 {now}",
        "total_variation": "与{than}相比，{now} 的客户在{subject}中改变了归属",
        "kolmogorov_smirnov": "{subject}的分布与{than}不同（距离 {now}；0 为相同，1 为毫无重叠）",
        "shorrocks_index": "{subject}中更换分群的客户多于或少于往常（流动指数 {now}）",
        "withheld": "{subject}发生变化；其数值不可发布",
        "when_previous_period": "上一周期",
        "when_first_periods": "最初各周期",
        "when_same_season": "去年同季",
        "than_previous_period": "上一周期",
        "than_first_periods": "最初各周期",
        "than_same_season": "去年同季",
        "relative": "（{change}）",
        "between": "{began}（介于 {first} 与 {last} 之间）",
        "carried": "{group}，占变化的 {part}",
        "group": "{group}（{of}）",
    },
}


def changed(row: Row, words: Words) -> str:
    """What changed, with the figures of both sides."""
    measure, comparison = row["measure"], row.get("comparison") or "previous_period"
    subject, now, before = words.subject(row["subject"]), row["value"], row.get("compared_value")
    if now is None:
        return _said(words, "withheld", subject=subject)
    change = ""
    is_ratio = before is not None and before > 0 and now >= 0  # below zero a percentage would mislead
    if measure in _QUANTITIES and is_ratio and not _is_share(words, row["subject"]):
        change = _said(words, "relative", change=f"{now / before - 1:+.0%}".replace("-", "−"))
    return _said(
        words,
        measure,
        subject=subject,
        now=_figure(row, now, words),
        before=_figure(row, before, words),
        change=change,
        when=_said(words, f"when_{comparison}"),
        than=_said(words, f"than_{comparison}"),
    )


def since(row: Row, words: Words) -> str:
    """The period that it began in, with the first and the last that are about as likely."""
    began, first, last = (
        str(row.get(f"began_{one}period") or row["period"]) for one in ("", "earliest_", "latest_")
    )
    return began if first == last else _said(words, "between", began=began, first=first, last=last)


def carried(row: Row, words: Words) -> str:
    """What carries it, and how much of it; empty where nothing does."""
    if not row.get("carried_by"):
        return ""
    kind, _, group = str(row["carried_by"]).partition(":")
    called = words.state(f"{kind}:{group}") if kind in words.schemes else group.strip()
    named = _said(words, "group", group=called, of=words.subject(kind))
    return _said(words, "carried", group=named, part=percent(row["carried_share"], digits=0))


def _figure(row: Row, value: float | None, words: Words) -> str:
    if row["measure"] in _SHARES:
        return percent(value)
    return words.quantity(row["subject"], value) if row["measure"] in _QUANTITIES else number(value)


def _is_share(words: Words, feature: str) -> bool:
    """Whether a change of ``feature`` is one of points, not of a share of what it was."""
    known = words.features.get(feature)
    return known is not None and known.unit.startswith(("share", "probability"))


def _said(words: Words, text: str, **values: object) -> str:
    found = TEXTS[words.language][text]
    return found.format(**values) if values else found
