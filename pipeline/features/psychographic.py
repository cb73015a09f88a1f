"""Psychographics: values, personality and way of life, as customers answer on declared scales.

Belongs here: means of answers, and how many there were. Does not belong here: acts on social networks
(``engagement``), or stated price sensitivity (``price_sensitivity``).

mean = sum of answers, 1 to 5 / answers. Values: the four higher-order ones (Schwartz, 1992). Personality: the
Big Five (Goldberg, 1990). Way of life: activities, interests, opinions (Wells and Tigert, 1971).
"""

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family, Feature, Label, Words
from pipeline.ledgers.surveys import surveys
from pipeline.tables.model import INTEGER

FAMILY = Family("psychographic", 105, ("Psychographic", "心理特征"))

#: Label of each question, and how clusters are described that are high, or low.
_QUESTIONS: dict[str, tuple[Label, Words]] = {
    "values_openness": (
        ("Openness to change", "开放求变"),
        ("open to change", "not open to change", "乐于求变", "不求变化"),
    ),
    "values_conservation": (
        ("Conservation", "保守传统"),
        ("traditional", "untraditional", "重视传统", "不重传统"),
    ),
    "values_self_enhancement": (
        ("Self-enhancement", "自我提升"),
        ("ambitious", "unambitious", "追求成就", "不求成就"),
    ),
    "values_self_transcendence": (
        ("Self-transcendence", "自我超越"),
        ("caring for others", "caring for themselves", "关怀他人", "关注自身"),
    ),
    "personality_openness": (("Openness", "开放性"), ("curious", "conventional", "好奇", "守常")),
    "personality_conscientiousness": (
        ("Conscientiousness", "尽责性"),
        ("conscientious", "easy-going", "尽责", "随意"),
    ),
    "personality_extraversion": (("Extraversion", "外向性"), ("outgoing", "reserved", "外向", "内向")),
    "personality_agreeableness": (("Agreeableness", "宜人性"), ("agreeable", "critical", "随和", "挑剔")),
    "personality_neuroticism": (("Neuroticism", "神经质"), ("anxious", "calm", "敏感", "沉稳")),
    "lifestyle_activities": (
        ("Activities", "活动"),
        ("active way of life", "quiet way of life", "生活活跃", "生活安静"),
    ),
    "lifestyle_interests": (
        ("Interests", "兴趣"),
        ("many interests", "few interests", "兴趣广泛", "兴趣较少"),
    ),
    "lifestyle_opinions": (
        ("Opinions", "观点"),
        ("opinionated", "without strong opinions", "观点鲜明", "观点温和"),
    ),
}


def _count(question: str) -> Feature:
    reading, ((english, chinese), _) = surveys.measure(f"{question}_count"), _QUESTIONS[question]
    return FAMILY.feature(
        f"{question}_answers_count_12p",
        f"Answers about {question.replace('_', ' ')}.",
        (f"{english}, answers", f"{chinese}回答数"),
        "answers",
        lambda m, window: m[reading],
        [reading],
        type=INTEGER,
        null="",
        ripens=True,
    )


def _mean(question: str) -> Feature:
    total, count = (surveys.measure(f"{question}_{one}") for one in ("sum", "count"))
    label, words = _QUESTIONS[question]
    said = question.replace("_", " ")
    return FAMILY.feature(
        f"{question}_mean_12p",
        f"Mean answer about {said}, 1 to 5.",
        label,
        "points",
        lambda m, window: ratio(m[total], m[count]),
        [total, count],
        null=f"no answer about {said} in the window",
        minimum=1,
        maximum=5,
        words=words,
        counted_by=f"{question}_answers_count_12p",
    )


counts = tuple(_count(question) for question in _QUESTIONS)
means = tuple(_mean(question) for question in _QUESTIONS)
