"""What the texts of customers are about: topics, planted so that it can be told whether they are found.

Belongs here: the topic of a text, and sentences about one. Does not belong here: in what mood it is written
(``service``). The topic of a text follows from the key of its line, so that the truth needs no file.
"""

import zlib

from pipeline.simulate.lexicon import lexicon
from pipeline.simulate.plan import Plan

#: Of interviews these are the coded themes as well.
TOPICS = ("price", "delivery", "quality", "service", "sustainability", "app")
#: One text in so many is about nothing.
_NOTHING = 8


def topic_of(plan: Plan, key: str) -> str | None:
    """The topic of the text in the line with ``key`` of tickets or answers; none: about nothing."""
    number = _number(plan, key, "topic")
    return None if number % _NOTHING == 0 else TOPICS[number // _NOTHING % len(TOPICS)]


def sentence(plan: Plan, key: str, topic: str, language: str) -> str:
    """A sentence about ``topic`` in a language, or else in English; the same for the same key."""
    some = lexicon()["topics"][topic]
    parts = some.get(language) or some["en"]
    chosen = [
        options[_number(plan, key, f"{topic} {part}") % len(options)] for part, options in parts.items()
    ]
    if language == "zh":
        return f"{chosen[0]}{chosen[1]}，{chosen[2]}。"
    return f"{' '.join(chosen)}."


def written(plan: Plan, key: str, opening: str, language: str) -> str:
    """A text that opens so, about the topic of its line."""
    topic = topic_of(plan, key)
    if topic is None:
        return opening
    return f"{opening}{'' if language == 'zh' else ' '}{sentence(plan, key, topic, language)}"


def _number(plan: Plan, key: str, what: str) -> int:
    return zlib.crc32(f"{plan.seed} {key} {what}".encode()) >> 4
