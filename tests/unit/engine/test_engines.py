"""The protocol on both engines: tables read, brought, held and streamed; words that mean the same."""

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.expr import types as ir
from pydantic import SecretStr

from pipeline.engine import Engine, ends_tidily, open_engine_at
from pipeline.engine.dialect import distinct, edits, split_part
from pipeline.engine.duck import DuckEngine
from pipeline.engine.keyed import Key
from pipeline.engine.protocol import engine_of
from pipeline.engine.values import digest, held, instant, text, wall_time
from pipeline.errors import InputError
from pipeline.settings import EngineSettings
from pipeline.tables import fields as f
from pipeline.tables.entities import ORDERS
from pipeline.tables.model import table
from tests.engines import each_engine

engine = pytest.fixture(scope="module", params=["duckdb", "spark"])(each_engine)
on_spark = pytest.fixture(scope="module", params=["spark"])(each_engine)

LINES = table("clean", "lines", "one line", "period line_key", (f.period, f.line_key, f.quantity))
TEXTS = [
    "2024-10-27 02:30", "2024-03-31 02:30:00", "2024-01-02T03:04:05.5Z", "2024-01-02 03:04:05+02", "2024",
    " ", "nan", "  Ａbc  d\n", None, "12.5", "1e3", "１２", " 7 ", "31/12/2023", "31/12/23",
    "2024-02-30", "x.y", "9999-12-31 23:59:59.999999+01", "a-b-b-a", "don't \\ 100%", "line\nfeed", "é",
    "vogt", "fischer-wolf", "\v\f of \a", "anna", "\tbart\r", "İI ΔΙΚΤΥΟΣ", "straße ŉ", "a\vb \t\fc",
    "-2.5", "0.5",
]  # fmt: skip


def write(path: Path, **columns: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_rows_are_read_by_the_contract_and_the_period_by_the_path(engine: Engine, tmp_path: Path) -> None:
    lake = tmp_path / "it's {a} lake" / "lines"
    paths = [
        write(
            lake / f"period={one}" / "part-0.parquet",
            quantity=pa.array([n], LINES.schema.field("quantity").type),
            line_key=["a"],
        )
        for n, one in enumerate(("2024-01", "2024-02"))
    ]
    rows = engine.read(paths, LINES)

    assert rows.schema() == engine.read([], LINES).schema()
    assert [
        tuple(map(str, one.values())) for one in engine.to_arrow(rows.order_by("period")).to_pylist()
    ] == [("2024-01", "a", "0.0000"), ("2024-02", "a", "1.0000")]


def test_a_contract_has_one_schema_whether_read_held_or_brought(engine: Engine, tmp_path: Path) -> None:
    empty = ORDERS.clean.schema.empty_table()
    path = tmp_path / "orders" / "period=2024-01" / "part-0.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(empty.drop_columns("period"), path)

    read = engine.read([path], ORDERS.clean)

    assert read.schema() == held(read).schema() == engine.from_arrow(empty).schema()
    assert engine.to_arrow(read).schema.types == ORDERS.clean.schema.types


def test_a_part_of_a_table_is_brought_as_any_other(engine: Engine) -> None:
    whole = pa.table({"n": range(6), "words": [["a"], None, ["b", None], [], None, ["c"]]})
    for part in (whole.slice(1, 4), whole.slice(2, 0), pa.Table.from_batches([], whole.schema)):
        assert engine.to_arrow(engine.from_arrow(part).order_by("n")).to_pylist() == part.to_pylist()


def test_files_of_the_raw_zone_are_united_by_name(engine: Engine, tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "till" / "period=2024-01" / "part-0.parquet", id=[1], more=["x"]),
        write(tmp_path / "till" / "period=2024-02" / "part-0.parquet", id=["B"]),
    ]

    rows = engine.to_arrow(engine.read_any(paths).order_by("period")).select(["period", "id", "more"])

    assert rows.to_pylist() == [
        {"period": "2024-01", "id": "1", "more": "x"},
        {"period": "2024-02", "id": "B", "more": None},
    ]
    assert "period" not in engine.read_plain(paths).columns


def test_folders_of_a_path_are_columns(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "till" / "period=2024-01" / "revision=02" / "part-0.parquet", id=[1])
    rows = engine.to_arrow(engine.read_any([path]))
    assert rows.to_pylist() == [{"id": 1, "period": "2024-01", "revision": "02"}]


