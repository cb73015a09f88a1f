"""Sentences say what the explanation says, with its numbers, in both languages."""

from typing import Any

import pytest

from pipeline.features import FEATURES
from pipeline.publish.texts import Language, Words
from pipeline.publish.why import sentence
from pipeline.settings import BUILT_IN

LABELS: dict[Language, dict[str, str]] = {
    "en": {"loyalty:high": "High", "loyalty:low": "Low"},
    "zh": {"loyalty:high": "高", "loyalty:low": "低"},
}


def words(language: Language) -> Words:
    return Words(language, "EUR", LABELS[language], BUILT_IN, FEATURES)


def found(**changes: Any) -> dict[str, Any]:
    factor = {"feature": "active_periods_share_12p", "value": 0.935, "other_value": 0.5, "effect": 0.4}
    return {
        "scheme": "loyalty",
        "segment_id": "loyalty:high",
        "other_segment_id": "loyalty:low",
        "is_own_past": False,
        "was_there": False,
        "factors": [factor],
        "change": None,
        "named_only": [],
    } | changes


def factor(feature: str, value: float | None, other: float | None, effect: float = 0.4) -> dict[str, Any]:
    return {"feature": feature, "value": value, "other_value": other, "effect": effect}


CASES: list[tuple[dict[str, Any], str, str]] = [
    (
        found(),
        "Loyalty: High, not Low, because active periods share is 93.5% (usually 50% there).",
        "忠诚度：高，而不是低，因为活跃周期占比为93.5%（对方通常为50%）。",
    ),
    (
        found(is_own_past=True),
        "Loyalty: High, before Low, because active periods share went from 50% to 93.5%.",
        "忠诚度：高，此前为低，因为活跃周期占比由50%变为93.5%。",
    ),
    (
        found(other_segment_id=None, factors=[]),
        "Loyalty: High; no single feature decides it.",
        "忠诚度：高；没有单独起决定作用的特征。",
    ),
    (
        found(factors=[factor("recency_days", 100.0, 3.0, -0.2)], was_there=True),
        "Loyalty: High, not Low; it was there before, and too little speaks for another one. Against it"
        " speaks that recency is 100 days (usually 3 days there).",
        "忠诚度：高，而不是低；此前即在此，尚无足够依据离开。与此相反的是：距最近订单天数为100（对方通常为3）。",
    ),
    (
        found(factors=[factor("recency_days", None, 3.0)]),
        "Loyalty: High, not Low, because recency is not known.",
        "忠诚度：高，而不是低，因为距最近订单天数未知。",
    ),
    (
        found(
            factors=[],
            change={
                "feature": "active_periods_share_12p",
                "value": 0.0935,
                "is_greater": False,
                "segment_id": "loyalty:low",
                "passed_share": 0.1,
            },
        ),
        "Loyalty: High, not Low; no single feature decides it. It would be Low if active periods share were"
        " 9.35% or less, all else as it is.",
        "忠诚度：高，而不是低；没有单独起决定作用的特征。其他不变时，若活跃周期占比降到9.35%或更低，则为低。",
    ),
    (
        found(factors=[], named_only=["recency_days"]),
        "Loyalty: High, not Low; no single feature decides it. Recency counts, too; values of it are not"
        " told.",
        "忠诚度：高，而不是低；没有单独起决定作用的特征。距最近订单天数也起作用，但不公布其数值。",
    ),
]


@pytest.mark.parametrize(("explanation", "english", "chinese"), CASES)
def test_each_part_has_its_sentence(explanation: dict[str, Any], english: str, chinese: str) -> None:
    assert sentence(explanation, words("en")) == english
    assert sentence(explanation, words("zh")) == chinese


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0935, "0.0935 days"),
        (13.0, "13 days"),
        (-2.5, "−2.5 days"),
        (1234.0, "1,230 days"),
        (0.0, "0 days"),
    ],
)
def test_a_value_is_said_with_the_three_digits_that_it_was_told_with(value: float, said: str) -> None:
    told = found(factors=[factor("recency_days", value, None)], other_segment_id=None)
    assert sentence(told, words("en")) == f"Loyalty: High, because recency is {said}."
