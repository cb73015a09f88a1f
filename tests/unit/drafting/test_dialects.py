"""How a CSV file is written."""

from pathlib import Path

import pytest

from pipeline.collect.files import Source
from pipeline.drafting.dialects import csv_dialect
from pipeline.errors import InputError

ROWS = "customer,name,amount\n17,Müller,1\n18,Größe,2\n19,Weiß,3\n"


def written(folder: Path, content: bytes, name: str = "some.csv") -> Source:
    path = folder / name
    path.write_bytes(content)
    return Source.of(path, name)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (ROWS.encode(), {}),
        (ROWS.encode("utf-8-sig"), {}),
        (ROWS.encode("cp1252"), {"encoding": "cp1252"}),
        (ROWS.replace(",", ";").encode(), {"delimiter": ";"}),
        (ROWS.replace(",", "\t").encode("utf-16-le"), {"encoding": "utf-16", "delimiter": "\t"}),
        (ROWS.replace(",", "|").encode(), {"delimiter": "|"}),
        (
            ("会员号;姓名;城市\n" + "1;杜倩丽;武汉\n2;胡洁红;成都\n" * 20).encode("gb18030"),
            {"encoding": "gb18030", "delimiter": ";"},
        ),
        (b"# made by a till\n" + ROWS.encode(), {"comment": "#"}),
        (b"Export of the till\n\n" + ROWS.encode(), {"skip_lines": 2}),
        (b'a,b\n1,"two \\" inches"\n2,x\n', {"escape": "\\"}),
        (b"a;b\n1,5;2,25\n3,5;4,75\n", {"delimiter": ";"}),
        (b"only\nx\ny\n", {}),
    ],
)
def test_only_what_differs_from_the_defaults_is_set(
    tmp_path: Path, content: bytes, options: dict[str, str]
) -> None:
    found = csv_dialect(written(tmp_path, content)).options
    assert found == options


def test_a_file_without_a_header_gets_names_and_a_question(tmp_path: Path) -> None:
    found = csv_dialect(written(tmp_path, b"17,2024-01-01,5.20\n18,2024-01-02,6.10\n"))
    assert found.options == {"columns_in_order": ["column_1", "column_2", "column_3"]}
    assert "no header" in found.asks[0]
    personal = csv_dialect(written(tmp_path, b"anna@a.example,x\nbo@b.example,y\n"))
    assert "columns_in_order" in personal.options, "an address is no name of a column"


@pytest.mark.parametrize("content", [b"\x00\x01\x02junk\x00", bytes(range(256)) * 8, b"\n\n"])
def test_junk_is_no_table(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"some\.csv"):
        csv_dialect(written(tmp_path, content))


def test_prose_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no fields"):
        csv_dialect(written(tmp_path, b"Dear all\nhere are the files\n", "note.txt"))
