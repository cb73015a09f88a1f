"""The platform that assets run on: one project's settings, lake and engine.

Belongs here: the one resource that assets share, and the clock. Does not belong here:
definitions of assets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import pyarrow as pa
from dagster import AssetKey
from ibis.expr import types as ir

from assets.lib.collected_state import Collection
from assets.lib.keys import key_of
from assets.lib.lineage import Lineage
from pipeline.engine import Engine, Lake, open_engine
from pipeline.engine.blocks import as_stored
from pipeline.engine.coded import coded_schema
from pipeline.engine.keyed import Key
from pipeline.ids.secret import id_key
from pipeline.settings import Project
from pipeline.tables.model import TEXT, Table


def utc_now() -> datetime:
    """The clock of real runs."""
    return datetime.now(UTC)


#: Told after each table is written: its place, the periods, the rows.
Progress = Callable[[str, Sequence[str], int], None]


def silent(table: str, periods: Sequence[str], rows: int) -> None:
    """Progress that nobody watches."""


@dataclass
class Platform:
    """Settings, lake and engine of one project; the engine opens when it is first needed.

    ``planned``: sources that were read before the run, so that it need not read them again.
    ``lineage``: what its files come from; set when the project's assets are defined.
    ``is_followed``: the run under way publishes later periods after the one that it is at, which see to the
    report. ``prefix``: what its asset keys begin with, where the instance is not its own.
    """

    project: Project
    now: Callable[[], datetime] = utc_now
    progress: Progress = field(default=silent)
    planned: dict[str, Collection] = field(default_factory=dict)
    lineage: Lineage | None = None
    prefix: tuple[str, ...] = ()
    is_followed: bool = False

    def asset_key(self, table: str) -> AssetKey:
        """Dagster's key of a table, ``zone/name``."""
        return key_of(table, self.prefix)

    @property
    def lake(self) -> Lake:
        """The project's lake."""
        return Lake(self.project.lake_path)

    @cached_property
    def engine(self) -> Engine:
        """The engine that runs transformations in this process."""
        return open_engine(self.project)

    def close(self) -> None:
        """Give back the engine's memory and scratch, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.keep()
            self.engine.close()

    @cached_property
    def key(self) -> Key:
        """What ids are made with; the secret is made by the first run, and checked by every other."""
        return id_key(self.project, self.lake)

    def read(self, table: Table, periods: Sequence[str]) -> ir.Table:
        """Rows of ``table`` in ``periods``; periods without a file have none."""
        return self.engine.read(self.lake.files(table.path, list(periods)), table)

    def stored(self, table: Table, periods: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The same rows in the order that they stand in, without their period, texts as codes but for ids."""
        columns = [one for one in table.columns if one != "period"]
        texts = [one.name for one in table.fields if one.type == TEXT and one.name in columns]
        coded = [one for one in texts if one != "customer_id"]
        return as_stored(self.lake.files(table.path, list(periods)), columns, coded)

    def stored_table(self, table: Table, periods: Sequence[str]) -> pa.Table:
        """``stored`` in memory: for numbers of customers that are small in codes."""
        if batches := list(self.stored(table, periods)):
            return pa.Table.from_batches(batches)
        return coded_schema(table.schema).empty_table()

    def read_raw(self, source: str, periods: Sequence[str]) -> ir.Table | None:
        """Raw rows of ``source`` in ``periods``, or none when nothing was collected yet."""
        files = self.lake.files(f"raw/{source}", list(periods))
        return self.engine.read_any(files) if files else None
