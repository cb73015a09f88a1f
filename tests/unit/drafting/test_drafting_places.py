"""From databases and folders of every kind to a draft, or to one clear error."""

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.drafting import Wishes, drafted
from pipeline.errors import InputError
from pipeline.settings import load_project
from tests.unit.drafting.files import NOW, draft, write


def test_rows_that_are_changed_later_get_a_key(tmp_path: Path) -> None:
    rows = [
        {"line_id": at, "customer": f"c{at % 9}", "order": at // 2, "ordered": "2024-05-01", "qty": 1,
         "price": 2.5, "updated_at": "2024-05-02 10:00:00"}
        for at in range(60)
    ]  # fmt: skip
    write(tmp_path, "orders.csv", rows)
    source = draft(tmp_path)[1]["sources"]["orders"]
    assert source["row_key"] == ["line_id"]
    assert source["columns"]["updated_at"] == "updated_at"


def test_a_database_in_the_folder_is_drafted_from(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "crm.db")
    connection.execute('CREATE TABLE "my clients" (client_no TEXT, mail TEXT)')
    connection.executemany(
        'INSERT INTO "my clients" VALUES (?, ?)', [(f"c{i}", f"p{i}@x.example") for i in range(30)]
    )
    connection.commit()
    connection.close()
    found, content = draft(tmp_path)
    assert found.problem is None
    connector = content["sources"]["my_clients"]["connector"]
    assert connector == {"kind": "sql", "url": "sqlite:///crm.db", "query": 'SELECT * FROM "my clients"'}


def test_secrets_of_a_url_stand_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        drafted(["postgresql+psycopg://me:hush@127.0.0.1:1/shop"], tmp_path, Wishes(), NOW)
    assert "hush" not in str(caught.value)
    monkeypatch.delenv("NO_SUCH_URL", raising=False)
    with pytest.raises(InputError, match="not set"):
        drafted(["${NO_SUCH_URL}"], tmp_path, Wishes(), NOW)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no table that can be read"),
        ({"a.pdf": b"%PDF"}, "no table that can be read"),
        ({"a.csv": b""}, "0 bytes"),
        ({"a.csv": b"\x00\x01\x02\x00"}, "bytes that no text has"),
        ({"a.parquet": b"PAR1 junk"}, "no whole Parquet file"),
        ({"a.xlsx": b"junk"}, "not a workbook"),
        ({"a.jsonl": b"{broken\n"}, "cannot be read as JSON"),
        ({"a.json": b'[{"a": 1}]'}, "one JSON list"),
        ({"a.csv": b"a,a\n1,2\n"}, "more than once"),
        ({"a.csv": b"a,b\n1,2\n1,2,3\n"}, "3 fields"),
    ],
)
def test_a_place_without_a_table_is_one_clear_error(
    tmp_path: Path, files: dict[str, bytes], said: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        draft(tmp_path)


@pytest.mark.parametrize(
    "place", ["nowhere", "http://x.example/a.csv", "s3://bucket/a", "package:no_such_thing/data"]
)
def test_a_place_that_is_not_there_is_one_clear_error(tmp_path: Path, place: str) -> None:
    with pytest.raises(InputError):
        drafted([place], tmp_path, Wishes(), NOW)


def test_without_accounts_the_draft_says_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path, "weather.csv", [{"day": "2024-01-01", "degrees": at} for at in range(40)])
    found, content = draft(tmp_path)
    assert content["sources"] == {}
    assert found.problem == "sources must give orders or profiles, or both"
    assert "degrees" in found.text


def test_what_cannot_be_read_is_named_beside_what_can(company: Path) -> None:
    (company / "broken.csv").write_bytes(b"a,b\n1,2\n1,2,3\n")
    (company / "photo.jpg").write_bytes(b"\xff\xd8")
    found, content = draft(company)
    assert len(content["sources"]) == 2
    assert {place for place, _ in found.unread} == {"broken.csv", "photo.jpg"}
    assert "# broken.csv" in found.text


NAMES = st.sampled_from(
    ["customer_id", "id", "date", "amount", "email", "order id", "数量", "a: b", "# c", "'", '"', "{x}",
     "- y", "null", "period", "_row", "é\u2028x", "yes", "1", "*z", "!tag", "%", "@m"]
)  # fmt: skip
VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
    st.sampled_from(
        ["2024-01-01", "1,5", "17", "a@b.example", "", "yes", "EUR", "+49 170 1234567", "=1+1", "${HOME}"]
    ),
    st.integers(-(10**12), 10**12).map(str),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, bytes]:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=str.casefold))
    rows = draw(st.lists(st.lists(VALUES, min_size=len(names), max_size=len(names)), max_size=8))
    stem = draw(st.sampled_from(["orders", "customers", "x 2024", "- a", "b#c", "{d}"]))
    if draw(st.booleans()):
        objects = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
        return f"{stem}.jsonl", "\n".join(objects).encode()
    delimiter = draw(st.sampled_from(",;\t"))
    lines = [delimiter.join(one) for one in [names, *rows]]
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "gb18030"]))
    return f"{stem}.csv", "\n".join(lines).encode(encoding, "replace")


@given(st.lists(st.one_of(tables(), st.tuples(st.just("junk.csv"), st.binary(max_size=60))), max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_folder_gives_a_draft_that_loads_as_yaml_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name, content in files:
        (folder / name).write_bytes(content)
    try:
        found, content = draft(folder)
    except InputError:
        return
    assert isinstance(content, dict)
    assert {"project", "title", "currency", "time_zone", "first_period", "sources"} <= set(content)
    if found.problem is None:
        (folder / "project.yaml").write_text(found.text, encoding="utf-8")
        load_project(folder)
