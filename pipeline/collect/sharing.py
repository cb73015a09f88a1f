"""What one collection has read already: each connector once, however many sources name it.

Belongs here: remembering tables and states by connector. Does not belong here: reading (``reading``),
or comparing states (``fingerprints``).
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from ibis.expr import types as ir

from pipeline.settings import Connector

Made = TypeVar("Made")
#: A piece of a file: its first row (from 1) and number of rows, or of text the bytes from one to another.
Span: TypeAlias = tuple[int, int, int, int]
#: Pieces of files, by the name of the file.
Spans: TypeAlias = tuple[tuple[str, tuple[Span, ...]], ...]


@dataclass(frozen=True)
class Opened:
    """Rows of a connector as it gave them, and the columns found in each place that it was read from."""

    rows: ir.Table
    found: list[tuple[str, list[str]]]


@dataclass
class _Once(Generic[Made]):
    """Results by connector and what is read of it. Connectors are compared whole: texts hide secrets."""

    known: list[tuple[Connector, Hashable, Made]] = field(default_factory=list)

    def of(self, connector: Connector, read: Hashable, make: Callable[[], Made]) -> Made:
        for other, before, made in self.known:
            if before == read and other == connector:
                return made
        made = make()
        self.known.append((connector, read, made))
        return made


class Shared:
    """One collection: what is read of a connector in it is read once, so that all that comes of it is of
    one moment. It belongs to one engine, and is gone with it."""

    def __init__(self) -> None:
        self._rows: _Once[Opened] = _Once()
        self._states: _Once[list[list[str | int]]] = _Once()

    def opened(
        self, connector: Connector, since: str | None, only: Spans | None, read: Callable[[], Opened]
    ) -> Opened:
        """What ``read`` gives; called once for a connector, a cursor, and the rows wanted ``only``."""
        return self._rows.of(connector, (since, only), read)

    def state(
        self, connector: Connector, since: str | None, look: Callable[[], list[list[str | int]]]
    ) -> list[list[str | int]]:
        """What ``look`` finds out of a connector's state; called once for a connector and a cursor."""
        return self._states.of(connector, since, look)
