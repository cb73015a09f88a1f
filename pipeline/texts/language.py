"""The language that a text is written in.

Belongs here: telling it, by a library whose model lies in its wheel. Does not belong here: what is then
done with the text.
"""

import re
from functools import cache
from typing import Any

#: Languages that are told apart: those of many customers. The fewer, the surer of a short text.
KNOWN = (
    *("ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hi", "hu", "id", "it", "ja", "ko"),
    *("nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"),
)
_LETTERS = re.compile(r"[^\W\d_]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_OTHER_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
#: Chinese where at least so many of the letters are Han: product names in Latin letters are common in it.
_HAN_SHARE = 0.3


def language_of(text: str) -> str | None:
    """Two-letter code of the language of ``text``, one of ``KNOWN``; none where it has no letters."""
    letters = _LETTERS.findall(text)
    if not letters:
        return None
    if not _OTHER_EAST_ASIAN.search(text) and len(_HAN.findall(text)) >= _HAN_SHARE * len(letters):
        return "zh"
    found: str = _identifier().classify(text)[0]
    return found


@cache
def _identifier() -> Any:
    """The library's identifier, opened when first asked: its model takes some two seconds to unpack."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(KNOWN))
    return identifier
