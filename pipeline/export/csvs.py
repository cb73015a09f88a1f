r"""CSV by RFC 4180, which a spreadsheet may open.

Belongs here: a row as a line. Does not belong here: files (``destinations``).

A spreadsheet takes a text that begins like a formula for one, and a formula can send the sheet elsewhere or
start a program. So ``'`` is put before a text that begins (after any number of ``'``, so that it can be taken
away again) with ``= + - @``, their full-width forms, a tab or a line break. What is nothing but a number
with a sign, as a phone number in E.164 (``+8613812345678``) or ``-5``, stays: it computes nothing, and other
programs read it. Source of the characters: OWASP, "CSV Injection".
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-][0-9]+(\.[0-9]+)?")


def csv_line(values: Iterable[Any]) -> str:
    """``values`` as one line, its end (CR LF) included; null is empty."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([csv_text(one) for one in values])
    return line.getvalue()


def csv_text(value: Any) -> str:
    """One value as text that no spreadsheet computes; numbers as Python writes them, times as ISO 8601,
    lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=csv_text)
    if not isinstance(value, str):
        return str(value)
    is_formula = _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value
