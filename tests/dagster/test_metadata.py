"""What Dagster's pages show of values: as they are, in their own cell, never as Markdown or HTML."""

import pytest

from assets.lib.metadata import markdown_list, markdown_table, small_table

#: Values, and the Markdown that shows them as they are.
WRITTEN = {
    "a|b": "a\\|b",
    "back\\|slash\\": "back\\\\\\|slash\\\\",
    "two\nlines\r\nof | text": "two lines of \\| text",
    "<img src=x onerror=alert(1)>": "&lt;img src=x onerror=alert(1)&gt;",
    "Tom & Jerry &lt;": "Tom &amp; Jerry &amp;lt;",
    "![x](http://x.example/y.png)": "!\\[x\\](http://x.example/y.png)",
    "*a* _b_ `c` ~d~": "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~",
    "esc\x1b[31m": "esc \\[31m",
    "2024-01": "2024-01",
    "-5 +3 #1": "-5 +3 #1",
    "rfm_segment 王小明": "rfm_segment 王小明",
}


@pytest.mark.parametrize(("value", "written"), WRITTEN.items(), ids=range(len(WRITTEN)))
def test_values_are_shown_as_they_are(value: str, written: str) -> None:
    table = str(markdown_table([{value: value, "n": 1}]).value)
    assert table == f"| {written} | n |\n| --- | --- |\n| {written} | 1 |"
    assert markdown_list([value, "x"]).value == f"- {written}\n- x"


@pytest.mark.parametrize("value", ["- a", "# a", "1. a", "+ a", "> a", "---"])
def test_an_item_of_a_list_is_nothing_else(value: str) -> None:
    written = str(markdown_list([value]).value)
    assert written.startswith("- ")
    assert written[2:] in (f"\\{value}", "1\\. a", "&gt; a")


def test_numbers_and_nothing() -> None:
    assert str(markdown_table([{"a": 0.123456, "b": None, "c": 10}]).value).endswith("| 0.1235 |  | 10 |")
    assert markdown_table([]).value == "*nothing*"


def test_a_small_table_is_shown_at_once_and_says_how_many_more_there_are() -> None:
    rows = [{"what": "x" * 90} for _ in range(20)]
    text = str(small_table(rows).value)
    assert len(text) < 1000
    assert text.count("x" * 90) == 10
    assert text.endswith("… 10 more")
    assert small_table(rows[:3]) == markdown_table(rows[:3])
    assert small_table([]) == markdown_table([])
