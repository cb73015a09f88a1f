"""What a text is about: themes, found in a refit (``theme_fitting``), then frozen.

Belongs here: themes as plain arrays, the themes of a text, what a theme is called. Does not belong here:
finding them, or tone.

A theme is a direction in the space of words, found by non-negative matrix factorization of TF-IDF (Lee and
Seung, 1999). Its words are the only part of any text that is kept, so a word may speak only when enough
customers wrote it, and when it is no name, number or address (law L6).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.models.frame import Floats
from pipeline.texts.words import normal, words

#: A text has a theme when the cosine of their words is at least so much, and near to that of its best.
LEAST_COSINE, NEAR_BEST = 0.25, 0.8
#: Words that a theme is called by.
LABEL_WORDS = 3
#: Chinese words that bind others, by their form: those of one character are left out anyway.
_BINDING = frozenset(
    {"我们", "你们", "他们", "这个", "那个", "什么", "怎么", "可以", "没有", "还是", "但是", "因为", "所以"}
    | {"如果", "不是", "就是", "一个", "已经", "还有", "非常", "真的", "感觉", "觉得", "请问", "谢谢", "现在"}
)
#: English words that bind others or that any text may have: articles, pronouns, auxiliaries, greetings.
_ENGLISH_BINDING = frozenset(
    {
        "the",
        "and",
        "for",
        "you",
        "your",
        "our",
        "its",
        "this",
        "that",
        "these",
        "those",
        "with",
        "from",
        "has",
    }
    | {"have", "had", "was", "were", "are", "been", "will", "would", "can", "could", "should", "not", "but"}
    | {"she", "him", "her", "his", "they", "them", "their", "who", "what", "when", "where", "which", "how"}
    | {"why", "all", "any", "again", "very", "too", "just", "also", "than", "then", "there", "here", "into"}
    | {
        "out",
        "over",
        "about",
        "after",
        "before",
        "more",
        "most",
        "much",
        "some",
        "such",
        "only",
        "own",
        "did",
    }
    | {"does", "doing", "please", "thank", "thanks", "hello", "dear", "regards", "still", "yet", "get", "got"}
)


@dataclass(frozen=True, eq=False)
class ThemeModel:
    """Themes of one language: words with their idf, a direction (row of unit length) and an id a theme."""

    language: str
    words: tuple[str, ...]
    idf: Floats
    directions: Floats
    theme_ids: tuple[str, ...]

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {one: at for at, one in enumerate(self.words)}

    def themes_of(self, text: str) -> tuple[str, ...]:
        """Ids of the themes of ``text``, the nearest first; none where it is about none of them."""
        counted = Counter(one for one in content_words(text, self.language) if one in self._places)
        if not counted or not self.theme_ids:
            return ()
        value = np.zeros(len(self.words))
        for one, times in counted.items():
            at = self._places[one]
            value[at] = (1 + np.log(times)) * self.idf[at]
        cosine = np.round(self.directions @ (value / np.linalg.norm(value)), 9)
        best = float(cosine.max())
        near = np.flatnonzero((cosine >= LEAST_COSINE) & (cosine >= NEAR_BEST * best))
        return tuple(self.theme_ids[at] for at in sorted(near.tolist(), key=lambda at: (-cosine[at], at)))

    def labels(self) -> dict[str, tuple[str, ...]]:
        """The words that each theme is called by, the strongest first."""
        order = np.argsort(-np.round(self.directions, 9), axis=1, kind="stable")[:, :LABEL_WORDS]
        return {
            one: tuple(self.words[at] for at in row if self.directions[number, at] > 0)
            for number, (one, row) in enumerate(zip(self.theme_ids, order.tolist(), strict=True))
        }


def content_words(text: str, language: str) -> list[str]:
    """Words of ``text`` that may say what it is about: no numbers, no punctuation, none that only bind."""
    found = words(normal(text), language)
    if language == "zh":
        return [one for one in found if len(one) > 1 and one.isalpha() and one not in _BINDING]
    return [one for one in found if len(one) > 2 and one.isalpha() and one not in _ENGLISH_BINDING]
