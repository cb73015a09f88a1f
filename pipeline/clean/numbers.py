"""Numbers as their source writes them: a decimal comma, separators of thousands.

Belongs here: from a stated form to plain text. Does not belong here: numbers that are plain, or of
other types than text (``typed``), or what form a source has (its settings say so).
"""

import re

from ibis.expr import types as ir

from pipeline.settings import ColumnMap

#: Both apostrophes that the Swiss write; blanks of all widths are one after normalisation.
_CLASSES = {"'": "['’]"}


def plain_number(written: ir.StringValue, mapping: ColumnMap) -> ir.StringValue:
    """Normalised text in the mapping's form as plain text: ``1.234,50`` becomes ``1234.50``.

    Null where it does not fit the form: thousands are in groups of three or not separated at all,
    and the decimal sign stands once, behind them. ``written`` should be a column: it is repeated.
    """
    fits = written.re_search(_pattern(mapping))
    bare = written if mapping.thousands is None else written.re_replace(_group_sign(mapping), "")
    return fits.ifelse(bare.replace(_decimal_sign(mapping), "."), None)


def example(mapping: ColumnMap) -> str:
    """A number in the mapping's form, for messages."""
    return f"1{mapping.thousands or ''}234{_decimal_sign(mapping)}5"


def _pattern(mapping: ColumnMap) -> str:
    point = re.escape(_decimal_sign(mapping))
    whole = "[0-9]+"
    if mapping.thousands is not None:
        whole = f"({whole}|[1-9][0-9]{{0,2}}({_group_sign(mapping)}[0-9]{{3}})+)"
    return rf"^[+-]?({whole}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?$"


def _decimal_sign(mapping: ColumnMap) -> str:
    return mapping.decimal or "."


def _group_sign(mapping: ColumnMap) -> str:
    sign = str(mapping.thousands)
    return _CLASSES.get(sign, re.escape(sign))
