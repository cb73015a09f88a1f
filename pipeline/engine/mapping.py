"""What reading a mapped value needs to know of the mapping.

Belongs here: the shape alone. Does not belong here: the settings that have it (``settings.columns``),
which stand above the engine.
"""

from collections.abc import Mapping
from typing import Any, Protocol


class Mapped(Protocol):
    """How one column is made from columns of a source: one, the sum of several, or a constant."""

    @property
    def column(self) -> str | None:
        """The source's column, if there is one."""
        ...

    @property
    def sum_of(self) -> list[str] | None:
        """The source's columns that are added up, if there are several."""
        ...

    @property
    def constant(self) -> Any:
        """The value of every row, if no column is read."""
        ...

    @property
    def values(self) -> Mapping[str, Any] | None:
        """What values are recoded to."""
        ...

    @property
    def value_columns(self) -> list[str]:
        """Columns of the source that the value is made of."""
        ...

    @property
    def time_zone_column(self) -> str | None:
        """Column of the source that names the row's own time zone."""
        ...
