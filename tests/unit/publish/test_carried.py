"""What is carried over: files of earlier versions get today's form, with equal values."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import Engine, Lake
from pipeline.errors import InputError
from pipeline.publish.manifest import published_folder, read_manifest, table_file, verify
from tests.unit.publish.world import World

#: A name of a column of money in the published wide table.
MONEY = "net_amount_12p"


#: Tables that came later than today's form.
NEW = ("current_segments", "customer_history", "segment_sizes")


def as_format_1(folder: Path) -> None:
    """Rewrite flat files as an earlier version had them: hive folders, no period inside, exact money."""
    for path in sorted(folder.glob("*/*.parquet")):
        if path.parent.name in NEW:
            continue
        table = pq.read_table(path).drop_columns(["period"])
        if MONEY in table.column_names:
            exact = [None if one is None else round(Decimal(one), 4) for one in table[MONEY].to_pylist()]
            column = pa.array(exact, pa.decimal128(18, 4))
            table = table.set_column(table.column_names.index(MONEY), MONEY, column)
        period, _, revision = path.stem.partition(".revision-")
        place = path.parent / f"period={period}" / (f"revision={revision}" if revision else "")
        if path.parent.name == "restatements":
            table = table.drop_columns(["revision"])
        place.mkdir(parents=True)
        path.unlink()
        pq.write_table(table, place / "part-0.parquet")


@pytest.fixture
def earlier(publish: Any, lake: Lake) -> dict[str, pd.DataFrame]:
    """A lake that an earlier version published, with a history; the values that it holds, by table."""
    publish("2024-01")
    publish("2024-01", source=World(customers=45))
    publish("2024-02")
    folder = published_folder(lake).resolve()
    values = {one.name: pd.read_parquet(one) for one in folder.iterdir() if one.is_dir()}
    values["restatements"] = pd.read_parquet(lake.root / "history" / "restatements")
    values["superseded"] = pd.read_parquet(lake.root / "history" / "segment_assignments")
    shutil.rmtree(lake.root / "publications" / "2")
    as_format_1(folder)
    as_format_1(lake.root / "history")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text()) | {"format_version": 1}
    for name in NEW:
        shutil.rmtree(folder / name)
        del manifest["tables"][name]
    path.write_text(json.dumps(manifest))
    return values


def test_readers_are_told_what_to_do(earlier: Any, lake: Lake) -> None:
    with pytest.raises(InputError, match="Run segments run"):
        read_manifest(lake)
    assert read_manifest(lake, any_form=True) is not None


def test_the_next_publication_brings_everything_into_todays_form(
    earlier: dict[str, pd.DataFrame], publish: Any, lake: Lake
) -> None:
    publish("2024-03")
    assert verify(lake) == []
    manifest = read_manifest(lake)
    assert manifest is not None
    assert list(manifest.periods) == ["2024-01", "2024-02", "2024-03"]
    assert manifest.tables["segment_assignments"].periods["2024-01"].revision == 2
    folder, history = published_folder(lake).resolve(), lake.root / "history"
    for name in sorted(manifest.tables.keys() - set(NEW)):
        found = pd.read_parquet(folder / name)
        pd.testing.assert_frame_equal(found[found["period"] < "2024-03"], earlier[name], rtol=1e-12)
    for name, place in (("restatements", "restatements"), ("superseded", "segment_assignments")):
        pd.testing.assert_frame_equal(pd.read_parquet(history / place), earlier[name])
    assert [*folder.rglob("period=*"), *history.rglob("period=*")] == []


def test_a_period_of_an_earlier_version_is_published_anew(
    earlier: dict[str, pd.DataFrame], publish: Any, lake: Lake
) -> None:
    result = publish("2024-02")
    assert (result.changed, result.revision) == (True, 2)
    assert verify(lake) == []
    kept = pd.read_parquet(lake.root / "history" / "customer_segments" / "2024-02.revision-1.parquet")
    then = earlier["customer_segments"]
    then = then[then["period"] == "2024-02"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, then, rtol=1e-12)


def test_money_is_the_double_nearest_to_the_exact_amount(
    publish: Any, lake: Lake, engine: Engine, world: World
) -> None:
    wide = engine.to_arrow(world.bound(engine, "2024-01")["customer_segments"])
    amounts = [Decimal(place * 7_919 + 3).scaleb(-4) for place in range(wide.num_rows)]
    column = pa.array(amounts, pa.decimal128(18, 4))
    wide = wide.set_column(wide.column_names.index(MONEY), MONEY, column)
    publish("2024-01", customer_segments=engine.from_arrow(wide))
    found = pq.read_table(table_file(published_folder(lake), "customer_segments", "2024-01"))
    exact = dict(zip(wide["customer_id"].to_pylist(), amounts, strict=True))
    told = dict(zip(found["customer_id"].to_pylist(), found[MONEY].to_pylist(), strict=True))
    assert told == {one: float(amount) for one, amount in exact.items()}
