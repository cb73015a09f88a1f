"""An independent oracle: features counted a second time by plain SQL over clean rows, one file a family.

``python -m tests.benchmarks oracle FOLDER [PERIOD]`` compares a lake that is up to date with what each file
gives. A file sees the views of the clean entities, ``links`` (account_id, customer_id), ``population``
(customer_id, exposure_days), ``known`` (features, for when a customer was first seen), ``tells`` (what each
source maps: entity, source, said), ``scores`` (of texts, with their entity), and the parameters ``$start``,
``$as_of`` (instants) and ``$zone``.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from pipeline.features import Window
from pipeline.settings import Project, load_project
from pipeline.tables.entities import ENTITIES
from pipeline.tables.texts import text_scores

#: Features keep six decimals.
TOLERANCE = 1.01e-6
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Compared:
    """What became of one feature: customers compared, known values among them, and those that differ."""

    feature: str
    customers: int
    known: int
    differing: list[tuple[str, Any, Any]]


def oracle(project: Project, period: str) -> list[Compared]:
    """Every feature of every file that the sources can give, beside what the lake says of the ``period``."""
    lake, calendar = project.lake_path, project.calendar
    window = Window(calendar, project.first_period, period)
    found = _rows(ds.dataset(lake / f"features/customer_features/period={period}"))
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for name, entity in ENTITIES.items():
        con.register(name, entity.clean.schema.empty_table())
    for folder in sorted((lake / "clean").iterdir()):
        con.register(folder.name, ds.dataset(folder, partitioning="hive").to_table())
    start, as_of = calendar.starts_at(window.periods[0]), calendar.as_of(period)
    con.register("tells", tells(project))
    con.register("scores", scores_of({name: _scores(lake, name) for name in project.with_texts}))
    con.register("links", ds.dataset(lake / f"customers/account_links/period={period}").to_table())
    con.register("known", ds.dataset(lake / f"features/customer_features/period={period}").to_table())
    con.execute(
        "CREATE TABLE population AS SELECT customer_id, greatest(1.0, date_diff('second', "
        "greatest(first_seen_at, $start), $as_of) / 86400.0) AS exposure_days FROM known",
        {"start": start, "as_of": as_of},
    )
    given = {
        "first": calendar.starts_at(project.first_period),
        "start": start,
        "as_of": as_of,
        "zone": calendar.time_zone,
    }
    compared = []
    for file in sorted(HERE.glob("*.sql")):
        sql = file.read_text(encoding="utf-8")
        used = {name: value for name, value in given.items() if f"${name}" in sql}
        rows = con.execute(sql, used).to_arrow_table().to_pylist()
        assert {row["customer_id"] for row in rows} == set(found)
        told = [name for name in rows[0] if name in project.givable]
        compared += [_compared(name, rows, found) for name in told]
    return compared


def scores_of(texts: Mapping[str, pa.Table]) -> pa.Table:
    """Scores of texts with the ``entity`` that each was written in, one row a text."""
    none = text_scores("none").schema.empty_table().append_column("entity", pa.array([], pa.string()))
    rows = [
        one.select(text_scores(name).columns).append_column(
            "entity", pa.array([name] * len(one), pa.string())
        )
        for name, one in texts.items()
    ]
    return pa.concat_tables([none, *rows], promote_options="permissive")


def _scores(lake: Path, entity: str) -> pa.Table:
    return ds.dataset(lake / f"texts/{entity}", partitioning="hive").to_table()


def tells(project: Project) -> pa.Table:
    """One row a source and column that it maps: ``entity``, ``source``, ``said``."""
    rows = [
        {"entity": one.entity, "source": name, "said": column}
        for name, one in project.sources.items()
        for column in one.columns
    ]
    return pa.Table.from_pylist(rows)


def _rows(dataset: ds.Dataset) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in dataset.to_table().to_pylist()}


def _compared(name: str, rows: list[dict[str, Any]], found: dict[str, dict[str, Any]]) -> Compared:
    differing = []
    for row in rows:
        expected, got = row[name], found[row["customer_id"]][name]
        if not _same(expected, got):
            differing.append((row["customer_id"], expected, got))
    return Compared(name, len(rows), sum(row[name] is not None for row in rows), differing)


def _same(one: Any, other: Any) -> bool:
    numbers = (int, float, Decimal)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return abs(float(one) - float(other)) <= TOLERANCE + 1e-9 * abs(float(one))
    return bool(one == other)


def main(given: list[str]) -> None:
    """Print every feature with how many customers differ; end with an error if any does."""
    parser = argparse.ArgumentParser(prog="oracle")
    parser.add_argument("folder", type=Path)
    parser.add_argument("period", nargs="?")
    asked = parser.parse_args(given)
    project = load_project(asked.folder)
    folders = sorted((project.lake_path / "features/customer_features").glob("period=*"))
    compared = oracle(project, asked.period or folders[-1].name.removeprefix("period="))
    for one in compared:
        examples = f" {one.differing[:2]}" if one.differing else ""
        print(f"{one.feature:45} {one.known:7} known {len(one.differing):6} differ{examples}")
    if wrong := sum(bool(one.differing) for one in compared):
        raise SystemExit(f"{wrong} of {len(compared)} features differ")
    print(f"{len(compared)} features agree")
