"""Names of people: without honorifics, in simplified Chinese, with given and family name.

Belongs here: how one name is read. Does not belong here: which columns are names (``canonical``).

Latin names are parsed by nameparser ("Given Family" or "Family, Given"), Chinese ones by its
Chinese pack (compound family names such as 欧阳), after OpenCC has made traditional characters
simplified. Names in one case only are capitalised. A single Latin word, and a firm, have neither
given nor family name: nothing is guessed.
"""

import re
from functools import cache, lru_cache
from typing import Any

#: Distinct values of which the result is remembered.
REMEMBERED = 1 << 16
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HAN_NAME = re.compile("[\u3400-\u9fff]{1,4}")
_PLAIN = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*")
_FIRM = re.compile(
    r"\b(gmbh|mbh|ag|kg|ohg|inc|llc|llp|ltd|limited|plc|corp|corporation|company|s\.?a\.?r\.?l|bv|nv|oy|pty|co)\b\.?$"
    r"|公司|集团|事务所|株式会社",
    re.IGNORECASE,
)
#: Chinese forms of address that stand behind a name, longest first; nameparser knows only some.
_AFTER = ("女士", "先生", "小姐", "太太", "夫人", "老师", "博士", "教授", "医生", "大夫", "经理", "同志")
_BEFORE = ("尊敬的", "亲爱的")
#: Honorifics that stand in columns of given names; few, because many others are names, too.
_HONORIFIC = re.compile(
    r"^(?:(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|monsieur|madame|mme|mlle|señor|señora|sra)(?:\.\s*|\s+))+(?=\S)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"[\s,]+(?:jr|sr|ii|iii|iv|ph\.?d|m\.?d|esq)\.?$", re.IGNORECASE)


@lru_cache(maxsize=REMEMBERED)
def named(full: str, given: str, family: str) -> tuple[str, str, str]:
    """Full, given and family name, each from what was written, else from the others; ``""`` is none."""
    whole, first, last = _whole(full) if full else ("", "", "")
    first, last = (part(given) if given else first), (part(family) if family else last)
    return whole or _joined(first, last), first, last


def part(text: str) -> str:
    """A given or a family name: simplified, without honorifics and suffixes."""
    name = _SUFFIX.sub("", _HONORIFIC.sub("", text)) or text
    if _EAST_ASIAN.search(name):
        return _unaddressed(simplified(name))
    return _cased(name)


def simplified(text: str) -> str:
    """``text`` in simplified Chinese characters."""
    return str(_converter().convert(text))


def _whole(text: str) -> tuple[str, str, str]:
    if _FIRM.search(text):
        return text, "", ""
    if _EAST_ASIAN.search(text):
        return _chinese(simplified(text))
    words = text.split(" ")
    if len(words) == 2 and all(_PLAIN.fullmatch(one) and one.lower() not in _special() for one in words):
        first, last = (_cased(text)).split(" ")
        return f"{first} {last}", first, last
    return _latin(text)


def _latin(text: str) -> tuple[str, str, str]:
    from nameparser import parse

    name = parse(text).capitalized()
    first = " ".join(one for one in (name.given, name.middle) if one)
    last = name.family
    if not first and not last:
        return text, "", ""
    if not last:
        return first, "", ""
    return _joined(first, last), first, last


def _chinese(text: str) -> tuple[str, str, str]:
    bare = _unaddressed(text)
    if _HAN_NAME.fullmatch(bare):
        length = next((size for size in (2, 1) if bare[:size] in _family_names()), 0)
        if not length and len(bare) < 4:  # a rare family name: nearly all have one character
            length = 1
        return (bare, bare[length:], bare[:length]) if length else (bare, "", "")
    name = _chinese_parser().parse(bare)
    last, first = name.family, " ".join(one for one in (name.given, name.middle) if one)
    whole = bare if "·" in bare else _joined(first, last)
    return (whole, first, last) if first else (whole or bare, "", "")


def _unaddressed(text: str) -> str:
    """``text`` without Chinese forms of address, unless nothing else stands there."""
    for one in _BEFORE:
        text = text.removeprefix(one) or text
    for one in _AFTER:
        text = text.removesuffix(one).strip() or text
    if len(text) == 2 and text.endswith("总"):
        text = text[0]
    return text


def _joined(first: str, last: str) -> str:
    if first and last and _EAST_ASIAN.search(last) and _EAST_ASIAN.search(first):
        return last + first
    return " ".join(one for one in (first, last) if one)


def _cased(name: str) -> str:
    """Names in capitals or small letters only as they are usually written."""
    if not (name.islower() or name.isupper()) or len(name) < 3:
        return name
    return re.sub(r"[^\W\d_]+", lambda word: word.group().capitalize(), name)


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _chinese_parser() -> Any:
    from nameparser import locales, parser_for

    return parser_for(locales.ZH)


@cache
def _family_names() -> frozenset[str]:
    return frozenset(_chinese_parser().lexicon.surnames)


@cache
def _special() -> frozenset[str]:
    """Words that are more than a plain part of a name: titles, suffixes, particles, conjunctions."""
    from nameparser import Lexicon

    words = Lexicon.default()
    kinds = (
        words.titles, words.given_name_titles, words.suffix_acronyms, words.suffix_words, words.particles,
        words.suffix_acronyms_ambiguous, words.conjunctions, words.bound_given_names, words.maiden_markers,
        words.honorific_tails, words.after_given_titles,
    )  # fmt: skip
    return frozenset().union(*kinds)
