"""Records of a CSV are counted as the engine reads them, whatever the dialect (law L1)."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from pipeline.collect import csvrecords
from pipeline.collect.csvfiles import columns, stage
from pipeline.collect.csvrecords import Records, count_plain
from pipeline.collect.files import Source
from pipeline.engine import Engine, sources
from pipeline.settings import FileConnector

BREAKS = ("\n", "\r\n", "\r")
pieces = st.sampled_from(
    ["", "a", '5" ', ' "', '""', "'", ",", ";", "\n", "\r\n", "\r", "#", "\\", " ", "漢", "x"]
)
texts = st.lists(pieces, max_size=5).map("".join)


def written(rows: list[list[str]], quote: str | None, escape: str | None, delimiter: str, end: str) -> str:
    """A CSV, fields in quotes where they need them; without quotes what would need them is escaped."""

    def field(value: str, only: bool) -> str:
        plain = not any(one in value for one in (delimiter, quote, escape, "\n", "\r") if one)
        plain = plain and value == value.strip() and not value.startswith("#") and not (only and not value)
        if plain or quote is None:
            return value
        if escape:
            value = value.replace(escape, escape * 2).replace(quote, escape + quote)
        else:
            value = value.replace(quote, quote * 2)
        return f"{quote}{value}{quote}"

    return "".join(delimiter.join(field(one, len(row) == 1) for one in row) + end for row in rows)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(1, 3),
    values=st.lists(texts, min_size=0, max_size=18),
    quote=st.sampled_from(['"', "'"]),
    escape=st.sampled_from([None, "\\"]),
    comment=st.sampled_from([None, "#"]),
    delimiter=st.sampled_from(",;\t| "),
    end=st.sampled_from(BREAKS),
    blank=st.lists(st.integers(0, 8), max_size=3),
    skip=st.integers(0, 2),
    has_header=st.booleans(),
    has_last_break=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_law_as_many_records_are_counted_as_rows_are_read(
    width: int,
    values: list[str],
    quote: str,
    escape: str | None,
    comment: str | None,
    delimiter: str,
    end: str,
    blank: list[int],
    skip: int,
    has_header: bool,
    has_last_break: bool,
    encoding: str,
    engine: Engine,
    tmp_path: Path,
) -> None:
    rows = [values[at : at + width] for at in range(0, len(values) - width + 1, width)]
    names = ["k", "m", "n"][:width]
    lines = [
        written([row], quote, escape, delimiter, end) for row in [names, *rows][0 if has_header else 1 :]
    ]
    if width > 1:  # in a file of one column a blank line is a row
        for at in blank:
            lines.insert(min(at, len(lines)), end)
    if comment:
        lines.insert(len(lines) // 2, f'# not "this{end}')
    content = f"{'any thing'}{end}" * skip + "".join(lines)
    content = content if has_last_break else content.removesuffix(end)
    path = tmp_path / "any.csv"
    assume(content)  # a file of 0 bytes is refused before
    path.write_bytes(content.encode(encoding))
    connector = FileConnector(
        path="any.csv",
        format="csv",
        delimiter=delimiter,
        quote=quote,
        escape=escape,
        comment=comment,
        skip_lines=skip,
        encoding=encoding,
        columns_in_order=None if has_header else names,
    )
    file = Source.of(path, "any.csv")

    staged = stage(engine, file, connector, columns(file, connector))

    assert sources.staged_rows([staged]) == len(rows)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(
        st.sampled_from(['"', '""', ",", "a", " ", "\n", "\r\n", "\r", '5" x', ', "b"', "漢"]), max_size=25
    ).map("".join)
)
@example(content='a,b\n1, "2\n\n3"\n')
@example(content='a,"b"\n\n\n"x""y","\r\n"\n')
def test_law_whatever_the_engine_reads_of_any_bytes_is_what_is_counted(
    content: str, engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content.encode())
    try:
        staged = sources.stage_csv(engine, path, "any", ["k", "m"], ",", '"', header=False)
    except sources.UnreadableError:
        return
    counted = count_plain(path, ",", '"', columns=2, has_header=False, most=1 << 20)
    assert counted == sources.staged_rows([staged])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(
        st.sampled_from(['"', '""', ",", "a", " ", "\n", "\r\n", "\r", '5" x', "漢"]), max_size=40
    ).map("".join),
    block=st.integers(1, 7),
)
def test_law_blocks_and_lines_give_the_same_count(content: str, block: int, tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content.encode())
    usual = csvrecords._BLOCK
    csvrecords._BLOCK = block
    try:
        fast = csvrecords._count_blocks(path, ord(","), ord('"'))
    finally:
        csvrecords._BLOCK = usual
    slow = csvrecords._count_lines(path, Records(",", '"', None, leading_space=True), 1 << 20)
    assert fast is not None or '"' in content
    assert fast is None or content.count('"') % 2 or fast == slow


@pytest.mark.parametrize(
    ("content", "options", "count"),
    [
        ("a\\\nb,c\nd,e\n", {"quote": None, "escape": "\\"}, 2),
        ('"a\\"\n",b\n"c\\\\",d\n', {"quote": '"', "escape": "\\"}, 2),
        ("'a''\n',b\n", {"quote": "'", "escape": None}, 1),
        ('"a\n"\n\n\n', {"quote": None, "escape": None}, 2),
    ],
)
def test_records_of_other_dialects(content: str, options: dict[str, Any], count: int) -> None:
    records = Records(",", **options)
    for line in content.splitlines(keepends=True):
        records.add(line)
    assert records.count == count
