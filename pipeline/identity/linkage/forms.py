"""Forms of single values that are made for comparison: names, addresses, e-mails.

Belongs here: functions from text to text, the same for every project. Does not belong here:
which columns use them (``comparables``) or what a source may deliver (``clean``).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.dialect import distinct, on_arrays

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_NO_LETTER = re.compile(r"[^\w]+|_", re.UNICODE)
#: Letters that Unicode does not decompose into a base letter and a mark.
_WITHOUT_MARKS = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)


#: Forms of that many texts are kept: engines hand over a column in small pieces, and names repeat.
_KEPT = 65_536


@cache
def _simplified_converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(_KEPT)
def simplified(text: str) -> str:
    """``text`` in lower case, without marks around words, Chinese characters in simplified form."""
    if text.isascii() and text.isalpha():
        return text.lower()
    if _HAN.search(text):
        text = _simplified_converter().convert(text)
    return _NO_LETTER.sub(" ", text.casefold()).strip()


@lru_cache(_KEPT)
def latin(text: str) -> str:
    """Letters of ``text`` without marks and blanks; Chinese characters as pinyin without tones.

    张伟, 張偉 and Zhāng Wěi become ``zhangwei``.
    """
    if text.isascii() and text.isalpha():
        return text.lower()
    if _HAN.search(text):
        from pypinyin import lazy_pinyin

        text = "".join(lazy_pinyin(_simplified_converter().convert(text)))
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_WITHOUT_MARKS))
    return _NO_LETTER.sub("", "".join(one for one in plain if not unicodedata.combining(one)))


def address_form(text: str) -> str:
    """Words of an address in lower case, sorted, each once: their order differs from form to form."""
    return " ".join(sorted(set(simplified(text).split())))


def _over_distinct(given: Any, form: Callable[[str], str]) -> Any:
    """``form`` of each text; each distinct text is worked on once. (DuckDB allows no null for a text.)"""
    encoded = (given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given).dictionary_encode()
    words = [form(one) if one is not None else None for one in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)


@on_arrays
def _simplified_text(text: str) -> str:
    return _over_distinct(text, simplified)  # type: ignore[no-any-return]


@on_arrays
def _latin_text(text: str) -> str:
    return _over_distinct(text, latin)  # type: ignore[no-any-return]


@on_arrays
def _address_text(text: str) -> str:
    return _over_distinct(text, address_form)  # type: ignore[no-any-return]


# Python works on one core and most text is ASCII: that, the engine does itself.


def simplified_text(text: ir.StringValue) -> ir.StringValue:
    """``simplified`` of a column."""
    return _ascii_or(text, text.lower().re_replace("[^a-z0-9_]+|_", " ").strip(), _simplified_text)


def latin_text(text: ir.StringValue) -> ir.StringValue:
    """``latin`` of a column."""
    return _ascii_or(text, text.lower().re_replace("[^a-z0-9]+", ""), _latin_text)


def address_text(text: ir.StringValue) -> ir.StringValue:
    """``address_form`` of a column."""
    words = text.lower().re_replace("[^a-z0-9]+", " ").strip().split(" ")
    return _ascii_or(text, distinct(words).sort().join(" "), _address_text)


def _ascii_or(text: ir.StringValue, form: ir.StringValue, other: Callable[..., Any]) -> ir.StringValue:
    """``form`` where ``text`` is ASCII, and what ``other`` makes of it where it is not."""
    return ibis.ifelse(text.re_search(r"[^\x00-\x7f]"), other(text), form)
