"""CSV of exports: RFC 4180, and nothing that a spreadsheet would compute."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.export import csv_line
from pipeline.export.csvs import csv_text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("C100", "C100"),
        ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ("+8613812345678", "+8613812345678"),
        ("-5", "-5"),
        (-0.5, "-0.5"),
        (-1e-07, "-1e-07"),
        (0.1, "0.1"),
        (True, "true"),
        ([{"name": "=x"}], '[{"name": "=x"}]'),
        (None, ""),
        ("", ""),
        ("陈", "陈"),
    ],
)  # fmt: skip
def test_text_that_begins_like_a_formula_is_kept_from_being_one(value: object, written: str) -> None:
    assert csv_text(value) == written


def test_lines_are_as_rfc_4180_has_them() -> None:
    assert csv_line(["a", 'say "hi", please', "two\nlines", None, 1.5]) == (
        'a,"say ""hi"", please","two\nlines",,1.5\r\n'
    )


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=4
    )
)
def test_every_text_can_be_had_back_and_begins_no_formula(texts: list[str]) -> None:
    [read] = list(csv.reader(io.StringIO(csv_line(texts), newline="")))
    for value, original in zip(read, texts, strict=True):
        assert value[:1] not in tuple("=@\t\r\n＝＋－＠")
        assert value[:1] not in ("+", "-") or re.fullmatch(r"[+-][0-9]+(\.[0-9]+)?", value)
        undone = value[1:] if re.match(r"'+[=+\-@\t\r\n＝＋－＠]", value) else value
        assert undone == original