def test_a_result_is_streamed_in_its_order(engine: Engine) -> None:
    rows = engine.from_arrow(pa.table({"n": range(1000)})).filter(lambda one: one.n % 7 == 0)
    stream = engine.batches(rows.order_by(rows.n.desc()))
    assert [one for batch in stream for one in batch["n"].to_pylist()] == list(range(994, -1, -7))
    assert sum(batch.num_rows for batch in engine.batches(rows.filter(rows.n < 0))) == 0


def test_a_table_goes_to_the_engine_of_the_process_and_back(engine: Engine) -> None:
    rows = engine.from_arrow(pa.table({"at": [datetime(2024, 1, 1, tzinfo=UTC)], "words": [["a", "b"]]}))

    here = engine.in_process.taken(rows)
    back = engine.taken(here)

    assert engine_of(here) is engine.in_process
    assert engine_of(back) is engine
    assert engine.to_arrow(back).to_pylist() == engine.to_arrow(rows).to_pylist()


def test_types_that_spark_lacks_come_as_the_next(on_spark: Engine) -> None:
    times = pa.array([datetime(2024, 1, 1)], pa.timestamp("ns"))
    rows = on_spark.from_arrow(pa.table({"small": pa.array([200], pa.uint8()), "at": times}))
    assert on_spark.to_arrow(rows).to_pylist() == [{"small": 200, "at": datetime(2024, 1, 1)}]


def words(rows: ir.Table) -> ir.Table:
    """Every word of the dialect, and what Ibis alone would write with another meaning."""
    key = Key("a secret")
    found = instant(rows.t, ("iso", "%d/%m/%Y", "%d/%m/%y", "epoch"), "Europe/Berlin")
    return rows.select(
        rows.n,
        text=text(rows.t),
        instant=found,
        wall=wall_time(found, "America/New_York"),
        number=rows.t.try_cast("decimal(18, 4)"),
        whole=rows.t.try_cast("int64"),
        float=rows.t.try_cast("float64"),
        day=rows.t.try_cast("date"),
        digest=digest([rows.t, rows.n]),
        id=key.digests(rows, rows.t),
        part=split_part(rows.t, "-", 2),
        distinct=distinct(rows.t.split("-")).sort().join(" "),
        edits=edits(rows.t, "2024-01-02"),
        beyond=rows.t.split("-")[1],
        before_the_first=rows.t.re_extract(r"^(.*?)-", 1),
        swapped=rows.t.re_replace(r"(\w)-(\w)", r"$\2-\1"),
        at_the_end=rows.t.re_search("d$"),
        any_sign=rows.t.re_search("^.+$"),
        stripped=rows.t.strip(),
        small=rows.t.lower(),
        capital=rows.t.upper(),
        blanks=rows.t.re_replace(r"[\s_-]+", "~"),
        others=rows.t.re_replace(r"\S", "").re_replace(r"[\S]", "x"),
        blank_at=rows.t.re_extract(r"\[?(\s.)", 1),
        rung=rows.t.replace("\v\f", "\a").replace("\a", "bell"),
        sixth=(rows.n.cast("float64") / 640).round(6),
        whole_of_float=(rows.n.cast("float64") / 4 - 2).cast("int64"),
        whole_of_decimal=rows.t.try_cast("decimal(18, 4)").cast("int64"),
        perhaps_whole=(rows.n.cast("float64") / 4).try_cast("int32"),
        is_endless=rows.f.isinf(),
        is_no_number=rows.f.isnan(),
        text_of_float=rows.f.cast("string"),
        text_of_instant=found.cast("string"),
        whole_float=(rows.n.cast("float64") / 2).round(),
        is_told=rows.t.isin(["2024", "é"]).notnull(),
        is_untold=rows.n.between(2, 5).isnull(),
    )


def test_words_mean_the_same_on_both(duckdb: Engine, on_spark: Engine) -> None:
    floats = [1e20, 1e-7, float("nan"), float("-inf"), -0.0, 3.0, None, 12346.0, 0.1]
    given = pa.table({"t": TEXTS, "n": range(len(TEXTS)), "f": (floats * 5)[: len(TEXTS)]})
    on_duckdb, spark = (
        one.to_arrow(words(one.from_arrow(given)).order_by("n")) for one in (duckdb, on_spark)
    )
    assert on_duckdb.schema == spark.schema
    for name in on_duckdb.column_names:
        one, other = (
            list(map(repr, found[name].to_pylist())) for found in (on_duckdb, spark)
        )  # NaN is not NaN
        assert list(zip(TEXTS, other, strict=True)) == list(zip(TEXTS, one, strict=True)), name


