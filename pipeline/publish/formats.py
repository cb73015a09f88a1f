"""How values are written in what people read.

Belongs here: numbers as text, text as Markdown. Does not belong here: words (``texts``).
"""

import re

#: Control characters and separators of lines: one cell or item is one line.
_BLANK = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
#: What means something in Markdown anywhere in a line; a low line within a word does not.
_MEANING = re.compile(r"[\\|`*\[\]~]|(?<!\w)_|_(?!\w)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
#: What means something where a line begins.
_BEGINNING = re.compile(r"^(\d*)([-+.)]|#+)(?=[-\s]|$)")


def markdown_text(value: object) -> str:
    """Markdown that shows ``value`` as it is, on one line and within one cell, and does nothing else."""
    text = _BLANK.sub(" ", str(value)).translate(_ENTITIES)
    return _BEGINNING.sub(r"\1\\\2", _MEANING.sub(lambda found: "\\" + found.group(), text))


def percent(value: float | None, digits: int = 1) -> str:
    """A share in percent."""
    return "–" if value is None else f"{value:.{digits}%}"


def signed(value: int) -> str:
    """A change of a count, with its sign."""
    return f"{value:+,}".replace("-", "−") if value else "±0"


def number(value: float | None) -> str:
    """A measure with three significant digits; from a thousand on whole."""
    if value is None:
        return "–"
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def points(value: float | None) -> str:
    """A change of a share in percentage points."""
    if value is None:
        return "–"
    return f"{value * 100:+.1f}".replace("-", "−")
