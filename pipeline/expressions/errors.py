"""The one error of an expression: what is wrong, where in its text, and what is possible.

Belongs here: the shape of the message. Does not belong here: any rule of the language.
"""

import difflib
from collections.abc import Iterable

#: So many names or functions are listed when one is unknown; more would hide the message.
_MOST_SHOWN = 15
_LONGEST = 60


class ExpressionError(ValueError):
    """An expression that cannot be used; the message is one paragraph for the person who wrote it."""

    def __init__(self, what: str, at: int | None = None, word: str | None = None) -> None:
        self.what, self.at, self.word = what, at, word
        place = "" if at is None else f"at character {at + 1}"
        if word:
            place = f"{place}, {short(word)!r}" if place else repr(short(word))
        super().__init__(f"{place}: {what}" if place else what)


def short(text: str) -> str:
    """``text`` on one line, cut where it is long."""
    line = " ".join(text.split())
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def meant(name: str, names: Iterable[str]) -> str:
    """``, did you mean x?`` where one of ``names`` is near, else what there is."""
    known = sorted(names)
    lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.7)
    if close:
        return f"did you mean {lower[close[0]]}?"
    if not known:
        return "there are none here"
    more = f" and {len(known) - _MOST_SHOWN} more" if len(known) > _MOST_SHOWN else ""
    return f"there are {', '.join(known[:_MOST_SHOWN])}{more}"
