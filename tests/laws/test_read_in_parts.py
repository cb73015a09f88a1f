"""Laws L10, L1, L3: a source read in parts gives what the whole gives, and only what is new is opened."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ibis.expr import types as ir

from pipeline.collect import Changes, Part, changes, csvfiles, parts, with_added
from pipeline.collect import given as given_rows
from pipeline.engine import Engine
from pipeline.engine.values import held
from pipeline.settings import Project
from tests.conftest import shop_settings

PERIODS = ["2024-01", "2024-02", "2024-03", "2024-04"]
COLUMNS = ("customer", "order", "at", "product", "quantity", "price")
#: Times of rows: in each period, before, after, close to borders, none.
TIMES = (
    *("2024-01-05 10:00:00", "2024-01-31 23:59:59", "2024-02-01 00:00:00", "2024-02-20 08:00:00"),
    *("2024-03-03 03:00:00", "2024-03-31 22:30:00", "2024-04-09 12:00:00", "2024-05-01 00:00:00"),
    *("2023-12-31 23:00:00", "", "soon", "2031-01-01 00:00:00"),
)

Rows = list[tuple[int, str]]
rows = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(TIMES)), min_size=1, max_size=5)
#: What a company does to its files between two collections: to the file of that number, at that place.
step = st.tuples(
    st.sampled_from(["append", "append", "new", "correct", "cut", "reorder", "twice", "touch", "nothing"]),
    st.integers(0, 3),
    st.integers(0, 9),
    rows,
)


@dataclass
class Company:
    """Files of orders that change, in a folder."""

    folder: Path
    format: str
    files: dict[str, Rows] = field(default_factory=dict)
    written: int = 0

    def do(self, what: str, number: int, place: int, given: Rows) -> None:
        """One thing that companies do."""
        names = sorted(self.files)
        name = names[number % len(names)]
        some = self.files[name]
        if what == "append":
            some = [*some, *given]
        elif what == "new":
            name, some = f"{number}{place}", given
        elif what == "correct":
            some = [*some[: place % len(some)], given[0], *some[place % len(some) + 1 :]]
        elif what == "cut":
            some = some[: max(1, place % len(some))]
        elif what == "reorder":
            some = some[::-1]
        elif what == "twice":
            name = f"{name}-again"
        if what != "nothing":
            self.write(name, some)

    def write(self, name: str, some: Rows) -> None:
        """Write a file, and let it be seen that it changed."""
        self.files[name] = some
        path = self.folder / f"{name}.{self.format}"
        lines = [(f"{who}", f"A{who}", at, "P1", "1", "9.5") for who, at in some]
        if self.format == "csv":
            text = "".join(",".join(line) + "\n" for line in (COLUMNS, *lines))
            path.write_text(text, encoding="utf-8")
        else:
            columns = [pa.array(one, pa.string()) for one in zip(*lines, strict=True)]
            pq.write_table(pa.table(dict(zip(COLUMNS, columns, strict=True))), path, row_group_size=2)
        self.written += 1
        os.utime(path, (self.written, self.written))


@dataclass
class Lake:
    """Raw rows of one way of collecting."""

    in_parts: bool
    raw: ir.Table | None = None
    collected: list[str] = field(default_factory=list)
    parts: Sequence[Part] = ()

    def collect(self, engine: Engine, project: Project, through: str, now: datetime) -> Changes:
        """Collect all periods ``through`` one, as a run does."""
        periods = PERIODS[: PERIODS.index(through) + 1]
        known = self.parts if self.in_parts else ()
        found = changes(
            engine, project, "till", periods, self.raw, now, collected=self.collected, parts=known
        )
        self.raw = held(with_added(self.raw, found.added, periods))
        self.collected, self.parts = periods, found.parts or ()
        return found

    def rows(self) -> list[tuple[Any, ...]]:
        """Every raw row, without the place that equal rows may swap."""
        assert self.raw is not None
        names = sorted(self.raw.columns)
        return sorted(
            tuple(map(str, one.values())) for one in self.raw.select(names).to_pyarrow().to_pylist()
        )


def project_of(write_project: Any, format_: str, **more: Any) -> Project:
    till = shop_settings()["sources"]["till"]
    till |= {"connector": {"kind": "file", "format": format_, "path": "drops"}, **more}
    project: Project = write_project(
        sources={"till": till}, time_zone="Europe/Berlin", last_period=PERIODS[-1]
    )
    return project


@pytest.mark.parametrize("format_", ["csv", "parquet"])
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=rows, steps=st.lists(step, min_size=3, max_size=5))
def test_law_parts_give_what_the_whole_gives(
    format_: str,
    first: Rows,
    steps: list[Any],
    engine: Engine,
    write_project: Any,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(parts, "_LEAST_ROWS", 1)
    folder = tmp_path_factory.mktemp("drops")
    project = project_of(write_project, format_)
    project.sources["till"].connector.__dict__["path"] = str(folder)
    company = Company(folder, format_)
    company.write("a", first)
    company.write("b", [(0, TIMES[0]), (1, TIMES[3])])
    whole, in_parts = Lake(False), Lake(True)
    for at, one in enumerate([None, *steps]):
        if one is not None:
            company.do(*one)
        through = PERIODS[min(1 + at // 2, len(PERIODS) - 1)]
        now = datetime(2024, 5, 2 + at, tzinfo=UTC)
        expected = whole.collect(engine, project, through, now)
        found = in_parts.collect(engine, project, through, now)
        assert found.reading == expected.reading
        assert found.reading.rows_read_count == sum(map(len, company.files.values()))
        assert in_parts.rows() == whole.rows()
        assert sum(part.rows_count for part in in_parts.parts) == found.reading.rows_read_count


def spoiled(path: Path) -> None:
    """Make a file unreadable, so that only who opens it can tell."""
    stat = path.stat()
    path.write_bytes(b"\xff" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_files_that_are_as_they_were_are_not_opened(
    format_: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "drops").mkdir()
    company, project = Company(tmp_path / "drops", format_), project_of(write_project, format_)
    company.write("2024-01", [(0, TIMES[0])])
    company.write("2024-02", [(1, TIMES[3])])
    lake = Lake(True)
    lake.collect(engine, project, "2024-02", datetime(2024, 3, 2, tzinfo=UTC))

    for one in ("2024-01", "2024-02"):
        spoiled(tmp_path / "drops" / f"{one}.{format_}")
    company.write("2024-03", [(2, "2024-03-15"), (2, "2024-03-16")])
    found = lake.collect(engine, project, "2024-03", datetime(2024, 4, 2, tzinfo=UTC))

    assert (found.added.count().execute(), found.reading.rows_read_count) == (2, 4)
    assert found.periods() == ["2024-03"]
    again = lake.collect(engine, project, "2024-03", datetime(2024, 4, 3, tzinfo=UTC))
    assert again.added.count().execute() == 0
    assert again.reading == found.reading


def test_of_a_file_that_grew_only_new_row_groups_and_those_of_their_periods_are_decoded(
    engine: Engine, write_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_LEAST_ROWS", 1)
    (tmp_path / "drops").mkdir()
    company, project = Company(tmp_path / "drops", "parquet"), project_of(write_project, "parquet")
    january, february, march = ([(0, TIMES[at]), (1, TIMES[at])] for at in (0, 3, 4))
    company.write("all", [*january, *february])
    lake, opened = Lake(True), []
    lake.collect(engine, project, "2024-02", datetime(2024, 3, 2, tzinfo=UTC))
    honest = given_rows.read_rows

    def spied(*of: Any) -> Any:
        opened.append(of[5])
        return honest(*of)

    monkeypatch.setattr(given_rows, "read_rows", spied)
    company.write("all", [*january, *february, *march])
    lake.collect(engine, project, "2024-03", datetime(2024, 4, 2, tzinfo=UTC))
    assert opened == [(("all.parquet", ((5, 2, 0, 0),)),)]

    opened.clear()
    company.write("all", [*january, *february, *march, (2, TIMES[1]), (2, TIMES[1])])
    found = lake.collect(engine, project, "2024-03", datetime(2024, 4, 3, tzinfo=UTC))
    assert opened == [(("all.parquet", ((7, 2, 0, 0),)),), (("all.parquet", ((1, 2, 0, 0),)),)]
    assert (found.periods(), found.reading.rows_read_count) == (["2024-01"], 8)


def test_of_a_csv_that_grew_only_what_was_added_is_parsed(
    engine: Engine, write_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drops").mkdir()
    path, project = tmp_path / "drops" / "all.csv", project_of(write_project, "csv")
    path.write_text(",".join(COLUMNS) + '\n7,A1,2024-01-05,"two\nlines",1,9.5\n', encoding="utf-8")
    lake, parsed = Lake(True), []
    lake.collect(engine, project, "2024-01", datetime(2024, 2, 2, tzinfo=UTC))
    honest = csvfiles.stage_piece

    def spied(*of: Any) -> Path:
        parsed.append(of[4])
        return honest(*of)

    monkeypatch.setattr(csvfiles, "stage_piece", spied)
    size = path.stat().st_size
    for at, added in enumerate(
        ("7,A2,2024-02-05,P,1,9.5\n", "7,A3,2024-02-06,P,1,9.5\n7,A4,2024-02-07,P,1,1\n")
    ):
        with path.open("a", encoding="utf-8") as file:
            file.write(added)
        found = lake.collect(engine, project, "2024-02", datetime(2024, 3, 2 + at, tzinfo=UTC))
    assert [(first, start) for first, _, start, _ in parsed] == [(2, size), (3, size + 24), (2, size)]
    assert (found.added.count().to_pyarrow().as_py(), found.reading.rows_read_count) == (2, 4)
    assert sorted(row[1:3] for row in lake.rows())[-1][1] == "4"


def test_a_value_corrected_between_minimum_and_maximum_is_found(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "drops").mkdir()
    project = project_of(write_project, "parquet")
    path = tmp_path / "drops" / "all.parquet"
    for at, middle in enumerate(("5.5", "6.5")):
        lines = [("7", f"A{n}", TIMES[0], "P1", "1", price) for n, price in enumerate(("1.5", middle, "9.5"))]
        columns = [pa.array(one, pa.string()) for one in zip(*lines, strict=True)]
        table = pa.table(dict(zip(COLUMNS, columns, strict=True)))
        pq.write_table(table, path, compression="none", use_dictionary=False)
        os.utime(path, (at, at))
        if at == 0:
            lake = Lake(True)
            lake.collect(engine, project, "2024-01", datetime(2024, 2, 2, tzinfo=UTC))
    found = lake.collect(engine, project, "2024-01", datetime(2024, 2, 3, tzinfo=UTC))
    assert found.added.count().execute() == 1