def test_rows_of_which_no_condition_is_known_are_counted_as_none(engine: Engine) -> None:
    rows = engine.from_arrow(pa.table({"key": ["a", "a", "b"], "tone": ["angry", None, None]}))
    found = rows.group_by("key").agg(
        angry=rows.count(where=rows.tone == "angry"), calm=rows.count(where=rows.tone == "calm")
    )
    assert engine.to_arrow(found.order_by("key")).to_pylist() == [
        {"key": "a", "angry": 1, "calm": 0},
        {"key": "b", "angry": 0, "calm": 0},
    ]


ZONES = ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Shanghai", "Pacific/Apia")


def test_clocks_that_are_set_mean_the_same_on_both(duckdb: Engine, on_spark: Engine) -> None:
    """Wall times that a clock shows twice or never, of the nights in which it is set."""
    nights = [
        (2024, 3, 10),
        (2024, 3, 31),
        (2024, 4, 7),
        (2024, 10, 6),
        (2024, 10, 27),
        (2024, 11, 3),
        (2011, 12, 30),
    ]
    walls = [datetime(*night, hour, minute) for night in nights for hour in range(4) for minute in (0, 30)]
    given = pa.table({"wall": pa.array(walls, pa.timestamp("us")), "n": range(len(walls))})
    found = [
        one.to_arrow(
            (rows := one.from_arrow(given))
            .select(rows.n, **{zone: instant(rows.wall, (), zone) for zone in ZONES})
            .order_by("n")
        ).to_pylist()
        for one in (duckdb, on_spark)
    ]
    assert found[1] == found[0]


@pytest.fixture
def beside() -> Iterator[DuckEngine]:
    with closing(DuckEngine(EngineSettings(threads=1, memory_limit="200MB"))) as one:
        yield one


def test_nothing_is_copied_where_it_belongs_already(beside: DuckEngine) -> None:
    rows = beside.from_arrow(pa.table({"n": [1]}))
    assert beside.taken(rows) is rows
    assert beside.in_process is beside


def test_a_project_on_spark_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pipeline.engine.opening.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"Spark is not installed here.*make spark"):
        open_engine_at(EngineSettings(kind="spark"), tmp_path)


def doubled(batches: Iterable[pa.RecordBatch], by: SecretStr | int) -> Iterator[pa.RecordBatch]:
    """Rows of which each says what it is made of."""
    for batch in batches:
        numbers = [one * (2 if isinstance(by, int) else 3) for one in batch["n"].to_pylist()]
        yield pa.RecordBatch.from_pydict({"n": pa.array(numbers, pa.int16())})


def test_a_function_of_batches_keeps_their_order(engine: Engine) -> None:
    rows = engine.from_arrow(pa.table({"n": range(1000)}))
    schema = pa.schema({"n": pa.int16()})

    found = engine.map_batches(rows.order_by(rows.n.desc()), partial(doubled, by=2), schema)

    assert [one for batch in found for one in batch["n"].to_pylist()] == list(range(1998, -1, -2))
    assert not list(engine.map_batches(rows.filter(rows.n < 0), partial(doubled, by=2), schema))


def test_secrets_are_not_sent_to_workers(on_spark: Engine) -> None:
    from pyspark import cloudpickle

    from pipeline.engine.spark.sending import sent

    secret = "a password that nobody may see"
    function = partial(doubled, by=SecretStr(secret))
    assert secret.encode() in pickle.dumps(function.keywords["by"])
    assert secret.encode() not in sent(function)
    assert cloudpickle.loads(sent(function)).keywords == {"by": None}


def slowly(batches: Iterable[pa.RecordBatch], begun: Path) -> Iterator[pa.RecordBatch]:
    """Rows of which each takes ten minutes."""
    for batch in batches:
        for row in range(batch.num_rows):
            begun.touch()
            time.sleep(600)
            yield batch.slice(row, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_end_cancels_the_job_that_runs(
    on_spark: Engine, tmp_path: Path, usual_signals: None, number: signal.Signals
) -> None:
    begun = tmp_path / "begun"
    rows = on_spark.from_arrow(pa.table({"n": [1, 2]}))

    def ask() -> None:
        while not begun.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), number)

    threading.Thread(target=ask, daemon=True).start()
    with pytest.raises((SystemExit, KeyboardInterrupt)), ends_tidily():
        on_spark.map_batches(rows, partial(slowly, begun=begun), pa.schema({"n": pa.int64()}))

    asked = time.monotonic()
    assert on_spark.to_arrow(rows.aggregate(rows=rows.count())).to_pylist() == [{"rows": 2}]
    assert time.monotonic() - asked < 300, "the workers are free"
