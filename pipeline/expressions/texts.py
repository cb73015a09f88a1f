"""Functions of texts.

Belongs here: what is the same on every engine where the obvious words are not. Does not belong here:
patterns beyond LIKE: engines read regular expressions in different ways.
"""

from ibis.expr import types as ir

from pipeline.engine.dialect import split_part

#: Signs that mean something in patterns, to be taken as themselves.
_SPECIAL = frozenset("\\.^$|?*+()[]{}")


def like(text: ir.StringValue, pattern: str, any_case: bool) -> ir.BooleanValue:
    """Whether all of ``text`` fits: ``%`` stands for any characters, ``_`` for one."""
    written = pattern.lower() if any_case else pattern
    signs = {"%": ".*", "_": "."}
    parts = (signs.get(one, _literally(one)) for one in written)
    return (text.lower() if any_case else text).re_search(f"(?s)\\A{''.join(parts)}\\z")


def _literally(sign: str) -> str:
    return f"\\{sign}" if sign in _SPECIAL else sign


def upper(text: ir.StringValue) -> ir.StringValue:
    """Capital letters; ß becomes SS, which DuckDB alone writes ẞ."""
    return text.replace("ß", "ss").upper()


def part(text: ir.StringValue, sign: str, number: int) -> ir.StringValue:
    """The so-manieth part of a text between signs; null where there is none, or it is empty."""
    return split_part(text, sign, number).nullif("")
