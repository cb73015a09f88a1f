"""The terms of a text: what a tone model counts.

Belongs here: normal form, words, marks of negation, n-grams, in English and Chinese. Does not belong
here: what a term weighs (``tone``), or which language a text is in (``language``).
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

import rjieba

#: Words that a negation reaches, up to the next punctuation (Pang, Lee and Vaithyanathan, 2002, mark all up
#: to it; Chinese reviews often have none for lines, so three words are the limit).
NEGATION_REACH = 3
#: Characters of a text that are read: what lies beyond costs time and adds no tone.
LONGEST = 4_000

_DIGITS, _BLANKS = re.compile(r"\d+"), re.compile(r"\s+")
_PUNCTUATION = re.compile(r"^[\W_]+$")
_ENGLISH = re.compile(r"[a-z]+(?:'[a-z]+)*|[:;=]-?[()dp]|[.,;:!?…]")
_NEGATIONS = {
    "en": frozenset(
        {"no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "hardly"}
        | {"barely", "lacks", "lack"}
    ),
    "zh": frozenset(
        {"不", "没", "没有", "无", "非", "别", "未", "不是", "不会", "不能", "不够", "不太", "不要", "并不"}
        | {"毫无", "从不", "从未", "不怎么"}
    ),
}
#: Shortest and longest n-gram of characters: Chinese words have one to four, English stems three to five.
_CHARACTERS = {"en": (3, 5), "zh": (1, 4)}
#: Languages whose tone is scored.
LANGUAGES = tuple(_CHARACTERS)


def normal(text: str) -> str:
    """``text`` in one form: Unicode NFKC, lower case, numbers as 0, at most ``LONGEST`` characters."""
    return _DIGITS.sub("0", unicodedata.normalize("NFKC", text[:LONGEST]).lower().replace("’", "'"))


def words(plain: str, language: str) -> list[str]:
    """Words and punctuation of a text in normal form."""
    if language == "zh":
        return [one for one in rjieba.cut(plain) if one.strip()]
    return _ENGLISH.findall(plain)


def negated(tokens: Sequence[str], language: str) -> list[str]:
    """``tokens``, of which those that a negation reaches begin with ``!``."""
    found, left = [], 0
    for one in tokens:
        if _PUNCTUATION.match(one):
            left = 0
            found.append(one)
            continue
        found.append("!" + one if left else one)
        is_negation = one in _NEGATIONS[language] or one.endswith("n't")
        left = NEGATION_REACH if is_negation else max(0, left - 1)
    return found


def terms(text: str, language: str) -> Iterator[str]:
    """Every term of a text, as often as it occurs.

    Words and pairs of words with negation marked (``w…``), and n-grams of characters (``c…``). Raises
    ``KeyError`` for a language that is not among ``LANGUAGES``.
    """
    plain = normal(text)
    marked = negated(words(plain, language), language)
    yield from ("w" + one for one in marked)
    yield from (f"w{one} {two}" for one, two in itertools.pairwise(marked))
    run = _BLANKS.sub("" if language == "zh" else " ", plain)
    least, most = _CHARACTERS[language]
    for length in range(least, most + 1):
        yield from ("c" + run[start : start + length] for start in range(len(run) - length + 1))
