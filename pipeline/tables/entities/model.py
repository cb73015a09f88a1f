"""What an entity is: its clean table, its event time, what may be mapped, what is restricted.

Belongs here: ``Entity``. Does not belong here: any single entity (the modules beside this one).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.tables import fields as f
from pipeline.tables.model import Field, Table, table

#: What a source calls an account; every entity with accounts needs it mapped.
SOURCE_ACCOUNT_ID = "source_account_id"


@dataclass(frozen=True)
class Entity:
    """An entity: its clean table, its event time (none for snapshots), its direct identifiers.

    ``mapped`` are the columns a source may supply; the others are derived in cleaning.
    ``needed`` must be mapped by every source of the entity. ``identifiers`` (direct identifiers
    and free text) go to the restricted table alone.
    """

    __texts__ = ("row",)

    clean: Table
    event_time: str | None
    mapped: tuple[Field, ...]
    needed: frozenset[str]
    identifiers: tuple[Field, ...] = ()
    has_account: bool = True

    @property
    def name(self) -> str:
        """Name of the entity."""
        return self.clean.name

    @property
    def restricted(self) -> Table | None:
        """Table of direct identifiers and free text in the restricted zone, or none.

        It has the key of the clean table.
        """
        if not self.identifiers:
            return None
        names = dict.fromkeys((*self.clean.key, "source", "account_id"))
        keys = [one for one in self.clean.fields if one.name in names]
        optional = " ".join(one.name for one in self.identifiers)
        row = f"{self.clean.row}: direct identifiers and free text"
        return table("restricted", self.name, row, " ".join(self.clean.key), (*keys, *self.identifiers), optional)

    def with_own(self, columns: Iterable[Field]) -> "Entity":
        """The entity with ``columns`` of a project's own, which may be mapped, and null."""
        own = tuple(columns)
        clean = replace(self.clean, fields=(*self.clean.fields, *own))
        return replace(self, clean=clean, mapped=(*self.mapped, *own)) if own else self


def event(
    name: str,
    row: str,
    event_time: str,
    columns: Iterable[Field],
    needed: str,
    identifiers: tuple[Field, ...] = (),
) -> Entity:
    """An entity of events: keyed by period, source and line; ``columns`` beside the keys are all
    mapped; those not in ``needed`` (names separated by blanks) may be null."""
    some = tuple(columns)
    required = set(needed.split())
    optional = " ".join(one.name for one in some if one.name not in required)
    clean = table("clean", name, row, "period source line_key", (f.period, f.source, f.account_id, f.line_key, *some), optional)
    return Entity(clean, event_time, (f.line_key, *some), frozenset(required), identifiers)
