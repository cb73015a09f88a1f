"""Files of equal rows, columns and footers become one file; others stay what they are."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.engine.linking import share_equal
from pipeline.engine.writing import write_partitions


def write(folder: Path, name: str, values: list[int], column: str = "a", **footer: str) -> Path:
    path = folder / f"period={name}" / "part-0.parquet"
    batch = pa.record_batch({"period": pa.array([name] * len(values)), column: pa.array(values)})
    write_partitions([batch], pa.schema([(column, pa.int64())]), {name: path}, {name: footer})
    return path


def own(said: Any) -> Any:
    return said


def test_equal_files_become_one(tmp_path: Path) -> None:
    one, two, three = (write(tmp_path, f"2024-0{at}", [1, 2], origin="x") for at in (1, 2, 3))
    before = two.read_bytes()
    assert share_equal([one, two, three], own) == 2
    assert one.samefile(two)
    assert one.samefile(three)
    assert two.read_bytes() == before
    assert share_equal([one, two, three], own) == 0


def test_other_rows_columns_or_footers_stay_apart(tmp_path: Path) -> None:
    one = write(tmp_path, "2024-01", [1, 2], origin="x:1")
    others = [
        write(tmp_path, "2024-02", [1, 3], origin="x:1"),
        write(tmp_path, "2024-03", [1, 2], column="b", origin="x:1"),
        write(tmp_path, "2024-04", [1, 2], origin="y:1"),
    ]
    assert share_equal([one, *others], own) == 0
    newer = write(tmp_path, "2024-05", [1, 2], origin="x:2")
    cut = {"origin": 1}
    assert share_equal([one, newer], lambda said: {k: v[: cut.get(k, 99)] for k, v in said.items()}) == 1


def test_what_replaces_one_of_them_leaves_the_others(tmp_path: Path) -> None:
    one, two = (write(tmp_path, f"2024-0{at}", [1, 2]) for at in (1, 2))
    share_equal([one, two], own)
    before = one.read_bytes()
    write(tmp_path, "2024-02", [7])
    assert one.read_bytes() == before
    assert not one.samefile(two)


def test_a_damaged_file_shares_nothing(tmp_path: Path) -> None:
    one, two = (write(tmp_path, f"2024-0{at}", [1, 2]) for at in (1, 2))
    one.write_bytes(b"gone")
    assert share_equal([one, two], own) == 0
