"""Partitions of one file and of several: read whole, replaced as a whole, known by what they say."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import Engine, Lake, partitions
from pipeline.engine.partitions import PART, put_in_place, staging
from pipeline.engine.writing import CONTENT, write_partitions
from pipeline.tables import fields as f
from pipeline.tables.model import table

TABLE = table("drift", "things", "one thing", "period customer_id", (f.period, f.customer_id))
PERIOD = "2024-01"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def _put(lake: Lake, *files: list[str], content: str = "all") -> None:
    folder = lake.folder(TABLE.path, PERIOD)
    staged = staging(folder)
    for number, names in enumerate(files):
        pq.write_table(pa.table({"customer_id": names}), staged / f"part-{number:05}-spark.parquet")
    put_in_place(staged, folder, {CONTENT: content, "version": "v1"})


def _write(lake: Lake, *names: str) -> None:
    rows = pa.RecordBatch.from_pydict({"period": [PERIOD] * len(names), "customer_id": list(names)})
    schema = pa.schema([("customer_id", pa.string())])
    write_partitions([rows], schema, {PERIOD: lake.file(TABLE.path, PERIOD)}, {PERIOD: {"version": "v2"}})


def _names(engine: Engine, lake: Lake) -> list[str]:
    rows = engine.read(lake.files(TABLE.path, [PERIOD]), TABLE)
    return sorted(one["customer_id"] for one in engine.to_arrow(rows).to_pylist() if one["period"] == PERIOD)


def test_several_files_are_one_partition(engine: Engine, lake: Lake) -> None:
    assert not lake.holds(TABLE.path, PERIOD)
    assert lake.content(TABLE.path, PERIOD) is None
    _put(lake, ["anna", "ben"], ["cleo"])
    assert lake.holds(TABLE.path, PERIOD)
    assert lake.periods(TABLE.path) == [PERIOD]
    assert _names(engine, lake) == ["anna", "ben", "cleo"]
    assert lake.content(TABLE.path, PERIOD) == "all"
    assert lake.footer(TABLE.path, PERIOD)["version"] == "v1"


def test_a_partition_takes_the_place_of_another_whatever_their_files(engine: Engine, lake: Lake) -> None:
    _write(lake, "anna")
    _put(lake, ["ben"], ["cleo"], ["dora"])
    assert _names(engine, lake) == ["ben", "cleo", "dora"]
    _put(lake, ["emil"], content="other")
    assert _names(engine, lake) == ["emil"]
    assert lake.content(TABLE.path, PERIOD) == "other"
    _write(lake, "fay")
    assert _names(engine, lake) == ["fay"]
    assert lake.footer(TABLE.path, PERIOD)["version"] == "v2"
    assert [one.name for one in lake.folder(TABLE.path, PERIOD).iterdir()] == [PART]
    assert [one.name for one in lake.folder(TABLE.path, PERIOD).parent.iterdir()] == [f"period={PERIOD}"]


class _Cut(BaseException):
    """Stands for a kill."""


@pytest.mark.parametrize("name", ["folder.replace", "unlink"])
def test_what_was_cut_off_is_missing_and_never_mixed(
    engine: Engine, lake: Lake, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(lake, ["anna"], ["ben"])
    calls = []
    real = getattr(Path, name.removeprefix("folder."))

    def cut(path: Path, *arguments: object, **named: object) -> object:
        calls.append(path)
        if len(calls) == 2:
            raise _Cut
        return real(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, name.removeprefix("folder."), cut)
        with pytest.raises(_Cut):
            _put(lake, ["cleo"], ["dora"]) if name == "folder.replace" else _write(lake, "cleo")
    assert not lake.holds(TABLE.path, PERIOD)
    assert lake.files(TABLE.path, [PERIOD]) == []
    _write(lake, "emil")
    assert _names(engine, lake) == ["emil"]


def test_files_that_nobody_vouches_for_are_no_partition(lake: Lake) -> None:
    _put(lake, ["anna"], ["ben"])
    (lake.folder(TABLE.path, PERIOD) / partitions.SAID).unlink()
    assert not lake.holds(TABLE.path, PERIOD)
